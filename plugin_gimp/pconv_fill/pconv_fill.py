#!/usr/bin/env python3
"""Filters > Partial-Conv Fill: GIMP's side of the plug-in, its procedure and its order of work.

Started by GIMP's own Python, so it and its neighbours use the standard library and gi alone.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("BABL_LUT", "0")  # its tables take 350 MB for a moment, and longer than what they serve

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio, GLib  # noqa: E402
from pconv_faults import Refused, told  # noqa: E402
from pconv_layers import check_image, jobs_for  # noqa: E402
from pconv_link import open_link  # noqa: E402
from pconv_options import add_arguments, options_of  # noqa: E402
from pconv_progress import Progress  # noqa: E402
from pconv_selection import read_selection  # noqa: E402
from pconv_session import keep_session, known_session  # noqa: E402
from pconv_settings import read_settings  # noqa: E402
from pconv_steps import run_now  # noqa: E402
from pconv_words import DOMAIN, LOCALE, _  # noqa: E402
from pconv_write import keep_selected  # noqa: E402

PROCEDURE = "plug-in-pconv-fill"
FOLDER = os.path.dirname(os.path.realpath(__file__))


def run(procedure, run_mode, image, drawables, config, data):
    preview = None
    try:
        check_image(image, drawables)
        if run_mode == Gimp.RunMode.INTERACTIVE:
            from pconv_dialog import ask_user

            preview = ask_user(procedure, config, image, drawables)
            if preview is None:
                return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
        fill(image, drawables, options_of(config), preview)
    except Exception as error:
        return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, GLib.Error(told(error)))
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)


def fill(image, drawables, options, preview=None):
    """Compute everything, then write it as one undo step; of the first job what a Preview shows, without a second fill.

    Raises:
        BridgeError, Refused: nothing was changed.
    """
    link = None
    Gimp.progress_init(_("Partial-Conv Fill"))
    try:
        if preview:
            progress = Progress(1)
            try:
                shown, filled = preview.take(progress.news, progress.tick)
            finally:
                link = preview.bridge.take_link()
            _check_unmoved([shown])
            jobs, choices = jobs_for(image, drawables, options, shown.selection), [filled.answers]
        else:
            selection = run_now(read_selection(image))
            jobs, choices = jobs_for(image, drawables, options, selection), []
        progress = Progress(len(jobs) - len(choices))
        for job in jobs[len(choices) :]:
            link = link or open_link(read_settings(), known=known_session())
            choices.append(progress.follow(job, link).answers)
    finally:
        Gimp.progress_end()
        if link:
            keep_session(link)
            link.close()
    _check_unmoved(jobs)
    _write(image, jobs, [answers[min(options.variant, len(answers)) - 1] for answers in choices])
    for kind in sorted({job.live for job in jobs if job.live}):
        Gimp.message(LIVE[kind])
    Gimp.displays_flush()


LIVE = {
    "text": _("The text layer became pixels to be filled in place; Edit > Undo brings the text back."),
    "link": _("The link layer became pixels to be filled in place; Edit > Undo brings the link back."),
    "vector": _("The vector layer became pixels to be filled in place; Edit > Undo brings the vector back."),
}


def _check_unmoved(jobs):
    if not all(job.is_unmoved() for job in jobs):
        raise Refused(_("The layer was changed meanwhile and nothing was filled; try again."))


def _write(image, jobs, answers):
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


class PconvFill(Gimp.PlugIn):
    def do_set_i18n(self, name):
        return os.path.isdir(os.path.join(FOLDER, LOCALE)), DOMAIN, LOCALE

    def do_query_procedures(self):
        self.set_help_domain(PROCEDURE, Gio.File.new_for_path(os.path.join(FOLDER, "help")))
        return [PROCEDURE]

    def do_create_procedure(self, name):
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, run, None)
        procedure.set_image_types("RGB*, GRAY*")
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES)
        procedure.set_menu_label(_("Partial-Conv _Fill…"))
        procedure.set_icon_file(Gio.File.new_for_path(os.path.join(FOLDER, "icon.png")))
        procedure.add_menu_path("<Image>/Filters/Enhance")
        procedure.add_menu_path("<Image>/Filters")
        procedure.set_documentation(
            _("Fill the selection with what its surroundings suggest"),
            _(
                "The selection is the hole; a partial-convolution network fills it. Soft edges blend. "
                "Pixels outside the selection stay as they are."
            ),
            name,
        )
        procedure.set_attribution("pconv", "pconv", "2026")
        add_arguments(procedure)
        return procedure


if __name__ == "__main__":
    Gimp.main(PconvFill.__gtype__, sys.argv)
