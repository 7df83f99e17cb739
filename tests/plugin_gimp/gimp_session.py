"""A running GIMP in the private root that takes Python from a test and hands back what it returns."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import textwrap
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ENTER = HERE / "in_root.sh"
REMOTE = "PLACE = '/share/{program}'; exec(open('/share/inside/remote.py').read())"
LONGEST_START = 240.0


class GimpSession:
    """A real GIMP in its own root, spoken to by files and Script-Fu.

    Args:
        root: made by setup_gimp.sh.
        share: is /share inside and holds the GIMP profile as `home`; a session without a window and one with may have
            the same.
        program: "gimp-console", or "gimp" with a display.
        language: of the plug-in's words.
    """

    def __init__(
        self, root: Path, share: Path, program: str = "gimp-console", display: str | None = None, language: str = "en"
    ) -> None:
        self.share = share
        self._count = 0
        shutil.copytree(HERE / "inside", share / "inside", dirs_exist_ok=True)
        self._jobs, self._answers = share / program / "jobs", share / program / "answers"
        shutil.rmtree(share / program, ignore_errors=True)
        for folder in (self._jobs, self._answers):
            folder.mkdir(parents=True)
        environment = {**os.environ, "GIMP3_DIRECTORY": "/share/home"}
        environment.pop("DISPLAY", None)
        if display:
            environment["DISPLAY"] = display
        flags = ["--no-splash", "--new-instance"] if program == "gimp" else ["-id"]
        command = [
            "env",
            "XDG_DATA_HOME=/share/data",
            "XDG_CONFIG_HOME=/share/config",
            f"LANGUAGE={language}",
            program,
            *flags,
            "--batch-interpreter",
            "python-fu-eval",
            "-b",
            REMOTE.format(program=program),
            "--quit",
        ]
        self._log = open(share / f"{program}.log", "wb")  # noqa: SIM115 - lives as long as GIMP
        self.process = subprocess.Popen(
            [ENTER, root, share, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self._wait(self._answers / "ready", LONGEST_START)

    def run(self, code: str, seconds: float = 120.0, **values: Any) -> Any:
        """The value that `code`, the body of a function in GIMP, returns; `values` are its variables."""
        return self.finish(self.start(code, **values), seconds)

    def start(self, code: str, **values: Any) -> Path:
        """Let the code run; `finish` waits for it."""
        self._count += 1
        name = f"{self._count:04d}.py"
        lines = [f"{key} = {value!r}\n" for key, value in values.items()]
        draft = self._jobs / f"{name}.draft"
        draft.write_text("".join(lines) + textwrap.dedent(code))
        draft.rename(self._jobs / name)
        return self._answers / name

    def finish(self, job: Path, seconds: float = 120.0) -> Any:
        self._wait(job, seconds)
        answer = json.loads(job.read_text())
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def close(self) -> None:
        (self._jobs / "quit").touch()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._log.close()

    def _wait(self, path: Path, seconds: float) -> None:
        limit = time.monotonic() + seconds
        while not path.exists():
            log = self.share / self._log.name
            assert self.process.poll() is None, f"GIMP ended: {log.read_text(errors='replace')[-2000:]}"
            assert time.monotonic() < limit, f"GIMP did not answer: {log.read_text(errors='replace')[-2000:]}"
            time.sleep(0.02)


def plug_in_processes(session: GimpSession | None = None) -> list[int]:
    """Process ids of the plug-in, of this GIMP or of whichever."""
    mounts = os.readlink(f"/proc/{session.process.pid}/ns/mnt") if session else None
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes()
                elsewhere = mounts is not None and os.readlink(entry / "ns" / "mnt") != mounts
            except OSError:
                continue
            if not elsewhere and b"pconv_fill.py" in arguments and b"-run" in arguments:
                found.append(int(entry.name))
    return found
