"""A hostile project is refused by what it claims, before it takes time or memory."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from desktop_ui.document.document import Document
from desktop_ui.document.project import Snapshot, read_project, write_project
from model.errors import PconvError
from model.geometry.boxes import EMPTY, Box
from model.options import FillOptions
from pconv.images.files import Picture
from tests.desktop_ui.test_document import fill_with, mark

SIDE = 120
BOMB = bytes(100 << 20)  # a few hundred kilobytes in the zip
MEMORY = 40 << 20


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small picture with one fill, in a file."""
    document = Document(Picture(np.full((SIDE, SIDE, 3), 99, np.uint8)))
    mark(document, Box(20, 30, 60, 90))
    fill_with(document, 10)
    path = tmp_path / "work.pconv"
    write_project(path, Snapshot.of(document))
    return path


def change(path: Path, members: dict[str, bytes], **manifest: object) -> None:
    """Write the project anew, packed, with other members and another manifest."""
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    kept |= members
    if manifest:
        kept["project.json"] = json.dumps(json.loads(kept["project.json"]) | manifest).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in kept.items():
            archive.writestr(name, data)


def understate(path: Path, name: str) -> None:
    """Let the zip's directory say that a member has ten bytes."""
    data = bytearray(path.read_bytes())
    header = data.index(name.encode(), data.index(b"PK\x01\x02")) - 46
    assert data[header : header + 4] == b"PK\x01\x02"
    struct.pack_into("<I", data, header + 24, 10)
    path.write_bytes(data)


def refusal(path: Path) -> PconvError:
    """What the reader says, having taken little memory for it."""
    tracemalloc.start()
    try:
        with pytest.raises(PconvError) as caught:
            read_project(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEMORY
    assert "work.pconv" in caught.value.message and "\n" not in caught.value.message
    return caught.value


def candidate(rect: tuple[int, ...]) -> dict:
    return {"options": {"grow": 0, "feather": 0, "context": None, "detail": 1.0}, "rect": rect, "dtype": "uint8"}


MEMBERS = ["fills/0/0.changed", "fills/0/0.values", "mask.png", "project.json", "original/picture.png"]


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize("honest", [True, False])
def test_a_member_larger_than_the_picture_allows_is_not_unpacked(project: Path, name: str, honest: bool) -> None:
    change(project, {name: BOMB})
    if not honest:
        understate(project, name)
    assert refusal(project).code == "damaged_project"


def test_pixels_that_unpack_to_more_than_they_may_are_not_unpacked(project: Path) -> None:
    change(project, {"fills/0/0.changed": zlib.compress(BOMB, 1)[:900]})
    assert refusal(project).code == "damaged_project"


@pytest.mark.parametrize("rect", [(0, 0, 0, 0), (5, 5, 5, 5), (60, 30, 20, 90), (0, 0, 9, 0)])
def test_an_empty_rectangle_with_pixels_is_refused(project: Path, rect: tuple[int, ...]) -> None:
    change(project, {}, fills=[{"hole": "h", "chosen": 0, "candidates": [candidate(rect)]}])
    assert refusal(project).code == "damaged_project"


def test_a_fill_that_changed_nothing_comes_back(project: Path) -> None:
    document = read_project(project)
    mark(document, Box(70, 70, 90, 90))
    request = document.fill_request(FillOptions())
    document.finish_fill(request, request.image.copy(), "fill")
    write_project(project, Snapshot.of(document))
    again = read_project(project)
    assert again.fills == document.fills and again.fills[1].rect == EMPTY


def test_more_fills_than_a_picture_can_need_are_refused(tmp_path: Path) -> None:
    side, count = 1024, 520
    path = tmp_path / "work.pconv"
    write_project(path, Snapshot.of(Document(Picture(np.zeros((side, side, 3), np.uint8)))))
    nothing, none = zlib.compress(bytes(side * side // 8)), zlib.compress(b"")
    members = {f"fills/0/{i}.changed": nothing for i in range(count)} | {
        f"fills/0/{i}.values": none for i in range(count)
    }
    fill = {"hole": "h", "chosen": 0, "candidates": [candidate((0, 0, side, side))] * count}
    change(path, members, fills=[fill])
    assert "more fills" in refusal(path).message


def test_very_many_fills_that_changed_nothing_are_refused(project: Path) -> None:
    count = 5000
    members = {f"fills/0/{i}.{kind}": b"" for i in range(count) for kind in ("changed", "values")}
    change(project, members, fills=[{"hole": "h", "chosen": 0, "candidates": [candidate((0, 0, 0, 0))] * count}])
    assert "more fills" in refusal(project).message


@pytest.mark.parametrize(
    ("bits", "pixels", "whole"),
    [
        (b"\xff\x80", 9, True),
        (b"\xff\x80", 8, False),
        (b"\xff\x80", 10, False),
        (b"\xff\xc0", 10, False),
        (b"\xff", 8, False),
    ],
)
def test_pixels_are_as_many_as_are_marked(project: Path, bits: bytes, pixels: int, whole: bool) -> None:
    """In a rectangle of nine, whose last byte of bits has seven that belong to no pixel."""
    packed = {"fills/0/0.changed": zlib.compress(bits), "fills/0/0.values": zlib.compress(bytes(3 * pixels))}
    change(project, packed, fills=[{"hole": "h", "chosen": 0, "candidates": [candidate((0, 0, 3, 3))]}])
    if whole:
        assert not read_project(project).image[:3, :3].any()
    else:
        assert refusal(project).code == "damaged_project"


def test_more_pixels_than_a_picture_can_need_are_refused(tmp_path: Path) -> None:
    side, count = 1024, 65
    path = tmp_path / "work.pconv"
    write_project(path, Snapshot.of(Document(Picture(np.zeros((side, side, 1), np.uint8)))))
    every, black = zlib.compress(b"\xff" * (side * side // 8)), zlib.compress(bytes(side * side))
    members = {f"fills/0/{i}.changed": every for i in range(count)} | {
        f"fills/0/{i}.values": black for i in range(count)
    }
    fill = {"hole": "h", "chosen": 0, "candidates": [candidate((0, 0, side, side))] * count}
    change(path, members, fills=[fill])
    assert "more fills" in refusal(path).message


def test_a_picture_larger_than_the_project_says_is_not_decoded(project: Path, tmp_path: Path) -> None:
    Image.new("RGB", (4000, 4000)).save(tmp_path / "large.png")
    change(project, {"original/picture.png": (tmp_path / "large.png").read_bytes()})
    assert refusal(project).code == "picture_changed"


@pytest.mark.parametrize("size", [[0, 5], [2**20, 2**20], [True, True], ["1", "1"], [SIDE], None, [SIDE + 0.0, SIDE]])
def test_an_impossible_size_is_refused(project: Path, size: object) -> None:
    change(project, {}, size=size)
    assert refusal(project).code == "damaged_project"


def test_a_zip_of_very_many_members_is_not_looked_through(project: Path) -> None:
    change(project, {f"{i:0100}": b"" for i in range(15_000)})
    assert "too many members" in refusal(project).message


def test_members_that_claim_more_than_the_file_holds_are_refused(project: Path) -> None:
    data = bytearray(project.read_bytes())
    header = data.index(b"PK\x01\x02")
    struct.pack_into("<II", data, header + 20, 2**31, 2**31)
    project.write_bytes(data)
    assert refusal(project).code == "damaged_project"
