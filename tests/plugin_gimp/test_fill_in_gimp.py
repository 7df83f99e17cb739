"""The plug-in in a real GIMP without a window: what it fills, and what it leaves as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin_gimp.gimp_session import GimpSession

pytestmark = pytest.mark.gimp

FORMS = [
    *(
        (kind, precision)
        for precision in ("u8-non-linear", "float-linear")
        for kind in ("rgb", "rgba", "gray", "graya")
    ),
    *((kind, "u16-non-linear") for kind in ("rgb", "graya")),
    *(("rgba", precision) for precision in ("u8-perceptual", "u16-linear", "half-linear", "float-non-linear")),
    *(("rgb", precision) for precision in ("u8-linear", "u32-non-linear", "double-linear")),
]
FINE = {"u16-non-linear", "u16-linear", "u32-non-linear", "float-linear", "float-non-linear", "double-linear"}


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


@pytest.mark.parametrize(("kind", "precision"), FORMS)
def test_every_pixel_form_keeps_its_values_outside_the_selection(gimp: GimpSession, kind: str, precision: str) -> None:
    seen = gimp.run(
        """
        image, layer = picture(kind, precision, 96, 80)
        select(image, 30, 24, 30, 26, ellipse=True)
        before = pixels(layer)
        chosen = selection(image)
        errors = [call(image, [layer])[1]]
        untouched = pixels(layer) == before
        fill = image.get_layers()[0]
        values = array.array("f", pixels(fill, "R'G'B' float"))
        thirds = lambda value: abs(value * 3 - round(value * 3)) < 0.001  # the tests' network saturates; gray is a mean
        between = [value * 255 for value in values if not thirds(value)]
        coarse = sum(abs(value - round(value)) < 0.01 for value in between)
        image.remove_layer(fill)
        errors.append(call(image, [layer], output="in-place")[1])
        after = pixels(layer)
        size = len(before) // len(chosen)
        stray = sum(
            before[at * size : at * size + size] != after[at * size : at * size + size]
            for at, value in enumerate(chosen) if value == 0
        )
        report = {
            "errors": errors, "untouched": untouched, "stray": stray, "changed": before != after,
            "layers": len(image.get_layers()), "channels": len(image.get_channels()),
            "selection": selection(image) == chosen, "between": len(between), "coarse": coarse,
        }
        image.delete()
        return report
        """,
        kind=kind,
        precision=precision,
    )
    assert seen["errors"] == [None, None]
    assert seen["untouched"] and seen["changed"] and seen["stray"] == 0
    assert seen["layers"] == 1 and seen["channels"] == 0 and seen["selection"]
    assert seen["between"] > 100
    if precision in FINE:  # no banding: the values do not sit on the steps of 8 bits
        assert seen["coarse"] < 0.1 * seen["between"]


@pytest.mark.parametrize("box", [(40, 30, 120, 100), (-30, -20, 300, 240)])
def test_fill_aligns_on_layers_that_are_offset_smaller_or_larger(
    gimp: GimpSession, box: tuple[int, int, int, int]
) -> None:
    seen = gimp.run(
        """
        image, layer = picture(layer_box=box)
        select(image, 70, 60, 20, 16)
        x, y = box[:2]
        before = pixels(layer)
        first = call(image, [layer])
        fill = image.get_layers()[0]
        place = list(fill.get_offsets())[-2:] + [fill.get_width(), fill.get_height()]
        image.remove_layer(fill)
        second = call(image, [layer], output="in-place")
        return {
            "errors": [first[1], second[1]], "place": place,
            "changed": changed(before, pixels(layer), layer.get_width(), layer.get_height()),
        }
        """,
        box=box,
    )
    x, y = box[:2]
    assert seen["errors"] == [None, None]
    assert seen["place"] == [70, 60, 20, 16]
    assert seen["changed"] == [70 - x, 60 - y, 90 - x, 76 - y]


def test_selection_partly_beside_the_layer_fills_what_is_on_it(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture(layer_box=(40, 30, 120, 100))
        select(image, 20, 50, 40, 20)
        status, error = call(image, [layer])
        fill = image.get_layers()[0]
        return error, list(fill.get_offsets())[-2:], fill.get_width(), fill.get_height()
        """
    )
    assert seen == [None, [40, 50], 20, 20]


