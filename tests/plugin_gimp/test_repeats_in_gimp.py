"""Several fills in one image: the next knows of those before it, and a repeated one takes the place of the first."""

from __future__ import annotations

import pytest

from tests.plugin_gimp.gimp_session import GimpSession

pytestmark = pytest.mark.gimp

BESIDE = """
image, layer = picture(kind)
select(image, 60, 50, 40, 30)
errors = [call(image, [layer], context=24)[1]]
first = image.get_layers()[0]
paint = bytes([250, 30, 10]) * 1200
set_pixels(first, "R'G'B' u8", paint)

def beside():
    select(image, 100, 50, 20, 30)
    errors.append(call(image, [layer], output=output, context=24)[1])
    return bytes(pixels(image.get_layers()[0] if output == "new-layer" else layer, "R'G'B' u8", place))

place = (0, 0, 20, 30) if output == "new-layer" else (100, 50, 20, 30)
"""


@pytest.mark.parametrize("output", ["new-layer", "in-place"])
@pytest.mark.parametrize("kind", ["rgb", "rgba"])
def test_a_fill_beside_another_sees_that_and_not_what_it_covers(gimp: GimpSession, kind: str, output: str) -> None:
    """What it fills is, byte for byte, what it would fill were the first fill part of the layer."""
    errors, seen, flat = gimp.run(
        BESIDE
        + """
seen = beside()
image, layer = picture(kind)
set_pixels(layer, "R'G'B' u8", paint, (60, 50, 40, 30))
flat = beside()
return errors, list(seen), list(flat)
""",
        kind=kind,
        output=output,
    )
    assert errors == [None] * 3
    assert seen == flat


def test_a_hidden_fill_counts_for_nothing(gimp: GimpSession) -> None:
    errors, seen, bare = gimp.run(
        BESIDE
        + """
first.set_visible(False)
seen = beside()
image, layer = picture(kind)
bare = beside()
return errors, list(seen), list(bare)
""",
        kind="rgb",
        output="new-layer",
    )
    assert errors == [None] * 3
    assert seen == bare


def test_a_repeated_fill_replaces_the_first_and_another_lies_above_it(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        names = lambda: [item.get_name() for item in image.get_layers()]
        select(image, 60, 50, 40, 30, feather=6, ellipse=True)
        errors = [call(image, [layer])[1]]
        image.get_layers()[0].set_name("first")
        errors.append(call(image, [layer], grow=2)[1])
        repeated = names()
        image.get_layers()[0].set_name("first")
        select(image, 80, 60, 40, 30)
        errors.append(call(image, [layer])[1])
        image.get_layers()[0].set_name("second")
        overlapping = names()
        select(image, 60, 50, 40, 30, feather=6, ellipse=True)
        errors.append(call(image, [layer])[1])
        return {"errors": errors, "repeated": repeated, "overlapping": overlapping, "again": names(),
                "chosen": [item.get_name() for item in image.get_selected_layers()]}
        """
    )
    assert seen["errors"] == [None] * 4
    assert seen["repeated"] == ["Partial-Conv Fill", "picture"]
    assert seen["overlapping"] == ["second", "first", "picture"]
    assert seen["again"] == ["Partial-Conv Fill", "second", "picture"]
    assert seen["chosen"] == ["picture"]


def test_a_fill_in_place_is_not_hidden_by_a_fill_layer_of_the_same_selection(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        before = pixels(layer)
        select(image, 60, 50, 40, 30)
        errors = [call(image, [layer])[1], call(image, [layer], output="in-place")[1]]
        return errors, len(image.get_layers()), changed(before, pixels(layer), 200, 160)
        """
    )
    assert seen == [[None, None], 1, [60, 50, 100, 80]]


def test_a_fill_that_is_chosen_stands_for_the_layer_it_is_for(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        select(image, 60, 50, 40, 30)
        errors = [call(image, [layer])[1]]
        fill = image.get_layers()[0]
        image.set_selected_layers([fill])
        errors.append(call(image, [fill])[1])
        select(image, 100, 50, 20, 30)
        errors.append(call(image, [image.get_layers()[0]])[1])
        return errors, [list(item.get_offsets())[-2:] for item in image.get_layers()]
        """
    )
    assert seen == [[None] * 3, [[100, 50], [60, 50], [0, 0]]]


def test_files_keep_which_layer_a_fill_is_for(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        select(image, 60, 50, 40, 30)
        errors = [call(image, [layer])[1]]
        file = Gio.File.new_for_path("/share/kept.xcf")
        Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None)
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)
        errors.append(call(image, [image.get_layers()[-1]])[1])
        return errors, len(image.get_layers())
        """
    )
    assert seen == [[None, None], 2]


def test_a_layer_that_comes_into_the_image_holds_its_pixels_already(gimp: GimpSession) -> None:
    """Written by the plug-in's own code here, so that its call of GIMP can be watched."""
    seen = gimp.run(
        """
        image, layer = picture("rgb", "u16-non-linear")
        select(image, 60, 50, 4, 1)
        (job,) = jobs(image, [layer])
        import pconv_layers
        form = pconv_layers.form_of(layer)
        colours = array.array("H", [1000 * at for at in range(12)])
        answer = pconv_layers.Answer(pconv_layers.Rect(60, 50, 4, 1), form, colours.tobytes(), bytes([0, 1, 128, 255]))
        insert, seen = Gimp.Image.insert_layer, []
        def watched(image, layer, *more):
            seen.append(list(array.array("H", pixels(layer, "R'G'B'A u16"))))
            return insert(image, layer, *more)
        Gimp.Image.insert_layer = watched
        try:
            job.write(answer)
        finally:
            Gimp.Image.insert_layer = insert
        return seen
        """
    )
    assert [values[3::4] for values in seen] == [[0, 257, 128 * 257, 65535]]
    assert [value for at, value in enumerate(seen[0]) if at % 4 < 3][3:] == [1000 * at for at in range(3, 12)]
