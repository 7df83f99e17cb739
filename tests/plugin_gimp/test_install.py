"""Installing, proving and removing the plug-in."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from model.errors import PconvError
from pconv.__main__ import main
from pconv.commands import doctor
from plugin_gimp import commands
from plugin_gimp import install as installer
from plugin_gimp.bridge.server import bridge_token
from plugin_gimp.profiles import Profile, find_gimps, find_profiles, gimp_version
from tests.plugin_gimp.conftest import REPOSITORY, connect
from tests.plugin_gimp.gimp_session import ENTER


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands.add_parser(parser.add_subparsers())
    given = parser.parse_args(["gimp", *words])
    return given.run(given)


def test_every_gimp_3_profile_is_found_and_no_other(home: Path) -> None:
    found = {(str(profile.folder.relative_to(home)), profile.kind) for profile in find_profiles()}
    assert found == {
        ("config/GIMP/3.0", "native"),
        ("config/GIMP/3.2", "native"),
        (".var/app/org.gimp.GIMP/config/GIMP/3.0", "native"),
        ("snap/gimp/current/.config/GIMP/3.0", "snap"),
    }


@pytest.mark.parametrize(
    ("platform", "folder"),
    [("win32", "AppData/Roaming/GIMP/3.0"), ("darwin", "Library/Application Support/GIMP/3.2")],
)
def test_other_systems_profiles(home: Path, monkeypatch: pytest.MonkeyPatch, platform: str, folder: str) -> None:
    (home / folder).mkdir(parents=True)
    monkeypatch.delenv("APPDATA", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    assert find_profiles() == [Profile(home / folder, "native")]


def test_install_and_uninstall_leave_no_trace(home: Path, capsys: pytest.CaptureFixture) -> None:
    before = sorted(home.rglob("*"))
    assert command("install") == 0
    assert "restart GIMP" in capsys.readouterr().out
    for profile in find_profiles():
        plug_in = profile.plug_ins / "pconv_fill" / "pconv_fill.py"
        assert os.access(plug_in, os.X_OK) and installer.state(profile) == "current"
        settings = json.loads((plug_in.parent / "bridge.json").read_text())
        assert settings["token"] == bridge_token() and settings["address"].startswith("127.0.0.1:")
        assert ("command" in settings) == (profile.kind == "native")
        assert (plug_in.parent / "bridge.json").stat().st_mode & 0o077 == 0
    assert command("install") == 0  # again is no error
    assert command("uninstall") == 0
    assert sorted(home.rglob("*")) == before
    assert command("uninstall") == 0
    assert "not installed" in capsys.readouterr().out


SANDBOXED = """#!{python}
import socket, sys
if "--version" in sys.argv or "info" in sys.argv:
    print("GNU Image Manipulation Program version 3.0.4")
else:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", 47133), 1)
            break
        except OSError:
            import time; time.sleep(0.05)
    else:
        sys.exit("no bridge")
    print("pconv-selftest: ok, it filled")
"""


def test_a_sandboxed_gimp_finds_a_bridge_while_it_is_tried(home: Path, capsys: pytest.CaptureFixture) -> None:
    programs = home / "nothing"
    programs.mkdir()
    for name, text in (("flatpak", SANDBOXED.format(python=sys.executable)), ("gimp-console", "#!/bin/sh\nexit 1\n")):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    assert command("install") == 0
    said = capsys.readouterr().out
    assert "GIMP in Flatpak cannot start pconv" in said and "it filled" in said


def test_every_gimp_is_tried_whatever_the_first_says(home: Path, capsys: pytest.CaptureFixture) -> None:
    programs = home / "nothing"
    programs.mkdir()
    version = '[ "$1" = --version ] && echo "version 3.0.4" && exit 0\n'
    for name, end in (
        ("gimp-console", "echo no display >&2\nexit 1\n"),
        ("gimp-console-3.0", "echo pconv-selftest: ok\n"),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{version}{end}")
        (programs / name).chmod(0o755)
    with pytest.raises(PconvError, match="no display"):
        command("install")
    said = capsys.readouterr().out.splitlines()
    assert any("gimp-console-3.0: ok" in line for line in said) and any("no display" in line for line in said)


def test_a_link_to_the_plug_in_is_replaced_and_removed_alone(tmp_path: Path) -> None:
    profile, own = Profile(tmp_path / "profile", "given"), tmp_path / "own"
    own.mkdir()
    (own / "pconv_fill.py").write_text("mine")
    profile.plug_ins.mkdir(parents=True)
    (profile.plug_ins / "pconv_fill").symlink_to(own)
    assert installer.install(profile).is_dir() and not (profile.plug_ins / "pconv_fill").is_symlink()
    assert installer.uninstall(profile) and not installer.uninstall(profile)
    profile.plug_ins.mkdir()
    (profile.plug_ins / "pconv_fill").symlink_to(own)
    assert installer.uninstall(profile) and (own / "pconv_fill.py").read_text() == "mine"


def test_uninstall_leaves_what_is_not_ours(home: Path) -> None:
    other = home / "config" / "GIMP" / "3.0" / "plug-ins" / "other"
    settings = home / "config" / "pconv" / "config.toml"
    for path in (other, settings):
        path.parent.mkdir(parents=True)
        path.write_text("mine")
    assert command("install") == command("uninstall") == 0
    assert other.is_file() and settings.is_file()


def test_the_token_is_in_the_one_directory_of_settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that an older pconv kept in the platform's place goes on to be used, until all is uninstalled."""
    usual, chosen = home / "config" / "pconv" / "bridge-token", home / "chosen" / "bridge-token"
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(chosen.parent))
    made = bridge_token()
    assert chosen.read_text() == made and not usual.exists()
    chosen.unlink()
    usual.parent.mkdir()
    usual.write_text("of old")
    assert command("install") == 0
    assert chosen.read_text() == bridge_token() == "of old" and chosen.stat().st_mode & 0o777 == 0o600
    assert json.loads((home / "config/GIMP/3.0/plug-ins/pconv_fill/bridge.json").read_text())["token"] == "of old"
    assert command("uninstall") == 0
    assert not usual.exists() and not chosen.exists() and bridge_token() not in ("of old", made)


