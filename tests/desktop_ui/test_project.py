"""Project files: whole, honest about damage, and what autosave leaves for the next start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageCms

from desktop_ui.document.document import Document
from desktop_ui.document.history import Step
from desktop_ui.document.patches import Patch
from desktop_ui.document.project import Snapshot, read_project, write_project
from desktop_ui.jobs import files
from desktop_ui.jobs.recovery import Recovery
from model.errors import PconvError
from model.geometry.boxes import Box
from model.options import FillOptions
from pconv.images.files import Picture
from pconv.images.metadata import Extras
from tests.desktop_ui.test_document import fill_with, mark


@pytest.fixture
def worked(photo: Path) -> Document:
    """The photo, with two fills (the first with two candidates) and a soft mask."""
    document = files.load(photo)
    mark(document, Box(20, 30, 60, 90))
    fill_with(document, 10)
    fill_with(document, 20, FillOptions(grow=3, context=99))
    document.choose_candidate(0, 0, "choose")
    document.replace_mask("clear", np.zeros_like(document.mask))
    mark(document, Box(100, 100, 130, 180))
    fill_with(document, 30)
    document.mask[5, 5] = 77
    return document


def same(one: Document, other: Document) -> bool:
    return (
        np.array_equal(one.image, other.image)
        and np.array_equal(one.mask, other.mask)
        and one.fills == other.fills
        and np.array_equal(one.original, other.original)
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_with_alpha_that_is_in_no_file_comes_back(tmp_path: Path, dtype, channels: int) -> None:
    """16-bit gray with alpha is in no file that is written here: what is put into the project is RGB."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, np.iinfo(dtype).max, (90, 120, channels), dtype)
    document = Document(Picture(pixels, rng.integers(0, np.iinfo(dtype).max, (90, 120), dtype)))
    mark(document, Box(20, 30, 60, 90))
    fill_with(document, 10)
    write_project(tmp_path / "work.pconv", Snapshot.of(document))
    again = read_project(tmp_path / "work.pconv")
    assert same(document, again) and np.array_equal(again.picture.alpha, document.picture.alpha)


@pytest.mark.parametrize("embed", [True, False])
def test_a_project_comes_back_as_it_was(worked: Document, tmp_path: Path, embed: bool) -> None:
    path = tmp_path / "work.pconv"
    write_project(path, Snapshot.of(worked), embed=embed)
    again = read_project(path)
    assert same(worked, again)
    assert again.picture.extras.dpi == worked.picture.extras.dpi
    assert again.unexported
    again.choose_candidate(0, 1, "choose")
    assert again.image[40, 50, 0] == 20


@pytest.mark.parametrize("embed", [True, False])
def test_what_can_be_undone_comes_back(worked: Document, tmp_path: Path, embed: bool) -> None:
    worked.mask[5, 5] = 0  # was written past the history
    worked.delete_candidate(0, 0, "delete")
    path = tmp_path / "work.pconv"
    write_project(path, Snapshot.of(worked), embed=embed)
    again = read_project(path)
    assert again.history.depth == worked.history.depth > 5
    while worked.history.depth:
        assert again.undo() == worked.undo()
        assert same(worked, again)
    assert again.fills == () and not again.mask.any() and np.array_equal(again.image, again.original)
    while worked.redo():
        again.redo()
        assert same(worked, again)


def test_a_long_history_loses_its_oldest_steps_alone(tmp_path: Path) -> None:
    """However much was done, what is written can be read."""
    path = tmp_path / "work.pconv"
    document = Document(Picture(np.zeros((1100, 1000, 3), np.uint8)))
    for number in range(30):
        document.replace_mask("Invert", np.full_like(document.mask, 255 * (1 - number % 2)))
    write_project(path, Snapshot.of(document))
    assert 10 <= read_project(path).history.depth < 30
    for number in range(80):
        mark(document, Box(0, 0, 1100, 999))
        fill_with(document, 10 + number)
        document.delete_candidate(len(document.fills) - 1, 0, "delete")
    write_project(path, Snapshot.of(document))
    again = read_project(path)
    assert 10 <= again.history.depth < document.history.depth
    for _ in range(again.history.depth):
        assert again.undo() == document.undo()
        assert same(document, again)


