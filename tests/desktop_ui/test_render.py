"""What the canvas would show, as arrays."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import ImageCms

from desktop_ui.document.colour import plain_srgb, to_srgb
from desktop_ui.view.pyramid import Pyramid
from desktop_ui.view.render import Layers, Overlay, draw, sample, tint
from desktop_ui.view.viewport import LARGEST_ZOOM, SMALLEST_ZOOM, Viewport
from model.geometry.boxes import Box

RNG = np.random.default_rng(4)


def viewport(width: int, height: int, zoom: float, x: int = 0, y: int = 0) -> Viewport:
    view = Viewport()
    view.resize(800, 600)
    view.show(width, height)
    view.zoom, view.x, view.y = zoom, x, y
    return view


def noise(height: int = 90, width: int = 130, channels: int = 3) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, channels), np.uint8)


def test_one_to_one_shows_the_very_pixels() -> None:
    image = noise()
    shown = sample(Pyramid(image), viewport(130, 90, 1.0, 40, 30), Box(35 + 0, 50, 75, 120))
    assert np.array_equal(shown, image[5:45, 10:80])


@pytest.mark.parametrize("zoom", [2, 3, 5.5, 16])
def test_enlarged_pixels_are_squares_in_their_places(zoom: float) -> None:
    image = noise()
    shown = sample(Pyramid(image), viewport(130, 90, zoom), Box(0, 0, int(20 * zoom), int(30 * zoom)))
    rows = (np.arange(int(20 * zoom)) + 0.5) // zoom
    columns = (np.arange(int(30 * zoom)) + 0.5) // zoom
    assert np.array_equal(shown, image[rows.astype(int)][:, columns.astype(int)])


@pytest.mark.parametrize("zoom", [0.9, 0.5, 0.37, 0.25, 0.1, 1.5])
def test_a_smooth_ramp_stays_itself_at_any_zoom(zoom: float) -> None:
    y, x = np.mgrid[0:600, 0:800].astype(np.float32)
    image = ((x + y) / 1400 * 60000)[..., None].astype(np.uint16)
    view = viewport(800, 600, zoom)
    screen = Box(10, 10, int(500 * zoom), int(700 * zoom))
    shown = sample(Pyramid(image), view, screen)[..., 0].astype(float)
    sy, sx = np.mgrid[screen.top : screen.bottom, screen.left : screen.right]
    expected = ((sx + sy + 1) / zoom - 1) / 1400 * 60000
    assert np.abs(shown - expected).max() < 60000 / 1400 * 2.5 / min(zoom, 1)


@pytest.mark.parametrize("zoom", [1.0, 0.4, 3.0, 1.5])
def test_a_part_drawn_alone_equals_the_part_of_the_whole(zoom: float) -> None:
    """Repainting a dirty rectangle leaves no seam; smoothing counts in steps of 1/32 pixel."""
    layers = Layers(Pyramid(noise(200, 300)), None, plain_srgb)
    mask = Pyramid(RNG.integers(0, 256, (200, 300), np.uint8))
    view, overlay = viewport(300, 200, zoom, 7, 5), Overlay(outline=False)
    whole = draw(layers, mask, view, Box(5, 7, 75, 107), overlay)
    part = draw(layers, mask, view, Box(25, 37, 55, 87), overlay)
    assert np.abs(whole[20:50, 30:80].astype(int) - part).max() <= 4


def test_a_pyramid_renewed_in_parts_equals_a_new_one() -> None:
    array = noise(203, 333, 1)[..., 0]
    pyramid = Pyramid(array)
    for depth in range(5):
        pyramid.level(depth)
    for rect in (Box(0, 0, 7, 9), Box(100, 51, 161, 222), Box(190, 300, 203, 333)):
        array[rect.slices] = RNG.integers(0, 256, (rect.height, rect.width))
        pyramid.update(rect)
    for depth in range(5):
        assert np.array_equal(pyramid.level(depth), Pyramid(array).level(depth))


def test_a_blank_pyramid_is_right_from_the_first_change_on() -> None:
    array = np.zeros((100, 140), np.uint8)
    pyramid = Pyramid(array, blank=True)
    assert not pyramid.level(3).any()
    array[40:80, 30:90] = 255
    pyramid.update(Box(40, 30, 80, 90))
    assert np.array_equal(pyramid.level(3), Pyramid(array).level(3)) and pyramid.level(3).any()


def test_the_deepest_level_of_a_thin_picture_is_its_last() -> None:
    assert Pyramid(np.zeros((1, 5000, 3), np.uint8)).level(8).shape[0] == 1


def test_a_thin_picture_is_shown_whole_however_small() -> None:
    for height, width in ((6, 16000), (1, 5000)):
        ramp = np.broadcast_to(np.linspace(0, 255, width)[None, :, None], (height, width, 3)).astype(np.uint8)
        zoom = 800 / width
        view = viewport(width, height, zoom, 0, 0)
        shown = draw(
            Layers(Pyramid(np.ascontiguousarray(ramp)), None, plain_srgb), None, view, Box(0, 0, 1, 800), Overlay()
        )
        values = shown[0, :, 0].astype(int)
        assert abs(values[0]) <= 2 and abs(values[400] - 127) <= 2 and abs(values[799] - 255) <= 2


def test_the_tint_mixes_by_mask_and_opacity() -> None:
    shown = np.full((4, 4, 3), 100, np.uint8)
    mask = np.array([[0, 255, 128, 0]] * 4, np.uint8)
    mixed = tint(shown, mask, Overlay((200, 0, 100), 0.5), Box(0, 0, 4, 4)).astype(int)
    assert (mixed[:, 0] == 100).all() and (shown == 100).all()
    assert np.abs(mixed[0, 1] - (150, 50, 100)).max() <= 1
    assert np.abs(mixed[0, 2] - (125, 75, 100)).max() <= 2


def test_the_outline_runs_along_the_edge_only_and_marches() -> None:
    shown, mask = np.full((40, 40, 3), 100, np.uint8), np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 255
    first = tint(shown, mask, Overlay(opacity=0, outline=True), Box(0, 0, 40, 40))
    touched = (first != 100).any(axis=2)
    edge = np.zeros((40, 40), bool)
    edge[10:30, 10:30] = True
    edge[11:29, 11:29] = False
    assert np.array_equal(touched, edge)
    later = tint(shown, mask, Overlay(opacity=0, outline=True, phase=4), Box(0, 0, 40, 40))
    assert not np.array_equal(first, later)


def test_the_mask_alone_is_a_gray_picture() -> None:
    view, screen = viewport(40, 30, 1.0), Box(0, 0, 30, 40)
    mask = np.zeros((30, 40), np.uint8)
    mask[10:20, 10:20] = 200
    layers = Layers(Pyramid(noise(30, 40)), None, plain_srgb)
    shown = draw(layers, Pyramid(mask), view, screen, Overlay(alone=True))
    assert np.array_equal(shown[..., :3], np.repeat(mask[..., None], 3, axis=2))
    assert not np.array_equal(draw(layers, None, view, screen, Overlay(alone=True)), shown), "the picture, with no mask"


def test_alpha_shows_a_checkerboard() -> None:
    image, alpha = noise(30, 30), np.zeros((30, 30), np.uint8)
    alpha[:, 15:] = 255
    shown = draw(Layers(Pyramid(image), Pyramid(alpha), plain_srgb), None, viewport(30, 30, 1.0), Box(0, 0, 30, 30),
                 Overlay())  # fmt: skip
    assert np.array_equal(shown[:, 15:, 2::-1], image[:, 15:])
    assert set(np.unique(shown[:, :15, :3])) == {112, 144}


@pytest.mark.parametrize("dtype, top", [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1.0)])
def test_every_kind_of_pixels_becomes_bytes(dtype, top) -> None:
    values = np.array([[[0], [top]]], dtype)
    assert plain_srgb(values).tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_nan_and_out_of_range_floats_are_shown_and_not_stumbled_over() -> None:
    values = np.array([[[np.nan, -3.0, 7.0]]], np.float32)
    assert plain_srgb(values).tolist() == [[[0, 0, 255]]]


def test_an_icc_profile_is_applied_and_a_broken_one_ignored() -> None:
    image = noise(8, 8)
    lab_like = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert to_srgb(None, 3) is plain_srgb
    assert to_srgb(b"no profile at all", 3) is plain_srgb
    assert np.abs(to_srgb(lab_like, 3)(image).astype(int) - image).max() <= 1
    lab = io.BytesIO(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()).getvalue()
    assert to_srgb(lab, 3) is plain_srgb, "a profile for other than RGB pixels is unsuitable"


# viewport


def test_zooming_keeps_the_point_under_the_pointer() -> None:
    view = viewport(4000, 3000, 0.2, 10, 20)
    at = view.to_picture(333, 222)
    for steps in (1, 1, 3, -2):
        view.step(steps, 333, 222)
        now = view.to_picture(333, 222)
        assert abs(now[0] - at[0]) * view.zoom <= 1.5 and abs(now[1] - at[1]) * view.zoom <= 1.5


def test_fit_shows_all_and_never_enlarges() -> None:
    view = viewport(4000, 3000, 1.0)
    view.fit()
    rect = view.picture_on_screen
    assert rect.top >= 0 and rect.left >= 0 and rect.bottom <= 600 and rect.right <= 800
    view.show(20, 10)
    assert view.zoom == 1.0


def test_zoom_has_ends_and_the_picture_cannot_be_lost() -> None:
    view = viewport(4000, 3000, 1.0)
    view.step(99)
    assert view.zoom == LARGEST_ZOOM
    view.step(-99)
    assert view.zoom == SMALLEST_ZOOM
    view.zoom_to(1.0)
    view.pan(10**6, -(10**6))
    assert not view.picture_on_screen.clipped(Box(0, 0, 600, 800)).empty


def test_a_fitted_view_follows_the_window_and_a_zoomed_one_keeps_its_middle() -> None:
    view = viewport(4000, 3000, 1.0)
    view.fit()
    view.resize(400, 300)
    assert view.picture_on_screen.right <= 400
    view.zoom_to(1.0)
    middle = view.to_picture(200, 150)
    view.resize(600, 500)
    assert view.to_picture(300, 250) == pytest.approx(middle, abs=1)


def test_the_screen_rectangle_of_a_change_holds_all_its_pixels() -> None:
    for zoom in (0.13, 0.5, 1.0, 2.7):
        view = viewport(900, 700, zoom, 11, 13)
        rect = view.screen_rect(Box(100, 200, 150, 260))
        left, top = view.to_screen(200, 100)
        right, bottom = view.to_screen(260, 150)
        assert rect.left < left and rect.top < top and rect.right > right and rect.bottom > bottom
