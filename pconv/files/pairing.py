"""Photos of a folder and their masks."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from pconv.files.fill_file import FileJob
from pconv.files.names import (
    MASK_ENDING,
    Listing,
    key,
    list_all,
    list_folder,
    photo_key,
    result_name,
    with_photos_named_as_masks,
)
from pconv.files.results import FileResult
from pconv.images.faults import ImageFileError
from pconv.images.files import READABLE


def find_jobs(
    folder: Path,
    masks: Path | None,
    output: Path,
    suffix: str | None = None,
    *,
    holes: Path | None = None,
    recursive: bool = False,
    wants_mask: bool = True,
    needs_mask: bool = True,
) -> tuple[list[FileJob], list[FileResult]]:
    """Pair the photos of a folder with their masks.

    Args:
        folder: photos; without `masks`, `name_mask.*` beside `name.*` is its mask.
        masks: a folder that holds `name_mask.*` or `name.*` for each photo, or one mask file for all; or None.
        output: folder of the results, which keep the photos' names.
        suffix: of the results, such as ".png"; None keeps each photo's where it can be written.
        holes: folder of the holes that are written, none of which is read as a mask or a photo.
        recursive: the folders below it too; those of the masks and of the results are laid out alike.
        wants_mask: False where the photos tell their holes themselves, and there are no masks.
        needs_mask: False where photos without masks are filled too.

    Names pair in any case and Unicode form; where several would do, the one spelt as the photo is.

    Returns:
        The jobs by name, and the files that are left out: photos without masks, masks without photos, other files.

    Raises:
        ImageFileError: `unreadable` (a folder cannot be listed), `same_folder` (results would replace photos, or holes
            would be read as masks the next time).
    """
    mask_folder = masks if masks and masks.is_dir() else None
    read = {place.resolve() for place in (folder, mask_folder) if place}
    for place, what in ((output, "the results"), (holes if wants_mask else None, "the masks that are written")):
        if place is not None and place.resolve() in read:
            raise ImageFileError("same_folder", f"{place} holds what is to be read; choose another folder for {what}.")
    jobs, left_out = [], []
    for place in _folders(folder, {output, mask_folder, holes}) if recursive else [folder]:
        below = place.relative_to(folder)
        pairing = _Pairing(
            mask_folder / below if mask_folder else masks, mask_folder is not None, wants_mask, needs_mask
        )
        found, without = pairing.of(place)
        jobs += [FileJob(photo, mask, output / below / result_name(photo, suffix)) for photo, mask in found.items()]
        left_out += without
    return jobs, left_out


def _folders(folder: Path, others: set[Path | None]) -> list[Path]:
    """The folder and all visible ones below it, without the others."""
    kept_out = {other.resolve() for other in others if other}
    found, waiting = [], [folder]
    while waiting:
        place = waiting.pop(0)
        found.append(place)
        waiting += [
            path
            for path in sorted(list_all(place))
            if path.is_dir() and not path.is_symlink() and path.resolve() not in kept_out
        ]
    return found


@dataclass(frozen=True)
class _Pairing:
    """How the photos of a folder find their masks.

    Args:
        masks: one for all, or a folder of them; None where they stand beside the photos.
        in_folder: `masks` is a folder, which may be missing.
        wanted: False where there are no masks.
        needed: False where photos without masks are filled too.
    """

    masks: Path | None
    in_folder: bool
    wanted: bool
    needed: bool

    def of(self, folder: Path) -> tuple[dict[Path, Path | None], list[FileResult]]:
        """Photos with their masks, and the files that are left out."""
        listing = list_folder(folder)
        if self.masks is not None or not self.wanted:
            listing = with_photos_named_as_masks(listing)
        if not self.wanted:
            return dict.fromkeys(listing.photos), [_left_out(path, "not_a_picture") for path in listing.others]
        if self.masks is not None and not self.in_folder:
            photos = [photo for photo in listing.photos if photo.resolve() != self.masks.resolve()]
            return dict.fromkeys(photos, self.masks), [_left_out(path, "not_a_picture") for path in listing.others]
        candidates, others = listing.masks, listing.others
        if self.masks is not None:
            beside = list_folder(self.masks) if self.masks.is_dir() else Listing([], [], [])
            candidates, others = [*beside.masks, *beside.photos], [*others, *beside.others]
        by_key = _index(candidates)
        found = {photo: _best(photo, by_key.get(key(photo), [])) for photo in listing.photos}
        used = set(found.values())
        without = [photo for photo, mask in found.items() if mask is None] if self.needed else []
        left_out = [_left_out(photo, "no_mask") for photo in without]
        left_out += [_left_out(mask, "no_photo") for mask in candidates if mask not in used]
        left_out += [_left_out(path, "not_a_picture") for path in others]
        return {photo: mask for photo, mask in found.items() if photo not in without}, left_out


def _index(masks: list[Path]) -> dict[str, list[Path]]:
    """Masks by the keys of the photos that they may belong to."""
    by_key: dict[str, list[Path]] = {}
    for mask in masks:
        for name in {photo_key(mask), key(mask)} - {None}:
            by_key.setdefault(str(name), []).append(mask)
    return by_key


def _best(photo: Path, masks: list[Path]) -> Path | None:
    spelt = {photo.stem + MASK_ENDING: 0, photo.stem: 1}
    return min(masks, key=lambda mask: spelt.get(mask.stem, 2), default=None)


def _left_out(path: Path, status: str) -> FileResult:
    why = {
        "no_mask": f"it has no mask {path.stem}{MASK_ENDING}.*",
        "no_photo": "no photo is filled with this mask",
        "not_a_picture": f"it is none of {', '.join(READABLE)}",
    }[status]
    return FileResult(str(path), None, None, status, note=f"{path}: {why}")


def with_forbid(
    jobs: list[FileJob], left_out: list[FileResult], forbid: Path
) -> tuple[list[FileJob], list[FileResult]]:
    """The jobs, with one mask for all of where no texture is taken from; that file is no photo, and not left out."""
    own = forbid.resolve()
    kept = [replace(job, forbid=forbid) for job in jobs if job.image.resolve() != own]
    return kept, [result for result in left_out if Path(result.image).resolve() != own]


def with_holes(jobs: list[FileJob], output: Path, folder: Path, suffix: str) -> list[FileJob]:
    """The jobs, with places in a folder for the holes that are filled, laid out as the results are in `output`."""
    found = []
    for job in jobs:
        below = job.output.parent.relative_to(output) if job.output.is_relative_to(output) else Path()
        found.append(replace(job, hole=folder / below / f"{job.output.stem}{MASK_ENDING}{suffix}"))
    return found


def refuse_collisions(jobs: list[FileJob]) -> None:
    """Before anything is filled.

    Raises:
        ImageFileError: `same_name`: two files would be written to one place, or over what another job reads.
    """
    readers: dict[str, list[FileJob]] = {}
    for job in jobs:
        for path in job.read:
            readers.setdefault(os.path.realpath(path), []).append(job)
    written: set[str] = set()
    for job in jobs:
        for path in job.places:
            place = os.path.realpath(path)
            if place in written:
                raise ImageFileError("same_name", f"Two files would be written to {path}; rename all photos but one.")
            if any(reader is not job for reader in readers.get(place, [])):
                raise ImageFileError("same_name", f"{path} would be written and is read too; choose another name.")
            written.add(place)
