"""`pconv-daemon systemd`: the unit files that let systemd run the daemon, for this very installation."""

from __future__ import annotations

import argparse
from pathlib import Path

import platformdirs

from daemon.system.directories import make_folder
from daemon.system.files import write_atomically
from daemon.system.processes import lasting_command, with_environment
from daemon.system.systemd import exec_line

UNITS = Path(__file__).parent / "units"
SYSTEM_FOLDER = Path("/etc/systemd/system")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    text = "write the systemd units of a daemon for everybody (system) or for oneself (user)"
    parser = subparsers.add_parser("systemd", help=text, description=text, allow_abbrev=False)
    parser.add_argument("kind", choices=("system", "user"))
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="where; default: where systemd looks for them")
    parser.add_argument("--show", action="store_true", help="print them instead")
    parser.set_defaults(run=_run)


def units(kind: str) -> dict[str, str]:
    """The files of a kind, "system" or "user", by name."""
    command, wanted = lasting_command("daemon")
    if kind == "system":  # its unit says where that user's settings are
        wanted.pop("PCONV_CONFIG_DIR", None)
    line = exec_line(with_environment(command, wanted))
    prefix = f"{kind}-"
    return {
        path.name.removeprefix(prefix): path.read_text("utf-8").replace("@COMMAND@", line)
        for path in sorted(UNITS.glob(f"{prefix}*"))
    }


def _run(given: argparse.Namespace) -> int:
    user_folder = platformdirs.user_config_path("systemd", appauthor=False) / "user"
    folder = given.to or (SYSTEM_FOLDER if given.kind == "system" else user_folder)
    for name, text in units(given.kind).items():
        if given.show:
            print(f"# {folder / name}\n{text}")
            continue
        make_folder(folder, 0o755)
        write_atomically(folder / name, text.encode(), mode=0o644)
        print(f"Written: {folder / name}")
    if not given.show:
        flag = "" if given.kind == "system" else " --user"
        print(f"Next: systemctl{flag} daemon-reload, then systemctl{flag} enable --now pconv")
    return 0