def test_a_history_of_many_patches_is_written_as_far_as_its_index_goes(tmp_path: Path) -> None:
    patches = tuple(Patch(Box(number, 0, number + 1, 1), b"\xff") for number in range(1000))
    document = Document(Picture(np.zeros((1000, 1000, 3), np.uint8)))
    document.history.restore((Step("many", mask=patches),) * 299)
    write_project(tmp_path / "work.pconv", Snapshot.of(document))
    assert 100 < read_project(tmp_path / "work.pconv").history.depth < 299


@pytest.mark.parametrize("member", ["history/steps.json", "history/0.mask", "history/pool/0.values"])
@pytest.mark.parametrize("data", [b"", b"[]", b"\0" * 40])
def test_a_history_that_is_not_what_it_says_costs_no_work(worked: Document, tmp_path: Path, member, data) -> None:
    worked.delete_candidate(0, 1, "delete")
    path, damaged = tmp_path / "work.pconv", tmp_path / "damaged.pconv"
    write_project(path, Snapshot.of(worked))
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(damaged, "w") as copy:
        assert member in whole.namelist()
        for name in whole.namelist():
            copy.writestr(name, data if name == member else whole.read(name))
    again = read_project(damaged)
    assert same(worked, again) and again.history.depth == 0


def test_an_embedded_picture_needs_no_file_and_keeps_its_bytes(worked: Document, photo: Path, tmp_path: Path) -> None:
    path, raw = tmp_path / "work.pconv", photo.read_bytes()
    write_project(path, Snapshot.of(worked))
    photo.unlink()
    assert same(worked, read_project(path))
    with zipfile.ZipFile(path) as archive:
        assert archive.read(f"original/{photo.name}") == raw


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_pasted_picture_is_always_embedded(dtype, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, np.iinfo(dtype).max, (40, 50, 3), dtype)
    document = Document(Picture(pixels))
    write_project(tmp_path / "p.pconv", Snapshot.of(document), embed=False)
    assert np.array_equal(read_project(tmp_path / "p.pconv").original, pixels)


def test_a_picture_that_is_gone_or_changed_is_named(worked: Document, photo: Path, tmp_path: Path) -> None:
    path = tmp_path / "work.pconv"
    write_project(path, Snapshot.of(worked), embed=False)
    photo.write_bytes(photo.read_bytes() + b" ")
    with pytest.raises(PconvError) as caught:
        read_project(path)
    assert caught.value.code == "picture_changed" and photo.name in caught.value.message
    photo.unlink()
    with pytest.raises(PconvError) as caught:
        read_project(path)
    assert caught.value.code == "picture_missing"


def test_a_picture_saved_over_still_gives_a_whole_project(worked: Document, photo: Path, tmp_path: Path) -> None:
    files.save_picture(photo, worked.result())
    write_project(tmp_path / "w.pconv", Snapshot.of(worked), embed=False)
    assert same(worked, read_project(tmp_path / "w.pconv"))


def rewrite(path: Path, name: str, change) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    members[name] = change(members[name])
    with zipfile.ZipFile(path, "w") as archive:
        for one, data in members.items():
            if data is not None:
                archive.writestr(one, data)


def edited(**changes):
    return lambda data: json.dumps(json.loads(data) | changes).encode()