def test_soft_selection_gives_soft_alpha_and_the_same_blend_in_place(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture("rgb", "float-linear", 120, 100)
        select(image, 40, 30, 40, 36, feather=10, ellipse=True)
        chosen = selection(image)
        before = pixels(layer, "RGB float")
        status, error = call(image, [layer], output="new-layer")
        fill = image.get_layers()[0]
        _, x, y = fill.get_offsets()
        width, height = fill.get_width(), fill.get_height()
        alpha = pixels(fill, "R'G'B'A u8")[3::4]
        wanted = b"".join(chosen[(y + row) * 120 + x : (y + row) * 120 + x + width] for row in range(height))
        beyond = sum(map(bool, chosen)) - sum(map(bool, wanted))
        colour = array.array("f", pixels(fill, "RGB float"))
        image.remove_layer(fill)
        status, second = call(image, [layer], output="in-place")
        got = array.array("f", pixels(layer, "RGB float"))
        old = array.array("f", before)
        worst = 0.0
        for row in range(height):
            for column in range(width):
                share = chosen[(y + row) * 120 + x + column] / 255
                for band in range(3):
                    at = ((y + row) * 120 + x + column) * 3 + band
                    if share:
                        mixed = old[at] * (1 - share) + colour[(row * width + column) * 3 + band] * share
                        worst = max(worst, abs(mixed - got[at]))
        return {"errors": [error, second], "alpha": alpha == wanted, "beyond": beyond, "worst": worst,
                "soft": sum(0 < value < 255 for value in chosen)}
        """
    )
    assert seen["errors"] == [None, None]
    assert seen["soft"] > 500 and seen["beyond"] == 0
    assert seen["alpha"], "the new layer's alpha is not the selection"
    assert seen["worst"] < 0.005, "in place is not the blend that the new layer shows"


def test_grow_and_feather_reach_beyond_the_selection_by_their_pixels(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        select(image, 60, 50, 40, 30)
        before = pixels(layer)
        status, error = call(image, [layer], output="in-place", grow=3, feather=4, context=32)
        return error, changed(before, pixels(layer), 200, 160), list(Gimp.Selection.bounds(image))[-4:]
        """
    )
    error, box, selection = seen
    assert error is None and selection == [60, 50, 100, 80]
    assert box[0] in range(53, 57) and box[2] in range(103, 108)  # the outermost ramp may round to no change
    assert box[1] in range(43, 47) and box[3] in range(83, 88)


