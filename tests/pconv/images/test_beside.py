"""Gain maps, videos, depth maps and thumbnails beside a picture are left out, with what points at them, and told."""

from __future__ import annotations

import hashlib
import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage import data as samples

from pconv.images.files import read_picture, write_picture

PHOTO = samples.chelsea()[40:140, 60:210]
RDF = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{}</rdf:RDF></x:xmpmeta>'
KEPT = '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="me"/>'
GAIN = """<rdf:Description rdf:about="" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"
 xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/"
 hdrgm:Version="1.0"><Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource">
 <Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>
 <rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap"
 Item:Length="{}"/></rdf:li></rdf:Seq></Container:Directory></rdf:Description>"""
MOTION = """<rdf:Description rdf:about="" xmlns:Cam="http://ns.google.com/photos/1.0/camera/" Cam:MotionPhoto="1"
 Cam:MotionPhotoVersion='1' Cam:MicroVideoOffset="4321" Cam:SpecialTypeID="x"/>"""


def xmp(*descriptions: str) -> bytes:
    return RDF.format("".join(descriptions)).encode()


def jpeg(pixels: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def app(kind: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, kind, len(content) + 2) + content


def refilled(tmp_path: Path, data: bytes, suffix: str = ".jpg") -> tuple[bytes, str]:
    """What is written for this JPEG, and what is told."""
    (tmp_path / "in.jpg").write_bytes(data)
    told = write_picture(tmp_path / f"out{suffix}", read_picture(tmp_path / "in.jpg"))
    return (tmp_path / f"out{suffix}").read_bytes(), told


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_gain_map_goes_with_all_that_points_at_it(tmp_path: Path, suffix: str) -> None:
    map_ = jpeg(PHOTO[::4, ::4, 0])
    whole = jpeg(PHOTO, xmp=xmp(KEPT, GAIN.format(len(map_))), extra=app(0xE2, b"urn:iso:std:iso:ts:21496:-1\x00abcd"))
    written, told = refilled(tmp_path, whole + map_, suffix)
    assert "gain map" in told and map_[-50:] not in written
    for pointer in (b"GainMap", b"hdrgm:Version", b"Container:Directory", b"21496"):
        assert pointer not in written
    kept = read_picture(tmp_path / f"out{suffix}").extras.xmp
    assert KEPT.encode() in kept


def test_a_motion_photo_becomes_a_photo(tmp_path: Path) -> None:
    written, told = refilled(tmp_path, jpeg(PHOTO, xmp=xmp(MOTION)) + b"\x00\x00\x00\x18ftypmp42" + bytes(5000))
    assert "video" in told and b"ftyp" not in written
    assert b"MotionPhoto" not in written and b"MicroVideo" not in written and b'Cam:SpecialTypeID="x"' in written
    _, told = refilled(tmp_path, jpeg(PHOTO) + b"MotionPhoto_Data" + bytes(5000))
    assert "video" in told


def test_pictures_of_a_multi_picture_file_are_told(tmp_path: Path) -> None:
    other = Image.fromarray(PHOTO[::-1])
    Image.fromarray(PHOTO).save(tmp_path / "mpo.jpg", "MPO", save_all=True, append_images=[other])
    written, told = refilled(tmp_path, (tmp_path / "mpo.jpg").read_bytes())
    assert "pictures beside the first" in told and b"MPF\x00" not in written


def extended(note: str, long: bytes) -> dict[str, bytes]:
    guid = hashlib.md5(long).hexdigest().upper().encode()
    parts = [long[at : at + 60000] for at in range(0, len(long), 60000)]
    head = b"http://ns.adobe.com/xmp/extension/\x00" + guid + struct.pack(">I", len(long))
    segments = [app(0xE1, head + struct.pack(">I", 60000 * i) + part) for i, part in enumerate(parts)]
    return {"xmp": xmp(KEPT, note.format(guid.decode())), "extra": b"".join(segments)}


POINTER = '<rdf:Description xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="{}"/>'


def test_xmp_over_several_segments_stays_in_a_jpeg_and_is_told_elsewhere(tmp_path: Path) -> None:
    long = xmp(KEPT.replace("me", "m" * 100_000))
    options = extended(POINTER, long)
    written, told = refilled(tmp_path, jpeg(PHOTO, **options))
    assert told == "" and options["extra"] in written and b"HasExtendedXMP" in written
    written, told = refilled(tmp_path, jpeg(PHOTO, **options), ".png")
    assert "extended XMP" in told and b"HasExtendedXMP" not in written


def test_a_depth_map_and_the_unblurred_picture_go(tmp_path: Path) -> None:
    data = """<rdf:Description xmlns:GImage="http://ns.google.com/photos/1.0/image/"
     xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GImage:Data="{}" GDepth:Data="{}"/>"""
    options = extended(POINTER, xmp(data.format("QUJD" * 30000, "REVG" * 10000)))
    written, told = refilled(tmp_path, jpeg(PHOTO, **options))
    assert "depth map" in told and "unblurred picture" in told
    assert b"QUJDQUJD" not in written and b"HasExtendedXMP" not in written and KEPT.encode() in written


def test_a_thumbnail_in_xmp_goes_from_a_tiff_too(tmp_path: Path) -> None:
    thumbnail = """<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5"><xmp:Thumbnails><rdf:Alt>
     <rdf:li xmpGImg:image="QUJD"/></rdf:Alt></xmp:Thumbnails></rdf:Description>"""
    packet = xmp(KEPT, thumbnail)
    tag = (700, "B", len(packet), packet, True)
    tifffile.imwrite(tmp_path / "in.tif", PHOTO, photometric="rgb", metadata=None, extratags=[tag])
    assert "thumbnail" in write_picture(tmp_path / "out.tif", read_picture(tmp_path / "in.tif"))
    kept = read_picture(tmp_path / "out.tif").extras.xmp
    assert b"QUJD" not in kept and b'xmp:Rating="5"' in kept and KEPT.encode() in kept