DAMAGE = {
    "no manifest": ("project.json", lambda data: None),
    "not json": ("project.json", lambda data: b"{"),
    "another format": ("project.json", edited(format="zip")),
    "a list": ("project.json", lambda data: b"[]"),
    "no mask": ("mask.png", lambda data: None),
    "mask cut": ("mask.png", lambda data: data[:40]),
    "pixels missing": ("fills/0/0.values", lambda data: None),
    "pixels cut": ("fills/0/0.values", lambda data: data[:-9]),
    "pixels too many": ("fills/0/0.values", lambda data: zlib.compress(bytes(10**7))),
    "bits too few": ("fills/1/0.changed", lambda data: zlib.compress(b"\xff")),
    "a choice too far": ("project.json", lambda data: data.replace(b'"chosen": 0', b'"chosen": 9')),
    "a path out": ("project.json", edited(original="../../../etc/passwd")),
    "an option out of range": ("project.json", lambda data: data.replace(b'"grow": 3', b'"grow": -3')),
    "an unknown option": ("project.json", lambda data: data.replace(b'"grow": 3', b'"gorw": 3')),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_one_sentence(worked: Document, tmp_path: Path, name: str) -> None:
    path = tmp_path / "work.pconv"
    write_project(path, Snapshot.of(worked))
    rewrite(path, *DAMAGE[name])
    with pytest.raises(PconvError) as caught:
        read_project(path)
    assert caught.value.code == "damaged_project" and "work.pconv" in caught.value.message


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04" + bytes(50)])
def test_what_is_no_zip_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.pconv"
    path.write_bytes(data)
    with pytest.raises(PconvError) as caught:
        files.load(path)
    assert caught.value.code == "damaged_project"


def test_a_rectangle_outside_the_picture_is_refused(worked: Document, tmp_path: Path) -> None:
    path = tmp_path / "work.pconv"
    write_project(path, Snapshot.of(worked))

    def far(data: bytes) -> bytes:
        manifest = json.loads(data)
        manifest["fills"][0]["candidates"][0]["rect"] = [0, 0, 10**6, 10**6]
        return json.dumps(manifest).encode()

    rewrite(path, "project.json", far)
    with pytest.raises(PconvError) as caught:
        read_project(path)
    assert caught.value.code == "damaged_project"


def test_a_newer_project_says_so(worked: Document, tmp_path: Path) -> None:
    path = tmp_path / "work.pconv"
    write_project(path, Snapshot.of(worked))
    rewrite(path, "project.json", edited(version=99))
    with pytest.raises(PconvError) as caught:
        read_project(path)
    assert caught.value.code == "newer_project" and "update" in caught.value.message


def test_a_project_that_cannot_be_written_leaves_the_old_one_whole(worked: Document, tmp_path: Path) -> None:
    path = tmp_path / "work.pconv"
    path.mkdir()
    with pytest.raises(PconvError) as caught:
        write_project(path, Snapshot.of(worked))
    assert caught.value.code == "unwritable"


def test_sixteen_bits_alpha_and_profile_survive_fill_and_save(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    pixels = rng.integers(0, 65536, (90, 120, 4), np.uint16)
    source, target = tmp_path / "deep.png", tmp_path / "out.png"
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    opened = Picture(np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3]), Extras(icc=icc))
    files.save_picture(source, opened)
    document = files.load(source)
    mark(document, Box(20, 30, 60, 90))
    fill_with(document, 31234)
    files.save_picture(target, document.result())
    again = files.load(target).picture
    outside = document.mask == 0
    assert again.pixels.dtype == np.uint16
    assert np.array_equal(again.pixels[outside], opened.pixels[outside]) and (again.pixels[~outside] == 31234).all()
    assert np.array_equal(again.alpha, opened.alpha) and again.extras.icc == icc


# recovery


def test_a_killed_editor_leaves_its_work_and_a_living_one_is_left_alone(worked: Document, tmp_path: Path) -> None:
    root = tmp_path / "recovery"
    code = (
        "import sys, time; from pathlib import Path; from desktop_ui.jobs import files;"
        "from desktop_ui.jobs.recovery import Recovery; from desktop_ui.document.project import Snapshot;"
        "d = files.load(Path(sys.argv[1])); d.mask[7:9, 7:9] = 255;"
        "Recovery(Path(sys.argv[2])).save(Snapshot.of(d)); print('saved', flush=True); time.sleep(60)"
    )
    editor = subprocess.Popen([sys.executable, "-c", code, worked.path, root], stdout=subprocess.PIPE, text=True)
    assert editor.stdout.readline() == "saved\n"
    assert Recovery(root).leftovers() == []
    os.kill(editor.pid, signal.SIGKILL)
    editor.wait()
    editor.stdout.close()
    (leftover,) = Recovery(root).leftovers()
    assert leftover.name == worked.path.name
    assert leftover.read().mask.sum() == 4 * 255
    leftover.discard()
    assert Recovery(root).leftovers() == []


def test_an_editor_that_ends_well_leaves_nothing(worked: Document, tmp_path: Path) -> None:
    recovery = Recovery(tmp_path / "recovery")
    recovery.save(Snapshot.of(worked))
    recovery.close()
    assert list((tmp_path / "recovery").iterdir()) == []


def test_a_damaged_leftover_is_named_and_kept(worked: Document, tmp_path: Path) -> None:
    dead, root = Recovery(tmp_path / "r"), tmp_path / "r"
    dead.save(Snapshot.of(worked))
    dead._lock.release()
    (leftover,) = Recovery(root).leftovers()
    (leftover.folder / "work.pconv").write_bytes(b"half")
    with pytest.raises(PconvError):
        leftover.read()
    assert Recovery(root).leftovers()