def test_several_layers_are_filled_each(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, low = picture()
        high = add_layer(image, Gimp.ImageType.RGBA_IMAGE, (30, 20, 140, 120))
        aside = add_layer(image, Gimp.ImageType.RGBA_IMAGE, (150, 120, 40, 40))
        select(image, 60, 50, 40, 30)
        status, error = call(image, [low, high, aside])
        return error, [item.get_name()[:7] for item in image.get_layers()]
        """
    )
    assert seen == [None, ["picture", "Partial", "picture", "Partial", "picture"]]


@pytest.mark.parametrize("effect", ["gegl:invert-gamma", "gegl:gaussian-blur"])
def test_fill_matches_what_the_layers_filters_show(gimp: GimpSession, effect: str) -> None:
    """Dark on the left, bright on the right; a blur makes the layer larger than it is."""
    seen = gimp.run(
        f"""
        image, layer = picture(layer_box=(20, 10, 160, 120))
        set_pixels(layer, "Y' u8", (bytes([20]) * 60 + bytes([200]) * 100) * 120)
        layer.append_filter(Gimp.DrawableFilter.new(layer, "{effect}", ""))
        select(image, 130, 50, 20, 20)
        before = pixels(layer)
        count = len(layer.get_filters())
        error = call(image, [layer])[1]
        visible = Gimp.Layer.new_from_visible(image, image, "")
        inside, beside = (list(pixels(visible, "R'G'B' u8", (x, 60, 1, 1))) for x in (140, 160))
        return error, inside, beside, pixels(layer) == before and len(layer.get_filters()) == count
        """
    )
    error, inside, beside, untouched = seen
    assert error is None and untouched
    assert max(abs(a - b) for a, b in zip(inside, beside, strict=True)) <= 3


def test_fill_of_a_layer_in_a_group_lands_in_that_group(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        group = Gimp.GroupLayer.new(image, "group")
        image.insert_layer(group, None, 0)
        inner = add_layer(image, Gimp.ImageType.RGBA_IMAGE, (0, 0, 200, 160), parent=group)
        select(image, 60, 50, 40, 30)
        status, error = call(image, [inner])
        whole_status, whole = call(image, [group])
        return error, whole, [item.get_name()[:7] for item in group.get_children()], len(image.get_layers())
        """
    )
    assert seen == [None, None, ["Partial", "picture"], 3]


def test_transparent_hole_is_filled_and_a_layer_mask_does_not_matter(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture("rgba")
        set_pixels(layer, "R'G'B'A u8", bytes(4 * 40 * 30), (60, 50, 40, 30))
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.BLACK))
        select(image, 60, 50, 40, 30)
        status, error = call(image, [layer], output="in-place")
        filled = pixels(layer, "R'G'B'A u8", (60, 50, 40, 30))
        return error, sorted(set(filled[3::4])), len(set(filled))
        """
    )
    error, alpha, values = seen
    assert error is None and alpha == [255] and values > 5


def test_sample_all_visible_fills_from_what_is_seen(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        empty = Gimp.Layer.new(image, "empty", 60, 60, Gimp.ImageType.RGBA_IMAGE, 100, Gimp.LayerMode.NORMAL)
        image.insert_layer(empty, None, 0)
        select(image, 100, 80, 30, 20)
        status, error = call(image, [empty], sample_visible=True)
        fill = image.get_layers()[0]
        return error, list(fill.get_offsets())[-2:], len(set(pixels(fill, "R'G'B' u8"))), len(image.get_layers())
        """
    )
    error, place, values, layers = seen
    assert error is None and place == [100, 80] and values > 5 and layers == 3


def test_the_image_keeps_its_profile_and_its_numbers(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        image.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())
        from gi.repository import Babl
        own = Babl.get_name(layer.get_format())
        set_pixels(layer, own, bytes(i * i * 31 % 251 for i in range(200 * 160 * 3)))
        select(image, 60, 50, 40, 30, feather=6)
        before = pixels(layer)
        label = image.get_color_profile().get_label()
        status, error = call(image, [layer], output="in-place")
        after = pixels(layer)
        return error, image.get_color_profile().get_label() == label, changed(before, after, 200, 160)
        """
    )
    error, kept, box = seen
    assert error is None and kept
    assert box is not None and box[0] >= 50 and box[1] >= 40 and box[2] <= 110 and box[3] <= 90


def test_text_layer_stays_text_when_the_fill_is_a_layer_of_its_own(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        text = Gimp.TextLayer.new(image, "Hole", Gimp.context_get_font(), 60, Gimp.Unit.pixel())
        image.insert_layer(text, None, 0)
        select(image, 10, 10, 12, 12)
        status, error = call(image, [text])
        return error, text.is_text_layer(), len(image.get_layers())
        """
    )
    assert seen == [None, True, 3]


