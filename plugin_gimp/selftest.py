import gi

gi.require_version("Gegl", "0.4")
from gi.repository import Gimp  # noqa: E402


def selftest():
    """Run inside GIMP by `pconv gimp install`: fill a square of a small picture and say how it went in one line."""
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pconv-fill")
    if procedure is None:
        return "GIMP does not list the plug-in; see whether its folder is among GIMP's plug-in folders."
    image = Gimp.Image.new(256, 256, Gimp.ImageBaseType.RGB)
    layer = Gimp.Layer.new(image, "", 256, 256, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    layer.fill(Gimp.FillType.WHITE)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 112, 112, 32, 32)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", [layer])
    status = procedure.run(config).index(0)
    error = Gimp.get_pdb().get_last_error()  # of the very last call alone
    count = len(image.get_layers())
    image.delete()
    if status != Gimp.PDBStatusType.SUCCESS:
        return error
    return f"ok, GIMP {Gimp.version()} filled a square" if count == 2 else "The fill made no layer; try again."


print("pconv-selftest: " + selftest(), flush=True)
