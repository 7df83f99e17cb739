#!/usr/bin/env python3
"""Filters > Partial-Conv Fill: GIMP's side of the plug-in, its procedure and its order of work.

Started by GIMP's own Python, so it and its neighbours use the standard library and gi alone.
"""

from __future__ import annotations

import os
import sys

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio, GLib, GObject  # noqa: E402
from pconv_layers import AUTOMATIC, IN_PLACE, NEW_LAYER, Refused, check_image, jobs_for, options_of  # noqa: E402
from pconv_link import BridgeError, open_link, read_settings  # noqa: E402
from pconv_progress import Progress  # noqa: E402
from pconv_write import keep_selected  # noqa: E402

PROCEDURE = "plug-in-pconv-fill"
HELP = os.path.join(os.path.dirname(os.path.realpath(__file__)), "help")
LARGEST_MARGIN = 4096


def run(procedure, run_mode, image, drawables, config, data):
    link = None
    try:
        check_image(image, drawables)
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
        progress = Progress(len(jobs))
        answers = [progress.follow(job, link) for job in jobs]
    finally:
        Gimp.progress_end()
    if not all(job.is_unmoved() for job in jobs):
        raise Refused("The layer was changed meanwhile and nothing was filled; try again.")
    replaced = [fill for job in jobs for fill in job.replaced]
    layers, channels = image.get_selected_layers(), image.get_selected_channels()
    if any(layer in replaced for layer in layers):
        layers = [job.layer for job in jobs]
    image.undo_group_start()
    try:
        for job, answer in zip(jobs, answers, strict=True):
            job.write(answer)
        if layers:
            keep_selected(image, layers)  # so that the next selection, or Ctrl+F, means the same layers
        elif channels:
            image.set_selected_channels(channels)
    finally:
        image.undo_group_end()
    for kind in sorted({job.live for job in jobs if job.live}):
        Gimp.message(f"The {kind} layer became pixels to be filled in place; Edit > Undo brings the {kind} back.")
    Gimp.displays_flush()


class PconvFill(Gimp.PlugIn):
    def do_set_i18n(self, name):
        return False

    def do_query_procedures(self):
        self.set_help_domain(PROCEDURE, Gio.File.new_for_path(HELP))
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
            "Sample all _visible",
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
