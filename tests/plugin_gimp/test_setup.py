"""The script that makes the private GIMP, on a machine where another apt runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "setup_gimp.sh"
LOCKED = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)"
APT_GET = """#!/bin/sh
case "$*" in *indextargets*) exit 0 ;; esac
echo "$*" >> {log}
if [ "$(wc -l < {log})" -le {locked} ]; then echo "{said}" >&2; exit 100; fi
"""


def set_up(folder: Path, locked: int, said: str = LOCKED) -> tuple[subprocess.CompletedProcess, list[str]]:
    """Run the script where the first `locked` calls of apt-get fail and apt knows no mirror, which is its end."""
    log = folder / "calls"
    log.touch()
    programs = {"apt-get": APT_GET.format(log=log, locked=locked, said=said), "sleep": "#!/bin/sh\n"}
    programs["id"] = "#!/bin/sh\necho 0\n"
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    done = subprocess.run(
        ["bash", SCRIPT, folder / "root"],
        env={"PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done, log.read_text().splitlines()


def test_it_waits_for_another_apt_and_goes_on(tmp_path: Path) -> None:
    done, calls = set_up(tmp_path, locked=2)
    assert "apt knows no Debian mirror" in done.stderr
    assert done.stdout.count("Waiting for another apt: E: Could not get lock") == 1
    assert [call.split()[1] for call in calls] == ["update", "update", "update", "install"]


def test_another_fault_of_apt_ends_it_with_apts_own_words(tmp_path: Path) -> None:
    done, calls = set_up(tmp_path, locked=1, said="E: no network")
    assert done.returncode == 1 and "apt: E: no network" in done.stderr and len(calls) == 1
