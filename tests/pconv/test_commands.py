"""The `pconv` command as its user meets it: files in, files out, one sentence and an exit code when it cannot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from skimage import data as samples

from daemon import protocol
from daemon.client.client import Client
from daemon.system.directories import RuntimePaths, runtime_paths
from pconv.__main__ import main
from tests.daemon.conftest import PATIENCE, wait_until

PHOTO = samples.chelsea()[60:220, 100:300]
OTHER_VERSION = """
import os, sys, zmq
from daemon.system.locks import FileLock; from daemon.system.directories import runtime_paths
paths = runtime_paths()
lock = FileLock(paths.daemon_lock)
assert lock.acquire(5)
lock.write(str(os.getpid()))
socket = zmq.Context().socket(zmq.ROUTER)
socket.bind(paths.endpoint("daemon"))
paths.address_file.write_text(paths.endpoint("daemon"))
while True:
    route, *_ = socket.recv_multipart()
    socket.send_multipart([route, *map(bytes.fromhex, sys.argv[1:])])
"""


READS_ONLY = SimpleNamespace(libheif_info=lambda: {"HEIF": ""})  # pillow-heif without an encoder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with photo.png, photo.jpg and mask.png (a white square)."""
    Image.fromarray(PHOTO).save(tmp_path / "photo.png")
    Image.fromarray(PHOTO).save(tmp_path / "photo.jpg", quality=92)
    hole = np.zeros(PHOTO.shape[:2], np.uint8)
    hole[60:90, 80:120] = 255
    Image.fromarray(hole).save(tmp_path / "mask.png")
    return tmp_path


@pytest.fixture
def no_daemon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Any attempt to reach or start a daemon fails: what is tested must be found before."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a daemon was asked")

    monkeypatch.setattr("pconv.files.fill_file.Client", refuse)


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def refused(capsys: pytest.CaptureFixture, *arguments: object) -> str:
    """The one sentence of a run that ends with 2."""
    assert run(*arguments) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("pconv: ")
    return lines[0]


# --- bad input, told before a daemon is asked --------------------------------------------------------------------