def test_text_layer_that_is_filled_in_place_becomes_pixels_with_a_word(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        text = Gimp.TextLayer.new(image, "Hole", Gimp.context_get_font(), 60, Gimp.Unit.pixel())
        image.insert_layer(text, None, 0)
        before = pixels(text)
        select(image, 10, 10, 12, 12)
        status, error = call(image, [text], output="in-place")
        return error, before != pixels(text), is_live_text(text)
        """
    )
    assert seen == [None, True, False]
    log = (gimp.share / "gimp-console.log").read_text(errors="replace")
    assert "The text layer became pixels to be filled in place; Edit > Undo brings the text back." in log


@pytest.mark.parametrize("kind", ["mask", "channel"])
@pytest.mark.parametrize("precision", ["u8-non-linear", "float-linear"])
def test_masks_and_channels_are_filled_as_gray_pictures(gimp: GimpSession, kind: str, precision: str) -> None:
    """Black on the left, half gray on the right, where the hole is: what comes is no black, and not what was there."""
    seen = gimp.run(
        """
        image, layer = picture("rgb", precision)
        if kind == "mask":
            gray = layer.create_mask(Gimp.AddMaskType.WHITE)
            layer.add_mask(gray)
        else:
            gray = Gimp.Channel.new(image, "gray", 200, 160, 50, Gegl.Color.new("black"))
            image.insert_channel(gray, None, 0)
        set_pixels(gray, "Y float", array.array("f", ([0.0] * 40 + [0.5] * 160) * 160).tobytes())
        set_pixels(gray, "Y float", array.array("f", [1.0] * 600).tobytes(), (120, 60, 30, 20))
        select(image, 120, 60, 30, 20)
        before, other = pixels(gray), pixels(layer)
        error = call(image, [gray])[1]
        return {
            "error": error, "box": changed(before, pixels(gray), 200, 160), "layer": other == pixels(layer),
            "layers": len(image.get_layers()), "channels": len(image.get_channels()),
            "mean": sum(array.array("f", pixels(gray, "Y float", (120, 60, 30, 20)))) / 600,
        }
        """,
        kind=kind,
        precision=precision,
    )
    assert seen["error"] is None and seen["layer"] and seen["layers"] == 1
    assert seen["channels"] == (kind == "channel")
    assert seen["box"] == [120, 60, 150, 80]
    assert 0.4 < seen["mean"] < 0.6


def test_new_layer_with_a_mask_shows_the_same_and_its_mask_can_be_painted_on(gimp: GimpSession) -> None:
    seen = gimp.run(
        """
        image, layer = picture()
        select(image, 60, 50, 40, 30, feather=12, ellipse=True)
        def shown():
            visible = Gimp.Layer.new_from_visible(image, image, "")
            data = pixels(visible, "R'G'B' u8")
            visible.delete()
            return data
        errors = [call(image, [layer])[1]]
        plain = image.get_layers()[0]
        alpha, place, before = pixels(plain, "R'G'B'A u8")[3::4], list(plain.get_offsets())[-2:], shown()
        errors.append(call(image, [layer], output="new-layer-with-mask")[1])
        fill = image.get_layers()[0]
        mask, after = fill.get_mask(), shown()
        report = {
            "errors": errors, "layers": len(image.get_layers()), "same_place": list(fill.get_offsets())[-2:] == place,
            "opaque": set(pixels(fill, "R'G'B'A u8")[3::4]) == {255}, "mask": pixels(mask, "Y u8") == alpha,
            "soft": len(set(alpha)) > 10, "off": max(abs(a - b) for a, b in zip(before, after)),
        }
        whole = bytes([255]) * len(alpha)
        set_pixels(mask, "Y u8", whole)
        report["painted"] = shown() != after
        return report
        """
    )
    assert seen["errors"] == [None, None] and seen["layers"] == 2
    assert seen["same_place"] and seen["opaque"] and seen["mask"] and seen["soft"] and seen["painted"]
    assert seen["off"] <= 1


def test_all_options_reach_the_bridge(gimp: GimpSession) -> None:
    asked = gimp.run(
        """
        image, layer = picture()
        select(image, 60, 50, 40, 30)
        (job,) = jobs(image, [layer], grow=3, feather=4, context=50, detail=0.25, variants=2, seed=9)
        steps = job.steps()
        first = next(steps).header
        answer = steps.send(({"box": [0, 0, 160, 200]}, b""))
        while answer is None:
            answer = next(steps)
        return [{name: header.get(name) for name in ("grow", "feather", "context", "detail", "variants", "seed")}
                for header in (first, answer.header)]
        """
    )
    wanted = {"grow": 3, "feather": 4, "context": 50, "detail": 0.25, "variants": 2, "seed": 9}
    assert asked[1] == wanted
    assert {name: asked[0][name] for name in ("grow", "feather", "context")} == {"grow": 3, "feather": 4, "context": 50}


def test_the_procedure_is_where_people_look_and_says_what_it_can_fill(gimp: GimpSession, share: Path) -> None:
    seen = gimp.run(
        """
        procedure = Gimp.get_pdb().lookup_procedure("plug-in-pconv-fill")
        defaults = procedure.create_config()
        names = ("output", "sample-visible", "texture-from", "texture-channel", "grow", "feather", "context", "detail",
                 "variants", "seed", "variant")
        return {
            "menus": sorted(procedure.get_menu_paths()), "label": procedure.get_menu_label(),
            "types": procedure.get_image_types(),
            "help": procedure.get_help_id(), "defaults": [defaults.get_property(name) for name in names],
        }
        """
    )
    assert seen["menus"] == ["<Image>/Filters", "<Image>/Filters/Enhance"]
    assert seen["label"] == "Partial-Conv _Fill…"
    assert seen["types"] == "RGB*, GRAY*"
    assert seen["help"].split("?")[-1] == "plug-in-pconv-fill"  # from 3.2 on after its domain
    kept = (share / "home" / "pluginrc").read_text(errors="replace")
    assert '(icon image-file -1 "file:///share/home/plug-ins/pconv_fill/icon.png")' in kept
    assert seen["defaults"] == ["new-layer", False, "around", None, 0, 0, 0, 1.0, 1, 0, 1]


def test_progress_says_what_is_done_and_how_long_the_rest_takes(gimp: GimpSession) -> None:
    """Two layers, the first takes 10 seconds; the words are taken from the plug-in's calls of GIMP."""
    said = gimp.run(
        """
        our_code()
        import pconv_progress, pconv_steps
        now, said, shown = [100.0], [], []
        frame = lambda stage, done=0, total=0: {"stage": stage, "position": 3, "done": done, "total": total}
        class Job:
            def steps(self):
                return (yield pconv_steps.Question({}, ()))
        class Link:
            def ask(self, header, news, tick):
                news(frame("queued"))
                news(frame("filling", 0, 63))
                for done in (21, 63):
                    now[0] += 5
                    news(frame("filling", done, 63))
        set_text, update, pulse = Gimp.progress_set_text, Gimp.progress_update, Gimp.progress_pulse
        Gimp.progress_set_text, Gimp.progress_update, Gimp.progress_pulse = said.append, shown.append, lambda: None
        try:
            progress = pconv_progress.Progress(2, lambda: now[0])
            progress.follow(Job(), Link())
            progress.follow(Job(), Link())
        finally:
            Gimp.progress_set_text, Gimp.progress_update, Gimp.progress_pulse = set_text, update, pulse
        return said, [round(share, 2) for share in shown], pconv_progress.filling(0.05, 30)
        """
    )
    assert said == [
        [
            "Waiting as number 3…",
            "Filling: 0%…",
            "Filling: 17%, about 25 s left",
            "Filling: 50%, about 10 s left",
            "Waiting as number 3…",
            "Filling: 50%, about 10 s left",
            "Filling: 67%, about 8 s left",
            "Filling: 100%, about 0 s left",
        ],
        [0, 0.17, 0.5, 0.5, 0.67, 1],
        "Filling: 5%, about 10 min left",
    ]
