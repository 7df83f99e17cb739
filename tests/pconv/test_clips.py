"""Clips and animations are filled without flicker; sound, times and shape of a clip stay."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data as samples

from pconv.files.steady import SteadyFiller
from tests.pconv.painter import Painter, painter, run  # noqa: F401  a fixture

PHOTO = cv2.resize(samples.astronaut(), (640, 640))
HOLE = np.zeros((120, 160), np.uint8)
HOLE[70:95, 90:125] = 255
RNG = np.random.default_rng(2)


def view(left: float, top: float = 20) -> np.ndarray:
    """A part of the photo, with grain and a mark."""
    into = np.array([[1, 0, -left], [0, 1, -top]], float)
    frame = cv2.warpAffine(PHOTO, into, (160, 120), flags=cv2.INTER_LINEAR) + RNG.normal(0, 2, (120, 160, 3))
    frame[HOLE > 0] = 255
    return frame.clip(0, 255).astype(np.uint8)


def smooth(frame: np.ndarray, hole: np.ndarray) -> np.ndarray:
    return cv2.inpaint(frame, hole, 3, cv2.INPAINT_TELEA)


def test_a_scene_that_stands_is_filled_once_and_takes_on_its_light() -> None:
    steady = SteadyFiller(smooth)
    first = steady.next(view(150), HOLE)
    darker = (view(150) * 0.8).astype(np.uint8)
    filled = steady.next(darker, HOLE)
    assert steady.filled_anew == 1
    assert np.array_equal(filled[HOLE == 0], darker[HOLE == 0])
    share = filled[HOLE > 0].mean() / first[HOLE > 0].mean()
    assert 0.75 < share < 0.85


def test_what_a_pan_lays_open_is_true() -> None:
    steady = SteadyFiller(smooth)
    for step in range(20):
        frame = view(100 + 3 * step)
        filled = steady.next(frame, HOLE)
    truth = cv2.warpAffine(PHOTO, np.array([[1, 0, -157], [0, 1, -20]], float), (160, 120))
    assert steady.filled_anew == 1
    away = np.abs(filled.astype(int) - truth)[HOLE > 0].mean()
    assert away < 0.5 * np.abs(smooth(frame, HOLE).astype(int) - truth)[HOLE > 0].mean()


def test_a_cut_is_filled_anew() -> None:
    steady = SteadyFiller(smooth)
    for left, top in ((100, 20), (102, 20), (420, 480), (422, 480)):
        steady.next(view(left, top), HOLE)
    assert steady.filled_anew == 2


def test_soft_edges_blend_and_gray_and_alpha_pass() -> None:
    soft = cv2.GaussianBlur(HOLE, (0, 0), 3)
    steady = SteadyFiller(lambda frame, _: frame)
    for _ in range(2):
        frame = np.dstack([view(100)[..., :1], np.full((120, 160), 200, np.uint8)])
        filled = steady.next(frame, soft)
        assert filled.shape == frame.shape and (filled[..., 1] == 200).all()
        assert np.array_equal(filled[soft == 0], frame[soft == 0])


# --- clips -------------------------------------------------------------------------------------------------------


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Twelve frames at uneven times, with a tone beside them."""
    av = pytest.importorskip("av")
    with av.open(str(tmp_path / "a.mkv"), "w") as file:
        pictures = file.add_stream("libx264", rate=25, options={"crf": "10"})
        pictures.width, pictures.height, pictures.pix_fmt = 160, 120, "yuv420p"
        sound = file.add_stream("aac", rate=8000)
        file.metadata["title"] = "a walk"
        for number in range(12):
            frame = av.VideoFrame.from_ndarray(view(100 + number))
            frame.pts = number * 3 + number % 3
            file.mux(pictures.encode(frame))
        tone = (np.sin(np.arange(8000) / 5)[None] * 9000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        frame.rate = 8000
        file.mux(sound.encode(frame))
        file.mux(pictures.encode(None))
        file.mux(sound.encode(None))
    Image.fromarray(HOLE).save(tmp_path / "m.png")
    return tmp_path / "a.mkv"


def frames_of(path: Path) -> list[tuple[float, np.ndarray]]:
    import av

    with av.open(str(path)) as file:
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)]


