"""The plug-in in a real GIMP without a window: what it fills, what it leaves alone, what it says."""

from __future__ import annotations

import pytest

from tests.plugin_gimp.gimp_session import GimpSession

pytestmark = pytest.mark.gimp

PRECISIONS = [
    "u8-non-linear",
    "u8-linear",
    "u8-perceptual",
    "u16-non-linear",
    "u16-linear",
    "u32-non-linear",
    "half-linear",
    "float-linear",
    "float-non-linear",
    "double-linear",
]


def test_fill_lies_on_a_new_layer_and_the_old_one_is_untouched(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        select(image, 60, 50, 40, 30)
        before = pixels(layer)
        status, error = call(image, [layer])
        layers = image.get_layers()
        fill = layers[0]
        return {
            "status": status, "error": error, "count": len(layers), "name": fill.get_name(),
            "place": list(fill.get_offsets())[-2:], "size": [fill.get_width(), fill.get_height()],
            "untouched": pixels(layer) == before,
            "alpha": sorted(set(pixels(fill, "R'G'B'A u8")[3::4])),
            "colours": len(set(pixels(fill, "R'G'B' u8"))),
            "selected": [item.get_id() for item in image.get_selected_layers()] == [layer.get_id()],
            "selection": list(Gimp.Selection.bounds(image))[-4:],
        }
        """
    )
    assert seen["error"] is None and seen["status"] == "success"
    assert seen["count"] == 2 and seen["name"].startswith("Partial-Conv Fill")
    assert seen["place"] == [60, 50] and seen["size"] == [40, 30]
    assert seen["untouched"] and seen["alpha"] == [255] and seen["colours"] > 5
    assert seen["selected"] and seen["selection"] == [60, 50, 100, 80]
