"""Finding objects beside the window: one search at a time, the newest question first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QObject, pyqtSignal

from desktop_ui.jobs import background
from desktop_ui.tools.objects.marks import Finder, Found, Mark
from desktop_ui.tools.objects.model_finder import ModelFinder, ObjectModel, ObjectModelError
from desktop_ui.tools.objects.region_finder import RegionFinder
from model.errors import PconvError


@dataclass(frozen=True, eq=False)
class _Subject:
    """What is searched: a picture as it is at a time."""

    image: np.ndarray
    state: object  # equal states, equal picture
    folder: Path | None  # of the object model


class ObjectSearch(QObject):
    """A search for the thing under marks, in a thread of its own; the newest question wins.

    Signals:
        found(marks, Found): the answer to the newest `ask`; to older ones there is none.
        failed(PconvError): the object model cannot be used, or the search failed; then nothing is found.
    """

    found = pyqtSignal(object, object)
    failed = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._subject: _Subject | None = None
        self._prepared: tuple[_Subject, Finder] | None = None
        self._question: tuple[Mark, ...] = ()  # stays until it is answered
        self._running = False
        self._models: dict[Path, ObjectModel | ObjectModelError] = {}

    def look_at(self, image: np.ndarray, state: object, folder: Path | None) -> None:
        """Prepare for questions about this picture, unless that was done for an equal state."""
        before = self._subject
        if before is not None and before.image is image and (before.state, before.folder) == (state, folder):
            return
        self._subject, self._prepared = _Subject(image, state, folder), None
        self._go_on()

    def look_away(self) -> None:
        """Let go of the picture."""
        self._subject = self._prepared = None
        self._question = ()

    def forget_models(self) -> None:
        """Load the object model anew: its folder was chosen again."""
        self._models = {}  # a thread that loads one keeps the old table
        self._subject = self._prepared = None

    def ask(self, marks: tuple[Mark, ...]) -> None:
        """Search for what these marks say; () takes the question back."""
        self._question = marks
        self._go_on()

    def _go_on(self) -> None:
        subject, marks = self._subject, self._question
        if self._running or subject is None:
            return
        finder = self._prepared[1] if self._prepared is not None and self._prepared[0] is subject else None
        if finder is not None and not marks:
            return
        self._running = True
        models = self._models

        def work() -> tuple[Finder, Found | None, PconvError | None]:
            made, problem = (finder, None) if finder is not None else _make(subject, models)
            try:
                return made, made.find(marks) if marks else None, problem
            except ObjectModelError as error:
                made = RegionFinder(subject.image)
                return made, made.find(marks), error

        background.start(
            work, lambda result: self._done(subject, marks, *result), lambda error: self._not_done(marks, error)
        )

    def _done(
        self,
        subject: _Subject,
        marks: tuple[Mark, ...],
        finder: Finder,
        found: Found | None,
        problem: PconvError | None,
    ) -> None:
        self._running = False
        if subject is self._subject:
            self._prepared = subject, finder
            if problem is not None:
                self.failed.emit(problem)
            if found is not None:
                self._answer(marks, found)
        self._go_on()

    def _not_done(self, marks: tuple[Mark, ...], error: PconvError) -> None:
        self._running = False
        self.failed.emit(error)
        self._answer(marks, Found())
        if self._question:
            self._go_on()

    def _answer(self, marks: tuple[Mark, ...], found: Found) -> None:
        if marks and marks == self._question:
            self._question = ()
            self.found.emit(marks, found)


def _make(
    subject: _Subject, models: dict[Path, ObjectModel | ObjectModelError]
) -> tuple[Finder, ObjectModelError | None]:
    """Runs beside the window. What the model cannot do, the regions can."""
    folder = subject.folder
    if folder is None:
        return RegionFinder(subject.image), None
    known = folder in models
    try:
        return ModelFinder(subject.image, _model(folder, models)), None
    except ObjectModelError as error:
        return RegionFinder(subject.image), None if known else error


def _model(folder: Path, models: dict[Path, ObjectModel | ObjectModelError]) -> ObjectModel:
    model = models.get(folder)
    if model is None:
        try:
            model = ObjectModel(folder)
        except ObjectModelError as error:
            model = error
        models[folder] = model
    if isinstance(model, ObjectModelError):
        raise model
    return model
