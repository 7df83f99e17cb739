"""The document: a picture, a mask, the fills made so far, and the way back.

Every change goes through here, is undoable and is told to listeners as a `Change`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from desktop_ui.document.change import Change
from desktop_ui.document.edits import MaskEdit, PixelEdit, Plane
from desktop_ui.document.extent import mask_extent
from desktop_ui.document.fills import Candidate, Fill, changed_rect, compose, digest_of
from desktop_ui.document.frames import MOST_FRAMES, Frame, then
from desktop_ui.document.history import History, Step
from desktop_ui.document.patches import all_of, extent, swap
from desktop_ui.document.reframing import Reframed, reframed, seen_through
from desktop_ui.document.stamp import Stamp
from model.geometry.boxes import Box, union
from model.geometry.contexts import fill_area
from model.options import FillOptions
from pconv.images.files import Picture


@dataclass(frozen=True)
class FillRequest:
    """All that a fill needs, snapshotted, so that editing may go on meanwhile."""

    image: np.ndarray  # box.height × box.width × C
    alpha: np.ndarray | None  # box.height × box.width, of the same dtype
    hole: np.ndarray  # box.height × box.width uint8
    forbidden: np.ndarray | None  # box.height × box.width uint8, not 0 where no texture may be taken from
    box: Box
    options: FillOptions
    digest: str  # of the hole
    avoids: str  # digest of what is forbidden, "" for nothing
    frames: tuple[Frame, ...] = ()


class Work(NamedTuple):
    """What was done to a picture, as opposed to what is only marked."""

    frames: tuple[Frame, ...] = ()
    fills: tuple[Fill, ...] = ()


class Document:
    """An open picture: its masks, its fills and their history.

    Attributes:
        opened: the picture as it was opened.
        frames: what it was turned, cropped and extended by since.
        picture: as it was opened, in its last frame; its pixels are never written.
        image: H×W×C, the picture with all chosen fills.
        mask: H×W uint8, 0 = keep, 255 = fill.
        forbidden: H×W uint8, 255 where no fill may take texture from.
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
        self.forbidden = np.zeros(picture.pixels.shape[:2], np.uint8)
        self.fills: tuple[Fill, ...] = ()
        self.history = History()
        self._listeners: list[Callable[[Change], None]] = []
        self._edit: MaskEdit | PixelEdit | None = None
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

    # the masks

    def plane(self, plane: Plane) -> np.ndarray:
        """→ the mask itself; write through an edit alone."""
        return self.mask if plane is Plane.HOLE else self.forbidden

    def edit_mask(self, label: str, plane: Plane = Plane.HOLE) -> MaskEdit:
        """Open an edit; an open one is committed first."""
        self._commit_open()
        self._edit = edit = MaskEdit(self, label, self.plane(plane), plane)
        return edit

    def _commit_open(self) -> None:
        if self._edit is not None:
            self._edit.commit()

    def edit_closed(self) -> None:
        self._edit = None

    @property
    def editing(self) -> bool:
        return self._edit is not None

    def replace_mask(self, label: str, mask: np.ndarray, plane: Plane = Plane.HOLE) -> bool:
        """Take a whole new mask as one undo step; → False when it is the same.

        Raises:
            ValueError: the mask has another size.
        """
        if mask.shape != self.mask.shape:
            raise ValueError(f"mask is {mask.shape}, picture is {self.mask.shape}")
        edit = self.edit_mask(label, plane)
        before, after = mask_extent(edit.mask), mask_extent(mask)
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
        fills = self.fills[: self.last_fill] if self._repeats(digest) else self.fills
        image = compose(self.original, fills, box)
        alpha = self.picture.alpha
        alpha = None if alpha is None else alpha[box.slices].copy()
        forbidden, avoids = None, ""
        avoided = mask_extent(self.forbidden[box.slices])
        if not avoided.empty:
            forbidden = self.forbidden[box.slices].copy()
            avoids = digest_of(forbidden, avoided)
        hole = self.mask[box.slices].copy()
        return FillRequest(image, alpha, hole, forbidden, box, options, digest, avoids, self.frames)

    def candidate_for(self, request: FillRequest) -> tuple[int, int] | None:
        """(fill, candidate) that this request would only repeat; None when it is a new one."""
        if self._repeats(request.digest):
            for index, candidate in enumerate(self.fills[self.last_fill].candidates):
                if (candidate.options, candidate.avoids) == (request.options, request.avoids):
                    return self.last_fill, index
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
        candidates = tuple(
            Candidate.of(request.options, request.box, request.image, one, request.avoids) for one in (filled, *others)
        )
        self._end_stroke()
        if self._repeats(request.digest):
            last = self.last_fill
            fills = (*self.fills[:last], self.fills[last].with_candidates(candidates), *self.fills[last + 1 :])
        else:
            fills = (*self.fills, Fill(request.digest, candidates))
        self._set_fills(fills, label)

    def choose_candidate(self, fill: int, candidate: int, label: str) -> None:
        """Show another result of one fill.

        Raises:
            IndexError: no such fill or candidate.
        """
        self._end_stroke()
        changed = self.fills[fill].choosing(candidate)
        if changed != self.fills[fill]:
            self._set_fills((*self.fills[:fill], changed, *self.fills[fill + 1 :]), label)

    def delete_candidate(self, fill: int, candidate: int, label: str) -> None:
        """Throw a result away; with its last one the fill goes.

        Raises:
            IndexError: there is no such fill or candidate.
        """
        self._end_stroke()
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
        return reframed(self.picture, self.fills, self.mask, self.forbidden, self.filled, frame)

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
        step = self._step(label)
        self._show(frames, seen.picture if frames else self.opened, seen.fills, seen.mask, seen.forbidden)
        self.push(step)
        return seen.extended

    def _step(self, label: str) -> Step:
        """What brings all back that another frame changes."""
        return Step(label, all_of(self.mask), self.fills, all_of(self.forbidden), self.frames)

    def _show(
        self,
        frames: tuple[Frame, ...],
        picture: Picture,
        fills: tuple[Fill, ...],
        mask: np.ndarray,
        forbidden: np.ndarray,
    ) -> None:
        self._left = self.frames, self.picture
        self.frames, self.picture, self.fills, self.mask, self.forbidden = frames, picture, fills, mask, forbidden
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
        forbidden: np.ndarray | None = None,
        frames: tuple[Frame, ...] = (),
        picture: Picture | None = None,
    ) -> None:
        """Start from a project's state, which counts as unsaved until `mark_saved`.

        Args:
            steps: what can be undone from there, the last one last.
            forbidden: None = nothing is.
            frames: those of the fills and the mask.
            picture: in these frames; None = find it here.
        """
        if frames != self.frames:
            self._show(frames, picture or self._in(frames), (), np.zeros_like(mask), np.zeros_like(mask))
        self.fills = fills
        self.history.restore(steps)
        self._saved_state = -1
        self.mask[...] = mask
        if forbidden is not None:
            self.forbidden[...] = forbidden
        self._recompose(union(fill.rect for fill in fills))
        self.tell(Change(mask=self.bounds, image=self.bounds, forbidden=self.bounds))

    @property
    def filled(self) -> bool:
        """The mask is the one that the last fill was made for."""
        marked = mask_extent(self.mask)
        return bool(self.fills) and not marked.empty and self._repeats(digest_of(self.mask, marked))

    @property
    def last_fill(self) -> int:
        """The number of the last fill of a hole, which strokes may follow; -1 where there is none."""
        return max((number for number, fill in enumerate(self.fills) if not fill.by_hand), default=-1)

    def _repeats(self, digest: str) -> bool:
        last = self.last_fill
        return last >= 0 and self.fills[last].hole == digest

    # strokes on the picture itself

    def edit_pixels(self, label: str, finishing: Callable[[], None] | None = None) -> PixelEdit:
        """Open an edit of the image; an open one is committed first.

        Args:
            finishing: as `PixelEdit` takes it.
        """
        self._commit_open()
        self._own_image()
        self._edit = edit = PixelEdit(self, label, self.image, finishing)
        return edit

    def take_stroke(self, stroke: Fill, label: str) -> None:
        """Make a stroke a step that is in the image already."""
        before, self.fills = self.fills, (*self.fills, stroke)
        self.push(Step(label, fills=before))

    def expect_strokes(self) -> None:
        """Copy the picture now, so that the first stroke need not wait for it."""
        if self.image is self.original:
            self._own_image()
            self.tell(Change())

    def _end_stroke(self) -> None:
        """Before the fills change: what is being drawn becomes one of them."""
        if isinstance(self._edit, PixelEdit):
            self._edit.commit()

    def _own_image(self) -> None:
        if self.image is self.original:
            self.image = self.original.copy()

    def _set_fills(self, fills: tuple[Fill, ...], label: str) -> None:
        before = self.fills
        self.fills = fills
        self._refresh(before)
        self.push(Step(label, fills=before))

    def _refresh(self, before: tuple[Fill, ...]) -> None:
        """Bring the image in line with the fills, where they differ from `before`."""
        rect = changed_rect(before, self.fills)
        self._recompose(rect)
        self.tell(Change(image=rect))

    def _recompose(self, rect: Box) -> None:
        if rect.empty:
            return
        self._own_image()
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
        fills = None if step.fills is None else self.fills
        inverse = Step(step.label, swap(self.mask, step.mask), fills, swap(self.forbidden, step.forbidden))
        if step.mask or step.forbidden:
            self.tell(Change(mask=extent(step.mask), forbidden=extent(step.forbidden)))
        if step.fills is not None:
            before, self.fills = self.fills, step.fills
            self._refresh(before)
        return inverse

    def _apply_frame(self, step: Step) -> Step:
        assert step.frames is not None and step.fills is not None
        inverse, picture = self._step(step.label), self._in(step.frames)
        mask, forbidden = (np.zeros(picture.pixels.shape[:2], np.uint8) for _ in range(2))
        swap(mask, step.mask)
        swap(forbidden, step.forbidden)
        self._show(step.frames, picture, step.fills, mask, forbidden)
        return inverse
