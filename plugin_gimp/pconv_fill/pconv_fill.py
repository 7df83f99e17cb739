#!/usr/bin/env python3
"""Filters > Partial-Conv Fill: GIMP's side of the plug-in, its procedure and its order of work.

Started by GIMP's own Python, so it and its neighbours use the standard library and gi alone.
"""

from __future__ import annotations

import sys

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GLib, GObject  # noqa: E402
from pconv_layers import AUTOMATIC, IN_PLACE, NEW_LAYER, Refused, check_image, jobs_for, options_of  # noqa: E402
from pconv_link import BridgeError, open_link, read_settings  # noqa: E402

PROCEDURE = "plug-in-pconv-fill"
LARGEST_MARGIN = 4096
STAGES = {
    "asking": "Asking pconv…",
    "starting": "Starting pconv…",
    "loading": "Loading the network…",
    "queued": "Waiting as number %(position)d…",
    "filling": "Filling %(done)d of %(total)d…",
}


def run(procedure, run_mode, image, drawables, config, data):
    link = None
    try:
        check_image(image)
        if run_mode == Gimp.RunMode.INTERACTIVE:
            from pconv_dialog import ask_user

            wanted, link = ask_user(procedure, config, image, drawables)
            if not wanted:
                return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
        jobs = jobs_for(image, drawables, options_of(config))
        link = link or open_link(read_settings())
        fill(image, jobs, link)
    except (BridgeError, Refused) as error:
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(str(error)))
    finally:
        if link:
            link.close()
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)


def fill(image, jobs, link):
    """Compute everything, then write it as one undo step."""
    Gimp.progress_init("Partial-Conv Fill")
    try:
        answers = [job.compute(link, *_reporter(index, len(jobs))) for index, job in enumerate(jobs)]
    finally:
        Gimp.progress_end()
    if not all(job.is_unmoved() for job in jobs):
        raise Refused("The layer was changed meanwhile and nothing was filled; try again.")
    selected = image.get_selected_layers()
    image.undo_group_start()
    try:
        for job, answer in zip(jobs, answers, strict=True):
            job.write(answer)
        image.set_selected_layers(selected)  # so that the next selection, or Ctrl+F, means the same layers
    finally:
        image.undo_group_end()
    Gimp.displays_flush()


def _reporter(index, count):
    """(news, tick) that show the progress of job `index` of `count` in GIMP's bar."""
    known = {"fraction": None}

    def news(header):
        Gimp.progress_set_text(STAGES.get(header["stage"], "Working…") % header)
        known["fraction"] = header["done"] / header["total"] if header["total"] else None
        tick()

    def tick():
        if known["fraction"] is None:
            Gimp.progress_pulse()
        else:
            Gimp.progress_update((index + known["fraction"]) / count)

    return news, tick


class PconvFill(Gimp.PlugIn):
    def do_set_i18n(self, name):
        return False

    def do_query_procedures(self):
        return [PROCEDURE]

    def do_create_procedure(self, name):
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, run, None)
        procedure.set_image_types("*")
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES)
        procedure.set_menu_label("Partial-Conv _Fill...")
        procedure.add_menu_path("<Image>/Filters/")
        procedure.set_documentation(
            "Fill the selection with what its surroundings suggest",
            "The selection is the hole; a partial-convolution network fills it. Soft edges blend. "
            "Pixels outside the selection stay as they are.",
            name,
        )
        procedure.set_attribution("pconv", "pconv", "2026")
        flags = GObject.ParamFlags.READWRITE
        output = Gimp.Choice.new()
        output.add(NEW_LAYER, 0, "New layer", "The fill lies on a layer of its own, above")
        output.add(IN_PLACE, 1, "The layer itself", "The fill replaces the layer's pixels")
        procedure.add_choice_argument("output", "Out_put to", "Where the fill goes", output, NEW_LAYER, flags)
        procedure.add_boolean_argument(
            "sample-visible",
            "_Sample all visible",
            "Fill from everything visible, not from the layer alone",
            False,
            flags,
        )
        for argument, label, text in (
            ("grow", "_Grow", "Pixels by which the selection is grown before filling"),
            ("feather", "F_eather", "Pixels over which the fill fades into its surroundings, outside the selection"),
            ("context", "Conte_xt", "Pixels around the selection that the network looks at; 0 chooses by the size"),
        ):
            procedure.add_int_argument(argument, label, text, 0, LARGEST_MARGIN, AUTOMATIC, flags)
        return procedure


Gimp.main(PconvFill.__gtype__, sys.argv)