def packets_of(path: Path) -> list[bytes]:
    import av

    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(audio=0) if packet.size]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
def test_times_and_sound_are_copied_and_frames_do_not_flicker(clip: Path, suffix: str) -> None:
    output = clip.with_name(f"o{suffix}")
    assert run("fill", clip, clip.with_name("m.png"), "-o", output) == 0
    before, after = frames_of(clip), frames_of(output)
    assert [round(time, 3) for time, _ in after] == [round(time, 3) for time, _ in before]
    assert packets_of(output) == packets_of(clip)
    for (_, old), (_, new) in zip(before, after, strict=True):
        assert np.abs(old[:60].astype(int) - new[:60]).mean() < 4
    inside, beside = (
        np.mean([np.abs(a.astype(int) - b)[where].mean() for (_, a), (_, b) in pairwise(after)])
        for where in (HOLE > 0, cv2.dilate(HOLE, np.ones((21, 21))) > HOLE)
    )
    assert inside <= 1.5 * beside and len(Painter.asked) < 4


@pytest.mark.parametrize("how", [("m.png",), ("--hole-color", "#ff00ff")])
def test_a_clip_without_a_hole_is_copied(clip: Path, how: tuple[str, ...], capsys: pytest.CaptureFixture) -> None:
    Image.new("L", (160, 120)).save(clip.with_name("m.png"))
    arguments = [clip.with_name(one) if one == "m.png" else one for one in how]
    holes, report = clip.with_name("h.png"), clip.with_name("r.json")
    assert run("fill", clip, *arguments, "--save-mask", holes, "--report", report) == 0
    assert clip.with_name("a_filled.mkv").read_bytes() == clip.read_bytes()
    assert capsys.readouterr().err.count("nothing to fill") == 1 and '"unchanged": 1' in report.read_text()
    assert not np.asarray(Image.open(holes)).any()
    assert run("fill", clip, *arguments, "-o", clip.with_name("o.mp4")) == 0
    assert len(frames_of(clip.with_name("o.mp4"))) == 12


def test_what_the_encoder_cannot_is_said_of_the_result(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    for encoder in ("none-such", "mpeg1video"):  # one that is not there, one that knows no such clip
        monkeypatch.setattr("pconv.video.clip.USUAL_ENCODER", encoder)
        monkeypatch.setattr("pconv.video.clip._pixel_format", lambda *_: "yuv444p")
        assert run("fill", clip, clip.with_name("m.png"), "-o", clip.with_name("o.mp4")) == 2
        told = " ".join(capsys.readouterr().err.split())
        assert "o.mp4 cannot be written" in told and "damaged" not in told
    assert not clip.with_name("o.mp4").exists()


def test_a_title_of_any_bytes_goes_through_as_it_is(clip: Path) -> None:
    clip.write_bytes(clip.read_bytes().replace(b"a walk", b"a w\xe9lk"))
    assert run("fill", clip, clip.with_name("m.png"), "-o", clip.with_name("o.mkv")) == 0
    assert b"a w\xe9lk" in clip.with_name("o.mkv").read_bytes()


def test_a_clip_without_a_hole_and_one_that_is_none(clip: Path, capsys: pytest.CaptureFixture) -> None:
    mask = clip.with_name("m.png")
    clip.with_name("cut.mp4").write_bytes(clip.read_bytes()[:300])
    clip.with_name("text.mp4").write_text("hello")
    for name, output, words in (
        ("cut.mp4", "o.mp4", "damaged"),
        ("text.mp4", "o.mp4", "damaged"),
        ("none.mp4", "o.mp4", "does not exist"),
        ("a.mkv", "o.png", "no video"),
    ):
        assert run("fill", clip.with_name(name), mask, "-o", clip.with_name(output)) == 2
        told = capsys.readouterr().err
        assert words in told and told.count("\n") == 1
    assert sorted(path.name for path in clip.parent.iterdir()) == ["a.mkv", "cut.mp4", "m.png", "text.mp4"]


def test_without_the_library_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    (tmp_path / "a.mp4").touch()
    assert run("fill", tmp_path / "a.mp4", tmp_path / "m.png") == 2
    assert "pconv[video]" in capsys.readouterr().err