def test_old_plug_in_is_seen_and_replaced(tmp_path: Path) -> None:
    profile = Profile(tmp_path, "given")
    assert installer.state(profile) == "absent"
    folder = installer.install(profile)
    (folder / "pconv_link.py").write_text("old")
    (folder / "left_over.py").write_text("old")
    assert installer.state(profile) == "outdated"
    installer.install(profile)
    assert installer.state(profile) == "current" and not (folder / "left_over.py").exists()
    (folder / "bridge.json").write_text('{"command": ["/moved/python"]}')
    assert installer.state(profile) == "outdated"


def test_doctor_names_the_profiles_that_need_an_install(home: Path) -> None:
    assert doctor.gimp_check().state == "warning"
    command("install")
    assert doctor.gimp_check().state == "ok"
    link = home / "config" / "GIMP" / "3.0" / "plug-ins" / "pconv_fill" / "pconv_link.py"
    link.write_text("old")
    found = doctor.gimp_check()
    assert found.state == "warning" and "pconv gimp install" in found.fix and str(link.parents[2]) in found.detail


def programs(home: Path, **texts: str) -> None:
    for name, text in texts.items():
        program = home / name.replace("__", "/").replace("_", "-")
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)


def test_doctor_sees_that_this_terminals_python_has_no_gi(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command("install")
    programs(home, venv__python3="exit 1", system__python3="exit 0", system__gimp_console="exit 0")
    monkeypatch.setenv("PATH", f"{home / 'system'}:{home / 'venv'}")
    assert doctor.gimp_check().state == "ok"
    monkeypatch.setenv("PATH", f"{home / 'venv'}:{home / 'system'}")
    found = doctor.gimp_check()
    assert found.state == "warning" and str(home / "venv" / "python3") in found.detail and "deactivate" in found.fix
    programs(home, system__python3="exit 1")
    assert doctor.gimp_check().fix == "install python3-gi"


def test_proof_without_any_gi_names_the_cause(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(home, venv__python3="exit 1", venv__gimp_console="echo GLib-CRITICAL: assertion failed >&2; exit 1")
    monkeypatch.setenv("PATH", str(home / "venv"))
    with pytest.raises(PconvError, match=r"no python3 on PATH has gi.*install python3-gi"):
        installer.run_selftest(["gimp-console"])


def test_doctor_is_content_where_there_is_no_gimp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert doctor.gimp_check().state == "ok"


def test_settings_start_the_bridge(tmp_path: Path) -> None:
    settings = installer.settings(Profile(tmp_path, "given"))
    done = subprocess.run(
        settings["command"], env=settings["environment"], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_no_profile_and_no_gimp_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PconvError, match="start GIMP 3 once") as caught:
        command("install")
    assert caught.value.code == "no_gimp"
    assert main(["gimp", "install"]) == 2, "bad input, not a failed device"


def test_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "plug-ins").write_text("a file")
    with pytest.raises(PconvError, match="cannot be put into"):
        installer.install(Profile(tmp_path, "given"))


def test_gimp_2_is_not_taken_for_gimp_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version in (("gimp-console", "2.10.36"), ("gimp-console-3.0", "3.0.4")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho GNU Image Manipulation Program version {version}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_gimps() == [[str(tmp_path / "gimp-console-3.0")]]
    assert gimp_version(find_gimps()[0]) == "3.0"


@pytest.mark.gimp
def test_proof_is_a_fill_in_that_gimp(
    gimp_root: Path, share: Path, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIMP3_DIRECTORY", "/share/home")
    gimp = [str(ENTER), str(gimp_root), str(share), "gimp-console"]
    assert gimp_version(gimp).startswith("3.")
    assert installer.run_selftest(gimp).startswith("ok, GIMP 3.")
    before = (profile / installer.SETTINGS).read_text()
    connect(share, {"command": ["/nowhere"]})
    try:
        with pytest.raises(PconvError, match="cannot be started"):
            installer.run_selftest(gimp)
    finally:
        (profile / installer.SETTINGS).write_text(before)


@pytest.mark.gimp
def test_proof_in_an_activated_virtual_environment(gimp_root: Path, share: Path, profile: Path) -> None:
    """The installer runs beside GIMP, where a `python3` without gi lies first on PATH."""
    environment = share / "venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python3").symlink_to("/usr/bin/python3")
    (environment / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    packages = [*(REPOSITORY / name for name in ("plugin_gimp", "daemon", "model")), Path(platformdirs.__file__).parent]
    for package in packages:
        shutil.copytree(package, share / "code" / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    variables = {
        "GIMP3_DIRECTORY": "/share/home",
        "VIRTUAL_ENV": "/share/venv",
        "PATH": "/share/venv/bin:/usr/bin:/bin",
        "PYTHONPATH": "/share/code",
    }
    code = "from plugin_gimp import install; print(install.run_selftest(['gimp-console']))"
    words = [f"{name}={value}" for name, value in variables.items()]
    done = subprocess.run(
        [ENTER, gimp_root, share, "env", *words, "/usr/bin/python3", "-c", code],
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("ok, GIMP 3."), done.stderr
