"""What the jobs of the tests use inside GIMP: make pictures, call the plug-in, look at pixels."""

import array
import random
import sys
import time

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
from gi.repository import Gegl, Gimp, Gio, GLib  # noqa: E402, F401

TYPES = {
    "rgb": (Gimp.ImageBaseType.RGB, Gimp.ImageType.RGB_IMAGE),
    "rgba": (Gimp.ImageBaseType.RGB, Gimp.ImageType.RGBA_IMAGE),
    "gray": (Gimp.ImageBaseType.GRAY, Gimp.ImageType.GRAY_IMAGE),
    "graya": (Gimp.ImageBaseType.GRAY, Gimp.ImageType.GRAYA_IMAGE),
}


def picture(kind="rgb", precision="u8-non-linear", width=200, height=160, layer_box=None):
    """(image, layer): a layer of smooth colour and grain, at `layer_box` (x, y, width, height) or image-wide."""
    base, layer_type = TYPES[kind]
    image = Gimp.Image.new_with_precision(
        width, height, base, getattr(Gimp.Precision, precision.upper().replace("-", "_"))
    )
    return image, add_layer(image, layer_type, layer_box or (0, 0, width, height))


def add_layer(image, layer_type, box, parent=None):
    x, y, width, height = box
    layer = Gimp.Layer.new(image, "picture", width, height, layer_type, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, parent, 0)
    layer.set_offsets(x, y)
    grain = random.Random(1)
    values = array.array("f")
    for row in range(height):
        for column in range(width):
            values.extend(
                0.2 + 0.5 * ramp + 0.05 * grain.random()
                for ramp in (row / height, column / width, (row + column) / (height + width))
            )
    set_pixels(layer, "R'G'B' float", values.tobytes())
    return layer


def set_pixels(drawable, name, data, rect=None):
    x, y, width, height = rect or (0, 0, drawable.get_width(), drawable.get_height())
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(x, y, width, height), name, data)
    buffer.flush()
    drawable.update(x, y, width, height)


def pixels(drawable, name=None, rect=None):
    """Bytes of a drawable, in its own format where none is named."""
    x, y, width, height = rect or (0, 0, drawable.get_width(), drawable.get_height())
    box = Gegl.Rectangle.new(x, y, width, height)
    return drawable.get_buffer().get(box, 1.0, name, Gegl.AbyssPolicy.NONE)


def select(image, x, y, width, height, feather=0, ellipse=False):
    Gimp.context_push()
    Gimp.context_set_feather(feather > 0)
    Gimp.context_set_feather_radius(feather, feather)
    choose = image.select_ellipse if ellipse else image.select_rectangle
    choose(Gimp.ChannelOps.REPLACE, x, y, width, height)
    Gimp.context_pop()


def selection(image):
    return pixels(image.get_selection(), "Y u8")


def call(image, drawables, **options):
    """(status, error) of the plug-in; options by their PDB names with _ for -."""
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-pconv-fill")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    for name, value in options.items():
        config.set_property(name.replace("_", "-"), value)
    status = procedure.run(config).index(0)
    return status.value_nick, None if status == Gimp.PDBStatusType.SUCCESS else Gimp.get_pdb().get_last_error()


def our_code():
    """Let our plug-in's modules be imported."""
    folder = "/share/home/plug-ins/pconv_fill"
    if folder not in sys.path:
        sys.path.insert(0, folder)


def jobs(image, drawables, **options):
    """Our plug-in's jobs, made by its own code, which can be imported then."""
    our_code()
    import pconv_layers
    import pconv_options
    import pconv_selection
    import pconv_steps

    chosen = pconv_options.DEFAULTS._replace(**options)
    selection = pconv_steps.run_now(pconv_selection.read_selection(image))
    return pconv_layers.jobs_for(image, drawables, chosen, selection)


def is_live_text(layer):
    """Whether GIMP draws a layer from a text; from 3.2 on, one that became pixels still is a text layer."""
    return layer.is_text_layer() and not getattr(layer, "is_rasterized", bool)()


def changed(before, after, width, height):
    """[left, top, right, bottom] around the pixels that differ, None where none does."""
    size = len(before) // (width * height)
    places = [
        (at // size % width, at // size // width)
        for at in range(0, len(before), size)
        if before[at : at + size] != after[at : at + size]
    ]
    if not places:
        return None
    columns, rows = zip(*places, strict=True)
    return [min(columns), min(rows), max(columns) + 1, max(rows) + 1]


class Board:
    """Notes what a preview would show."""

    def __init__(self):
        self.scenes, self.faults, self.headers = [], [], []

    def show(self, scene):
        self.scenes.append(scene)

    def fail(self, text):
        self.faults.append(text)

    def work(self, header):
        self.headers.append(header)

    def has_fill(self):
        return bool(self.scenes) and not self.scenes[-1].is_pending


def patch_size(scene):
    """[width, height] of what the first variant of a scene would put there."""
    place = scene._patches[0][0]
    return [place.width, place.height]


def preview(image, drawables, **options):
    """(preview, config, board) of our plug-in's own code, as its dialog uses it; without the dialog."""
    our_code()
    import pconv_preview

    config = Gimp.get_pdb().lookup_procedure("plug-in-pconv-fill").create_config()
    for name, value in options.items():
        config.set_property(name.replace("_", "-"), value)
    board = Board()
    return pconv_preview.Preview(image, drawables, config, board), config, board


def spin(until, seconds=60):
    """Let GLib's loop go on until something is true."""
    limit = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < limit, "it did not come"
        GLib.MainContext.default().iteration(False)
        time.sleep(0.002)


def opaque(picture):
    """A GdkPixbuf's colours as rows of (r, g, b)."""
    width, height, step = picture.get_width(), picture.get_height(), picture.get_n_channels()
    data, stride = picture.get_pixels(), picture.get_rowstride()
    return [[tuple(data[y * stride + x * step :][:3]) for x in range(width)] for y in range(height)]
