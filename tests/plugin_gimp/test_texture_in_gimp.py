"""Where a fill may take its texture from, chosen in a real GIMP."""

from __future__ import annotations

import pytest

from tests.plugin_gimp.gimp_session import GimpSession

pytestmark = pytest.mark.gimp

STRIPES = """
def stripes():
    '''The hole's column is blue, what lies beside it red; each in stripes.'''
    image, layer = picture()
    values = array.array("f")
    for y in range(160):
        for x in range(200):
            light = 0.9 if y // 6 % 2 else 0.5
            values.extend((0, 0, light) if 70 <= x < 110 else (light, 0, 0))
    set_pixels(layer, "R'G'B' float", values.tobytes())
    select(image, 70, 60, 40, 40)
    return image, layer

def seen(image):
    '''The most and the least of (red, blue) in the topmost layer, of 255; that layer goes.'''
    fill = image.get_layers()[0]
    data = pixels(fill, "R'G'B' u8")
    image.remove_layer(fill)
    return [[max(data[at::3]), min(data[at::3])] for at in (0, 2)]

image, layer = stripes()
"""


def test_from_the_sides_or_from_above_and_below(gimp: GimpSession) -> None:
    sides, above_and_below = gimp.run(
        STRIPES
        + """
results = []
for source in ("sides", "above-and-below"):
    assert call(image, [layer], texture_from=source)[1] is None
    results.append(seen(image))
return results
"""
    )
    assert sides[0][1] > 80 and sides[1][0] < 40
    assert above_and_below[1][1] > 80 and above_and_below[0][0] < 40


def test_a_channel_marks_what_may_be_used(gimp: GimpSession) -> None:
    """The layer lies elsewhere than the image begins."""
    allowed, error, refused = gimp.run(
        STRIPES
        + """
layer.set_offsets(20, 10)
select(image, 90, 70, 40, 40)
black, white = Gegl.Color.new("black"), Gegl.Color.new("white")
channel = Gimp.Channel.new(image, "may be used", 200, 160, 50, black)
image.insert_channel(channel, None, 0)
set_pixels(channel, "Y u8", bytes([255]) * (60 * 160), rect=(140, 0, 60, 160))
image.set_selected_layers([layer])
before = pixels(channel)
error = call(image, [layer], texture_from="channel", texture_channel=channel)[1]
assert pixels(channel) == before
allowed = seen(image)
other, _ = picture()
foreign = Gimp.Channel.new(other, "", 200, 160, 50, black)
other.insert_channel(foreign, None, 0)
refused = [call(image, [layer], texture_from="channel", **more)[1] for more in ({}, {"texture_channel": foreign})]
return allowed, error, refused
"""
    )
    assert error is None
    assert allowed[0][1] > 80 and allowed[1][0] < 40
    assert refused == [
        "No channel is chosen to take texture from; choose one, or take it from all around.",
        "The channel to take texture from is of another image; choose one of this image.",
    ]
