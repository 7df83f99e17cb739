"""The document: a picture, a mask, the fills made so far, and the way back.

Every change goes through here, is undoable and is told to listeners as a `Change`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from desktop_ui.document.extent import mask_extent
from desktop_ui.document.fills import Candidate, Fill, compose, digest_of
from desktop_ui.document.frames import MOST_FRAMES, Frame, then
from desktop_ui.document.history import History, Step
from desktop_ui.document.patches import Recorder, all_of, extent, swap
from desktop_ui.document.reframing import Reframed, reframed, seen_through
from desktop_ui.document.stamp import Stamp
from model.geometry.boxes import EMPTY, Box, union
from model.geometry.contexts import fill_area
from model.options import FillOptions
from pconv.images.files import Picture


@dataclass(frozen=True)
class Change:
    """What listeners are told: which planes, and where; or that the picture is seen in another frame."""

    mask: Box = EMPTY
    image: Box = EMPTY
    frame: bool = False  # all arrays are new, and so is their size


@dataclass(frozen=True)
class FillRequest:
    """All that a fill needs, snapshotted, so that editing may go on meanwhile."""

    image: np.ndarray  # box.height × box.width × C
    alpha: np.ndarray | None  # box.height × box.width, of the same dtype
    hole: np.ndarray  # box.height × box.width uint8
    box: Box
    options: FillOptions
    digest: str
    frames: tuple[Frame, ...] = ()


class Work(NamedTuple):
    """What was done to a picture, as opposed to what is only marked."""

    frames: tuple[Frame, ...] = ()
    fills: tuple[Fill, ...] = ()


class MaskEdit:
    """An open edit of the mask: write as often as you like, then `commit` once or `abort`; after that it does nothing.

    The document closes it too, when another edit is opened or a step is undone meanwhile.
    """

    def __init__(self, document: Document, label: str) -> None:
        self._document = document
        self._label = label
        self._recorder = Recorder(document.mask)
        self._open = True

    @property
    def mask(self) -> np.ndarray:
        """The mask to read from; write through `put` alone."""
        return self._document.mask

    @property
    def is_open(self) -> bool:
        """Neither committed nor aborted, by its owner or by the document."""
        return self._open

    def put(self, rect: Box, values: np.ndarray) -> None:
        """Write `values` (rect.height × rect.width uint8) at `rect`, which lies inside the mask."""
        if rect.empty or not self._open:
            return
        self._recorder.touch(rect)
        self._document.mask[rect.slices] = values
        self._document.tell(Change(mask=rect))

    def commit(self) -> bool:
        """Make it one undo step; → False when nothing changed."""
        if not self._close():
            return False
        patches = self._recorder.finish()
        if patches:
            self._document.push(Step(self._label, mask=patches))
        return bool(patches)

    def abort(self) -> None:
        """As if it had never begun."""
        if self._close():
            self._document.tell(Change(mask=self._recorder.roll_back()))
            self._document.tell(Change())

    def _close(self) -> bool:
        """→ False when it was closed before."""
        was_open, self._open = self._open, False
        if was_open:
            self._document.edit_closed()
        return was_open


class Document:
    """An open picture: its mask, its fills and their history.

    Attributes:
        opened: the picture as it was opened.
        frames: what it was turned, cropped and extended by since.
        picture: as it was opened, in its last frame; its pixels are never written.
        image: H×W×C, the picture with all chosen fills.
        mask: H×W uint8, 0 = keep, 255 = fill.
        path: where the picture is saved to, at first where it came from; None for a pasted one.
        stamp: what `path` looked like when it was last read or written.
        source: the file that holds `opened`; None for a pasted one.
        project: the project file it was opened from or saved to.
    """

    def __init__(self, picture: Picture, path: Path | None = None, stamp: Stamp | None = None) -> None:
        self.opened = self.picture = picture
        self.frames: tuple[Frame, ...] = ()
        self._left: tuple[tuple[Frame, ...], Picture] | None = None  # the frames before, for a quick way back
        self.path = self.source = path
        self.stamp = self.source_stamp = stamp
        self.project: Path | None = None
        self.image = picture.pixels
        self.mask = np.zeros(picture.pixels.shape[:2], np.uint8)
        self.fills: tuple[Fill, ...] = ()
        self.history = History()
        self._listeners: list[Callable[[Change], None]] = []
        self._edit: MaskEdit | None = None
        self._exported = Work()
        self._saved_state = 0
        self._kept_state = -1

    # what it is

    @property
    def bounds(self) -> Box:
        return Box.of(self.mask.shape)

    @property
    def original(self) -> np.ndarray:
        return self.picture.pixels

    @property
    def unexported(self) -> bool:
        """The picture differs from what was last written to a picture file or project."""
        return self.work != self._exported

    @property
    def work(self) -> Work:
        return Work(self.frames, self.fills)

    @property
    def exported_frames(self) -> tuple[Frame, ...]:
        """Those of the picture in the file at `path`."""
        return self._exported.frames

    @property
    def unsaved(self) -> bool:
        """Something differs from what was last written to a project."""
        return self.history.state not in (self._saved_state, self._kept_state)

    @property
    def modified(self) -> bool:
        """Closing it would lose what is in no file: fills, and of a project or a pasted picture anything."""
        if self.history.state == self._kept_state:
            return False
        in_no_file = self.project is not None or self.path is None
        return self.unexported or (in_no_file and self.unsaved)

    def mark_exported(self, work: Work | None = None) -> None:
        """This work (default: the present one) is in a picture file."""
        self._exported = self.work if work is None else work

    def mark_saved(self, state: int | None = None, work: Work | None = None) -> None:
        """This state of the history (default: the present one) is in a project file."""
        self._saved_state = self.history.state if state is None else state
        self.mark_exported(work)

    def mark_kept(self) -> None:
        """What is there now is in a project file that the editor keeps for itself: closing it loses nothing."""
        self._kept_state = self.history.state

    def result(self) -> Picture:
        """The picture to be written: the opened one in its last frame, with the fills, everything else kept."""
        return self.picture.with_pixels(self.image)

    # who listens

    def listen(self, listener: Callable[[Change], None]) -> None:
        self._listeners.append(listener)

    def forget_listeners(self) -> None:
        """It is left: nobody is told any more, and nobody is held by it."""
        self._listeners.clear()

    def tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)

    # the mask

    def edit_mask(self, label: str) -> MaskEdit:
        """Open an edit; an open one is committed first."""
        if self._edit is not None:
            self._edit.commit()
        self._edit = MaskEdit(self, label)
        return self._edit

    def edit_closed(self) -> None:
        self._edit = None

    @property
    def editing(self) -> bool:
        return self._edit is not None

    def replace_mask(self, label: str, mask: np.ndarray) -> bool:
        """Take a whole new mask as one undo step; → False when it is the same.

        Raises:
            ValueError: the mask has another size.
        """
        if mask.shape != self.mask.shape:
            raise ValueError(f"mask is {mask.shape}, picture is {self.mask.shape}")
        edit = self.edit_mask(label)
        before, after = mask_extent(self.mask), mask_extent(mask)
        rect = before.united(after)
        edit.put(rect, mask[rect.slices])
        return edit.commit()

    # fills

    def fill_request(self, options: FillOptions) -> FillRequest | None:
        """Snapshot what a fill of the whole mask needs; None when the mask is empty.

        Raises:
            FillError: `no_context`, the whole picture is marked.
        """
        area = fill_area(self.mask, options)
        if area is None:
            return None
        box, digest = area.box, digest_of(self.mask, mask_extent(self.mask))
        fills = self.fills[:-1] if self._repeats(digest) else self.fills
        image = compose(self.original, fills, box)
        alpha = self.picture.alpha
        alpha = None if alpha is None else alpha[box.slices].copy()
        return FillRequest(image, alpha, self.mask[box.slices].copy(), box, options, digest, self.frames)

    def candidate_for(self, request: FillRequest) -> tuple[int, int] | None:
        """(fill, candidate) that this request would only repeat; None when it is a new one."""
        if self._repeats(request.digest):
            for index, candidate in enumerate(self.fills[-1].candidates):
                if candidate.options == request.options:
                    return len(self.fills) - 1, index
        return None

    def in_frame_of(self, request: FillRequest) -> bool:
        """The picture was not turned or cropped since this was asked for."""
        return request.frames == self.frames

    def waits_for(self, request: FillRequest) -> bool:
        """Nothing is filled yet, and mask and frame are those of this request."""
        return (
            not self.fills
            and self.in_frame_of(request)
            and digest_of(self.mask, mask_extent(self.mask)) == request.digest
        )

    def finish_fill(
        self, request: FillRequest, filled: np.ndarray, label: str, others: Sequence[np.ndarray] = ()
    ) -> None:
        """Take a fill's result: a new fill, or further candidates of the last one.

        Args:
            filled: like request.image; it is chosen.
            others: further variants like it, the better ones first.
        """
        candidates = tuple(Candidate.of(request.options, request.box, request.image, one) for one in (filled, *others))
        if self._repeats(request.digest):
            fills = (*self.fills[:-1], self.fills[-1].with_candidates(candidates))
        else:
            fills = (*self.fills, Fill(request.digest, candidates))
        self._set_fills(fills, label)

    def choose_candidate(self, fill: int, candidate: int, label: str) -> None:
        """Show another result of one fill.

        Raises:
            IndexError: no such fill or candidate.
        """
        changed = self.fills[fill].choosing(candidate)
        if changed != self.fills[fill]:
            self._set_fills((*self.fills[:fill], changed, *self.fills[fill + 1 :]), label)

    def delete_candidate(self, fill: int, candidate: int, label: str) -> None:
        """Throw a result away; with its last one the fill goes.

        Raises:
            IndexError: there is no such fill or candidate.
        """
        left = self.fills[fill].without(candidate)
        self._set_fills((*self.fills[:fill], *([left] if left is not None else []), *self.fills[fill + 1 :]), label)

    # the frame

    def reframing(self, frame: Frame) -> Reframed:
        """What would come of another frame; may be called beside the window, while nothing else changes.

        Raises:
            ValueError: the picture cannot be put into it.
        """
        frame.check(self.bounds.shape)
        if len(self.frames) >= MOST_FRAMES:
            raise ValueError("the picture was put into too many frames")
        return reframed(self.picture, self.fills, self.mask, self.filled, frame)

    def reframe(self, frame: Frame, label: str, seen: Reframed | None = None) -> bool:
        """Turn, level, crop or extend the picture, as one undo step.

        Args:
            seen: what `reframing` returned for this frame and the present state; None = find it here.

        Returns:
            There is something new to be filled, which is marked.

        Raises:
            ValueError: the picture cannot be put into this frame.
        """
        if self._edit is not None:
            self._edit.commit()
            seen = None
        seen = seen or self.reframing(frame)
        frames = then(self.frames, frame, self.opened.pixels.shape[:2])
        if frames == self.frames:
            return False
        step = Step(label, all_of(self.mask), self.fills, self.frames)
        self._show(frames, seen.picture if frames else self.opened, seen.fills, seen.mask)
        self.push(step)
        return seen.extended

    def _show(self, frames: tuple[Frame, ...], picture: Picture, fills: tuple[Fill, ...], mask: np.ndarray) -> None:
        self._left = self.frames, self.picture
        self.frames, self.picture, self.fills, self.mask = frames, picture, fills, mask
        self.image = picture.pixels
        self._recompose(union(fill.rect for fill in fills))
        self.tell(Change(frame=True))

    def _in(self, frames: tuple[Frame, ...]) -> Picture:
        """The picture in other frames."""
        if self._left is not None and self._left[0] == frames:
            return self._left[1]
        return seen_through(self.opened, frames)

    def restore(
        self,
        fills: tuple[Fill, ...],
        mask: np.ndarray,
        steps: tuple[Step, ...] = (),
        frames: tuple[Frame, ...] = (),
        picture: Picture | None = None,
    ) -> None:
        """Start from a project's state, which counts as unsaved until `mark_saved`.

        Args:
            steps: what can be undone from there, the last one last.
            frames: those of the fills and the mask.
            picture: in these frames; None = find it here.
        """
        if frames != self.frames:
            self._show(frames, picture or self._in(frames), (), np.zeros(mask.shape, np.uint8))
        self.fills = fills
        self.history.restore(steps)
        self._saved_state = -1
        self.mask[...] = mask
        self._recompose(union(fill.rect for fill in fills))
        self.tell(Change(mask=self.bounds, image=self.bounds))

    @property
    def filled(self) -> bool:
        """The mask is the one that the last fill was made for."""
        marked = mask_extent(self.mask)
        return bool(self.fills) and not marked.empty and self._repeats(digest_of(self.mask, marked))

    def _repeats(self, digest: str) -> bool:
        return bool(self.fills) and self.fills[-1].hole == digest

    def _set_fills(self, fills: tuple[Fill, ...], label: str) -> None:
        before = self.fills
        self.fills = fills
        self._refresh(before)
        self.push(Step(label, fills=before))

    def _refresh(self, before: tuple[Fill, ...]) -> None:
        """Bring the image in line with the fills, where they differ from `before`."""
        touched = [fill.rect for fill in set(before) ^ set(self.fills)]
        rect = union(touched)
        self._recompose(rect)
        self.tell(Change(image=rect))

    def _recompose(self, rect: Box) -> None:
        if rect.empty:
            return
        if self.image is self.original:
            self.image = self.original.copy()
        self.image[rect.slices] = compose(self.original, self.fills, rect)

    # the way back

    def push(self, step: Step) -> None:
        self.history.push(step)
        self.tell(Change())

    def undo(self) -> str | None:
        """Take the last step back; → its label, None when there is none. An open edit is aborted first."""
        if self._edit is not None:
            self._edit.abort()
        step = self.history.next_undo()
        if step is None:
            return None
        self.history.undone(self._apply(step))
        self.tell(Change())
        return step.label

    def redo(self) -> str | None:
        """Do the last undone step again; → its label, None when there is none."""
        if self._edit is not None:
            self._edit.abort()
        step = self.history.next_redo()
        if step is None:
            return None
        self.history.redone(self._apply(step))
        self.tell(Change())
        return step.label

    def _apply(self, step: Step) -> Step:
        if step.frames is not None:
            return self._apply_frame(step)
        inverse = Step(step.label, swap(self.mask, step.mask), None if step.fills is None else self.fills)
        if step.mask:
            self.tell(Change(mask=extent(step.mask)))
        if step.fills is not None:
            before, self.fills = self.fills, step.fills
            self._refresh(before)
        return inverse

    def _apply_frame(self, step: Step) -> Step:
        assert step.frames is not None and step.fills is not None
        inverse = Step(step.label, all_of(self.mask), self.fills, self.frames)
        picture = self._in(step.frames)
        mask = np.zeros(picture.pixels.shape[:2], np.uint8)
        swap(mask, step.mask)
        self._show(step.frames, picture, step.fills, mask)
        return inverse
