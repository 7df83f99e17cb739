"""What can be chosen for a fill: the procedure's arguments, which the dialog and scripts share."""

from __future__ import annotations

from collections import namedtuple

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GObject  # noqa: E402
from pconv_words import _  # noqa: E402

NEW_LAYER, WITH_MASK, IN_PLACE = "new-layer", "new-layer-with-mask", "in-place"
AROUND, SIDES, ABOVE_AND_BELOW, CHANNEL = "around", "sides", "above-and-below", "channel"  # texture is taken from
AUTOMATIC = 0  # context
LARGEST_MARGIN = 4096
MOST_VARIANTS = 4
LARGEST_SEED = 2**31 - 1

Options = namedtuple(
    "Options",
    "output sample_visible texture_from texture_channel grow feather context detail variants seed variant",
)
DEFAULTS = Options(NEW_LAYER, False, AROUND, None, 0, 0, AUTOMATIC, 1.0, 1, 0, 1)
ARGUMENTS = [name.replace("_", "-") for name in Options._fields]
FILLED_BY = [name for name in ARGUMENTS if name != "variant"]  # that one only chooses among the fills


def options_of(config):
    return Options(*(config.get_property(name) for name in ARGUMENTS))


def add_arguments(procedure):
    flags = GObject.ParamFlags.READWRITE
    output = Gimp.Choice.new()
    output.add(NEW_LAYER, 0, _("New layer"), _("The fill lies on a layer of its own, above"))
    output.add(WITH_MASK, 2, _("New layer with mask"), _("As a new layer, with its edges in a mask to paint on"))
    output.add(IN_PLACE, 1, _("The layer itself"), _("The fill replaces the layer's pixels"))
    procedure.add_choice_argument("output", _("Out_put to"), _("Where the fill goes"), output, NEW_LAYER, flags)
    procedure.add_boolean_argument(
        "sample-visible",
        _("Sample all _visible"),
        _("Fill from everything visible, not from the layer alone"),
        DEFAULTS.sample_visible,
        flags,
    )
    source = Gimp.Choice.new()
    source.add(AROUND, 0, _("All around"), _("From wherever it fits"))
    source.add(SIDES, 1, _("Left and right"), _("From the band of the picture that lies beside the selection"))
    source.add(ABOVE_AND_BELOW, 2, _("Above and below"), _("From the column of the picture that crosses the selection"))
    source.add(CHANNEL, 3, _("A channel"), _("From where the channel is white"))
    procedure.add_choice_argument(
        "texture-from",
        _("Ta_ke texture from"),
        _("Where the picture's own texture may be taken from"),
        source,
        AROUND,
        flags,
    )
    procedure.add_channel_argument(
        "texture-channel",
        _("Channe_l"),
        _("Its white marks where texture may be taken from, if it is taken from a channel"),
        True,
        flags,
    )
    for name, label, text, least, most in (
        ("grow", _("_Grow"), _("Pixels by which the selection is grown before filling"), 0, LARGEST_MARGIN),
        (
            "feather",
            _("F_eather"),
            _("Pixels over which the fill fades into its surroundings, outside the selection"),
            0,
            LARGEST_MARGIN,
        ),
        (
            "context",
            _("Conte_xt"),
            _("Pixels around the selection that the network looks at; 0 chooses by the size"),
            0,
            LARGEST_MARGIN,
        ),
    ):
        procedure.add_int_argument(name, label, text, least, most, getattr(DEFAULTS, name), flags)
    procedure.add_double_argument(
        "detail",
        _("Deta_il"),
        _("0: the network alone; 1: with all the detail that the picture's own patches can give"),
        0.0,
        1.0,
        DEFAULTS.detail,
        flags,
    )
    for name, label, text, least, most in (
        ("variants", _("Varia_nts"), _("How many different fills are made to choose from"), 1, MOST_VARIANTS),
        ("seed", _("See_d"), _("Another number gives another fill; the same number gives the same"), 0, LARGEST_SEED),
        ("variant", _("Chosen variant"), _("Which of the variants is taken; 1 is the best"), 1, MOST_VARIANTS),
    ):
        procedure.add_int_argument(name, label, text, least, most, getattr(DEFAULTS, name), flags)