@pytest.mark.usefixtures("no_daemon")
class TestBadInput:
    def test_missing_photo_and_missing_mask(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        assert "does not exist" in refused(capsys, "fill", files / "none.png", files / "mask.png")
        assert "does not exist" in refused(capsys, "fill", files / "photo.png", files / "none.png")

    def test_not_an_image_and_a_truncated_jpeg(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        (files / "text.png").write_text("hello")
        (files / "cut.jpg").write_bytes((files / "photo.jpg").read_bytes()[:3000])
        assert "not an image" in refused(capsys, "fill", files / "text.png", files / "mask.png")
        assert "damaged" in refused(capsys, "fill", files / "cut.jpg", files / "mask.png")
        assert not list(files.glob("*_filled*"))

    def test_mask_of_another_size(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        Image.new("L", (10, 20)).save(files / "small.png")
        told = refused(capsys, "fill", files / "photo.png", files / "small.png")
        assert "10×20" in told and f"{PHOTO.shape[1]}×{PHOTO.shape[0]}" in told

    def test_mask_all_white(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        Image.new("L", PHOTO.shape[1::-1], 255).save(files / "white.png")
        assert "all white" in refused(capsys, "fill", files / "photo.png", files / "white.png")

    def test_a_photo_that_is_transparent_is_named(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        mask, clear = np.asarray(Image.open(files / "mask.png")), np.zeros(PHOTO.shape[:2], np.uint8)
        Image.fromarray(np.dstack([PHOTO, clear])).save(files / "clear.png")
        Image.fromarray(np.dstack([PHOTO, mask])).save(files / "cut.png")
        assert "clear.png is fully transparent" in refused(capsys, "fill", files / "clear.png", files / "mask.png")
        told = refused(capsys, "fill", files / "cut.png", files / "mask.png")
        assert "cut.png is transparent wherever" in told and "smaller" in told

    def test_what_a_result_cannot_hold_is_told_before_the_fill(
        self, files: Path, capsys: pytest.CaptureFixture
    ) -> None:
        Image.fromarray(PHOTO[..., 0].astype(np.uint16)).save(files / "deep.png")
        told = refused(capsys, "fill", files / "deep.png", files / "mask.png", "-o", files / "out.jpg")
        assert "JPEG holds 8 bits" in told

    @pytest.mark.parametrize(("heif", "words"), [(None, "install it"), (READS_ONLY, "only reads HEIC")])
    def test_a_format_that_is_not_written_here_is_told_before_the_fill(
        self, files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, heif: object, words: str
    ) -> None:
        monkeypatch.setitem(sys.modules, "pillow_heif", heif)
        monkeypatch.setitem(sys.modules, "pillow_heif.misc", heif)
        told = refused(capsys, "fill", files / "photo.png", files / "mask.png", "-o", files / "out.heic")
        assert words in told

    def test_mask_without_white_gives_the_photo_back(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        Image.new("L", PHOTO.shape[1::-1]).save(files / "black.png")
        assert run("fill", files / "photo.jpg", files / "black.png", "-o", files / "out.jpg") == 0
        assert "no white" in capsys.readouterr().err
        assert (files / "out.jpg").read_bytes() == (files / "photo.jpg").read_bytes()
        assert run("fill", files / "photo.jpg", files / "black.png", "-o", files / "out.png") == 0
        with Image.open(files / "out.png") as out:
            assert out.format == "PNG"

    def test_a_bomb(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        data = bytearray((files / "photo.png").read_bytes())
        data[16:24] = (60_000).to_bytes(4, "big") * 2
        import zlib

        data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
        (files / "bomb.png").write_bytes(data)
        assert "megapixels" in refused(capsys, "fill", files / "bomb.png", files / "mask.png")

    def test_output_that_no_format_knows(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        told = refused(capsys, "fill", files / "photo.png", files / "mask.png", "-o", files / "out.xyz")
        assert ".xyz" in told

    @pytest.mark.parametrize(
        "options",
        [
            ["--grow", "-1"],
            ["--feather", "5000"],
            ["--detail", "2"],
            ["--quality", "0"],
            ["--jobs", "0"],
            ["--timeout", "0"],
            ["--timeout", "nan"],
            ["-o", ""],
            ["--fether", "3"],
        ],
    )
    def test_options_out_of_range_or_misspelt(self, files: Path, options: list[str]) -> None:
        with pytest.raises(SystemExit) as left:
            run("fill", files / "photo.png", files / "mask.png", *options)
        assert left.value.code == 2

    def test_the_mask_is_not_replaced(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        before = (files / "mask.png").read_bytes()
        assert "is the mask" in refused(
            capsys, "fill", files / "photo.png", files / "mask.png", "-o", files / "mask.png"
        )
        assert (files / "mask.png").read_bytes() == before

    def test_a_fill_that_fails_is_reported(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        refused(capsys, "fill", files / "none.png", files / "mask.png", "--report", files / "report.json")
        (entry,) = json.loads((files / "report.json").read_text())["files"]
        assert (entry["status"], entry["code"], entry["kind"]) == ("failed", "file_not_found", "input")

    @pytest.mark.skipif(sys.platform == "win32", reason="other limits")
    def test_names_that_are_too_long_are_that_files_fault(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        photo, mask, long = files / "photo.png", files / "mask.png", "a" * 256 + ".png"
        for arguments in ([files / long, mask], [photo, files / long], [photo, mask, "-o", files / long]):
            assert "too long" in refused(capsys, "fill", *arguments)
        assert "too long" in refused(capsys, "fill", photo, mask, "-o", files / ("a" * 256) / "out.png")
        assert "too long" in refused(capsys, "fill", files, mask, "-o", files / ("a" * 256))

    def test_a_photo_without_a_mask(self, files: Path) -> None:
        with pytest.raises(SystemExit) as left:
            run("fill", files / "photo.png")
        assert left.value.code == 2

    def test_folder_without_pairs_and_folder_onto_itself(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        (files / "mask.png").unlink()
        assert run("fill", files, "-o", files / "out") == 2
        assert "2 no mask" in capsys.readouterr().out
        assert "another folder" in refused(capsys, "fill", files, "-o", files)


def test_no_daemon_at_an_address_is_3(files: Path, capsys: pytest.CaptureFixture) -> None:
    address = f"ipc://{files}/none.sock"
    assert run("status", "--address", address) == 3
    assert capsys.readouterr().err.startswith("pconv: ")
    assert run("stop", "--address", address) == 0


def test_help_names_the_exit_codes_and_loads_no_torch() -> None:
    script = "import sys; from pconv.__main__ import parser; parser().format_help(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout.strip() == "False"


# --- with a real daemon ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("private_daemon")
class TestWithDaemon:
    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_only_the_hole_changes(self, files: Path, dtype: type, capsys: pytest.CaptureFixture) -> None:
        from pconv.images.files import Picture, read_picture, write_picture

        pixels = PHOTO.astype(dtype) * (257 if dtype is np.uint16 else 1)
        alpha = np.full(PHOTO.shape[:2], np.iinfo(dtype).max, dtype)
        write_picture(files / "in.png", Picture(pixels, alpha))
        assert run("fill", files / "in.png", files / "mask.png", "--feather", 2) == 0
        assert capsys.readouterr().out.strip() == str(files / "in_filled.png")
        filled = read_picture(files / "in_filled.png")
        assert filled.pixels.dtype == dtype and np.array_equal(filled.alpha, alpha)
        outside = np.ones(PHOTO.shape[:2], bool)
        outside[50:100, 70:130] = False
        assert np.array_equal(filled.pixels[outside], pixels[outside])
        assert not np.array_equal(filled.pixels[60:90, 80:120], pixels[60:90, 80:120])

    def test_unwritable_output_leaves_nothing(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        told = refused(capsys, "fill", files / "photo.png", files / "mask.png", "-o", files / "none" / "out.png")
        assert "does not exist" in told
        assert sorted(p.name for p in files.iterdir()) == ["mask.png", "photo.jpg", "photo.png"]

    def test_a_folder_is_filled_reported_and_resumed(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        scans, out, report = files / "scans", files / "out", files / "report.json"
        scans.mkdir()
        mask = (files / "mask.png").read_bytes()
        for name in ("a", "b", "c"):
            (scans / f"{name}.png").write_bytes((files / "photo.png").read_bytes())
            (scans / f"{name}_mask.png").write_bytes(mask)
        (scans / "broken.png").write_text("x")
        (scans / "broken_mask.png").write_bytes(mask)
        (scans / "lonely.jpg").write_bytes((files / "photo.jpg").read_bytes())

        assert run("fill", scans, "-o", out, "--report", report) == 2
        assert capsys.readouterr().out.strip() == "1 failed, 3 filled, 1 no mask"
        entries = {Path(e["image"]).name: e for e in json.loads(report.read_text())["files"]}
        assert entries["broken.png"]["code"] == "not_an_image" and entries["lonely.jpg"]["status"] == "no_mask"
        assert sorted(p.name for p in out.iterdir()) == ["a.png", "b.png", "c.png"]

        (scans / "broken.png").unlink()
        kept = (out / "a.png").stat().st_mtime_ns
        os.utime(scans / "b_mask.png", ns=(time.time_ns() + 10**9,) * 2)
        assert run("fill", scans, "-o", out) == 0
        assert capsys.readouterr().out.strip() == "1 filled, 1 no mask, 1 no photo, 2 skipped"
        assert (out / "a.png").stat().st_mtime_ns == kept
        assert run("fill", scans, "-o", out, "--overwrite") == 0
        assert (out / "a.png").stat().st_mtime_ns > kept

    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are text")
    def test_names_of_any_bytes_and_of_any_length(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        scans, report = files / "scans", files / "report.json"
        scans.mkdir()
        names = [os.fsdecode(b"caf\xe9.png"), "\u6587" * 83 + ".png"]
        for name in names:
            (scans / name).write_bytes((files / "photo.png").read_bytes())
        assert run("fill", scans, files / "mask.png", "-o", files / "out", "--report", report) == 0
        assert sorted(p.name for p in (files / "out").iterdir()) == sorted(names)
        assert sorted(Path(e["image"]).name for e in json.loads(report.read_text())["files"]) == sorted(names)

    def test_a_result_whose_name_is_too_long_fails_alone(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        scans, out, report = files / "scans", files / "out", files / "report.json"
        scans.mkdir()
        for name in ("a" * 251, "b", "c"):
            (scans / f"{name}.png").write_bytes((files / "photo.png").read_bytes())
        arguments = ["fill", scans, files / "mask.png", "-o", out, "--format", "webp", "--jobs", 1, "--report", report]
        assert run(*arguments) == 2
        assert capsys.readouterr().out.strip() == "1 failed, 2 filled"
        assert sorted(path.name for path in out.iterdir()) == ["b.webp", "c.webp"]
        (failed,) = [e for e in json.loads(report.read_text())["files"] if e["status"] == "failed"]
        assert failed["kind"] == "input" and "too long" in failed["note"]

    def test_one_mask_for_all_and_another_format(self, files: Path) -> None:
        scans = files / "scans"
        scans.mkdir()
        (scans / "x.jpg").write_bytes((files / "photo.jpg").read_bytes())
        assert run("fill", scans, files / "mask.png", "--format", "png", "-o", files / "out") == 0
        assert [p.name for p in (files / "out").iterdir()] == ["x.png"]

    def test_demo_shows_before_and_after(self, files: Path, capsys: pytest.CaptureFixture) -> None:
        from pconv.images.files import read_picture
        from pconv.images.masks import read_hole

        assert run("demo", "-o", files / "demo") == 0
        assert str(files / "demo" / "before_after.jpg") in capsys.readouterr().out
        before, after = (read_picture(files / "demo" / name).pixels for name in ("photo.jpg", "filled.png"))
        hole = read_hole(files / "demo" / "mask.png", before.shape[:2]) > 0
        assert np.array_equal(before[~hole], after[~hole]) and not np.array_equal(before[hole], after[hole])

    def test_status_and_doctor(self, capsys: pytest.CaptureFixture) -> None:
        with Client() as client:
            client.ping()
        assert run("status", "--json") == 0
        assert json.loads(capsys.readouterr().out)["protocol"] == 1
        assert run("status") == 0
        assert "worker" in capsys.readouterr().out
        run("doctor", "--json")
        checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
        for name in ("weights", "device", "directory", "daemon", "test fill"):
            assert checks[name]["state"] == "ok", checks[name]

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ([b"PCV2", b"\x80"], "speaks PCV2, this pconv PCV1"),
            (protocol.encode(protocol.Error("version_mismatch", "This daemon (pconv 9) speaks 9.")), "(pconv 9)"),
            (protocol.encode(protocol.Welcome(2, "pconv 8", protocol.Limits(), [], {})), "is pconv 8 and speaks PCV2"),
        ],
    )
    def test_a_daemon_of_another_version_is_named_and_stopped_on_demand(
        self, files: Path, answer: list[bytes], words: str, capsys: pytest.CaptureFixture
    ) -> None:
        assert run("stop") == 0
        other = subprocess.Popen([sys.executable, "-c", OTHER_VERSION, *(frame.hex() for frame in answer)])
        try:
            wait_until(lambda: runtime_paths().address_file.exists())
            for command in (("fill", files / "photo.png", files / "mask.png"), ("status",)):
                assert run(*command) == 3
                told = capsys.readouterr().err.strip()
                assert words in told and len(told.splitlines()) == 1
            assert not (files / "photo_filled.png").exists()
            assert run("stop") == 0
            assert capsys.readouterr().out.strip() == "The daemon has left."
            assert other.wait(PATIENCE) == -signal.SIGTERM
        finally:
            other.kill()
            other.wait()
        assert run("fill", files / "photo.png", files / "mask.png") == 0

    def test_no_space_for_the_log_is_told_and_fills_go_on(
        self, files: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert run("stop") == 0
        monkeypatch.setenv("PCONV_LOG", "/dev/full")
        assert run("fill", files / "photo.png", files / "mask.png") == 0
        assert (files / "photo_filled.png").exists()
        capsys.readouterr()
        assert run("status") == 0
        assert "lines could not be written; make room on its disk" in capsys.readouterr().out
        assert run("stop") == 0
        monkeypatch.undo()
        assert run("fill", files / "photo.png", files / "mask.png") == 0
        capsys.readouterr()
        assert run("status") == 0
        assert "could not be written" not in capsys.readouterr().out

    def test_stop_is_said_and_done(self, private_daemon: Path, capsys: pytest.CaptureFixture) -> None:
        with Client() as client:
            client.ping()
        assert run("stop") == 0
        assert run("stop") == 0
        assert capsys.readouterr().out.splitlines() == ["The daemon has left.", "No daemon is running."]
        assert run("status") == 3
        assert not RuntimePaths(private_daemon).address_file.exists()


@pytest.mark.parametrize("content", [None, b"no weights"])
def test_missing_or_damaged_weights_are_4(files: Path, content: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil
    import tempfile

    directory = tempfile.mkdtemp(prefix="pconv-")
    weights = files / "weights.safetensors"
    if content:
        weights.write_bytes(content)
    monkeypatch.setenv("PCONV_RUNTIME_DIR", directory)
    monkeypatch.setenv("PCONV_WEIGHTS", str(weights))
    monkeypatch.setenv("PCONV_DEVICE", "cpu")
    monkeypatch.delenv("PCONV_ADDRESS", raising=False)
    command = [sys.executable, "-m", "pconv", "fill", str(files / "photo.png"), str(files / "mask.png")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 4, done.stderr
        assert str(weights) in done.stderr and "Traceback" not in done.stderr
        assert not (files / "photo_filled.png").exists()
    finally:
        Client().stop()
        shutil.rmtree(directory)


def test_ctrl_c_ends_a_folder_with_130_and_a_report(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pconv.files.fill_file import FileFiller, FileJob, Outcome

    def fill(self: FileFiller, job: FileJob, progress: object = None) -> Outcome:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        return Outcome("filled")

    monkeypatch.setattr(FileFiller, "fill", fill)
    scans = files / "scans"
    scans.mkdir()
    for name in "abcd":
        (scans / f"{name}.png").touch()
    report = files / "report.json"
    assert run("fill", scans, files / "mask.png", "-o", files / "out", "--jobs", 1, "--report", report) == 130
    assert json.loads(report.read_text())["summary"] == {"filled": 1, "not_tried": 3}


def test_a_fault_that_nobody_foresaw_is_its_files_alone(
    files: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pconv.files.fill_file import FileFiller, FileJob, Outcome

    def fill(self: FileFiller, job: FileJob, progress: object = None) -> Outcome:
        if job.image.stem == "b":
            raise ZeroDivisionError("no luck")
        return Outcome("filled")

    monkeypatch.setattr(FileFiller, "fill", fill)
    scans = files / "scans"
    scans.mkdir()
    for name in "abc":
        (scans / f"{name}.png").touch()
    assert run("fill", scans, files / "mask.png", "-o", files / "out", "--jobs", 1) == 1
    told = capsys.readouterr()
    assert told.out.strip() == "1 failed, 2 filled" and "b.png cannot be filled (ZeroDivisionError" in told.err
