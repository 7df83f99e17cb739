"""Photos of a folder and their masks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pconv.files.fill_file import FileJob
from pconv.files.names import MASK_ENDING, key, list_folder, photo_key, with_photos_named_as_masks
from pconv.files.results import FileResult
from pconv.images.files import SUFFIXES, ImageFileError


def find_jobs(
    folder: Path, masks: Path | None, output: Path, suffix: str | None = None
) -> tuple[list[FileJob], list[FileResult]]:
    """Pair the photos of a folder with their masks.

    Args:
        folder: photos; without `masks`, `name_mask.*` beside `name.*` is its mask.
        masks: a folder that holds `name_mask.*` or `name.*` for each photo, or one mask file for all; or None.
        output: folder of the results, which keep the photos' names.
        suffix: of the results, such as ".png"; None keeps each photo's.

    Names pair in any case and Unicode form; where several would do, the one spelt as the photo is.

    Returns:
        The jobs by name, and the files that are left out: photos without masks, masks without photos, other files.

    Raises:
        ImageFileError: `unreadable` (a folder cannot be listed), `same_folder` (results would replace photos),
            `same_name` (two photos would have one result).
    """
    if output.resolve() in {folder.resolve(), masks.resolve() if masks and masks.is_dir() else None}:
        raise ImageFileError(
            "same_folder", f"{output} holds what is to be read; choose another folder for the results."
        )
    listing = list_folder(folder)
    if masks is not None:
        listing = with_photos_named_as_masks(listing)
    photos, others, one_for_all = listing.photos, listing.others, None
    if masks is None:
        candidates = listing.masks
    elif masks.is_dir():
        beside = list_folder(masks)
        candidates, others = [*beside.masks, *beside.photos], [*others, *beside.others]
    else:
        one_for_all, candidates = masks, []
        photos = [photo for photo in photos if photo.resolve() != masks.resolve()]
    by_key = _index(candidates)
    found = {photo: one_for_all or _best(photo, by_key.get(key(photo), [])) for photo in photos}
    jobs = [
        FileJob(photo, mask, output / (photo.stem + suffix if suffix else photo.name))
        for photo, mask in found.items()
        if mask is not None
    ]
    _refuse_collisions(jobs)
    used = set(found.values())
    left_out = [_left_out(photo, "no_mask") for photo, mask in found.items() if mask is None]
    left_out += [_left_out(mask, "no_photo") for mask in candidates if mask not in used]
    return jobs, left_out + [_left_out(path, "not_a_picture") for path in others]


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
        "not_a_picture": f"it is none of {SUFFIXES}",
    }[status]
    return FileResult(str(path), None, None, status, note=f"{path}: {why}")


def _refuse_collisions(jobs: list[FileJob]) -> None:
    for output, count in Counter(job.output for job in jobs).items():
        if count > 1:
            raise ImageFileError("same_name", f"{count} photos would be written to {output}; rename all but one.")
