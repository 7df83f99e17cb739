"""The .gex archive: what is in it, and that a GIMP which gets nothing else fills by it."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import pytest

from plugin_gimp import package
from plugin_gimp.install import FOR_USER, NAME, SETTINGS, connect, disconnect
from tests.plugin_gimp.conftest import REPOSITORY, bridge_command, bridge_environment
from tests.plugin_gimp.gimp_session import GimpSession

FILL = """
image, layer = picture()
select(image, 60, 50, 40, 30)
procedure = Gimp.get_pdb().lookup_procedure("plug-in-pconv-fill")
error = call(image, [layer])[1]
"""


def test_archive_holds_the_plug_in_its_description_and_no_paths(tmp_path: Path) -> None:
    archive = package.build(tmp_path / "one")
    assert archive.suffix == ".gex"
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
        text = packed.read(f"{package.IDENTITY}/{package.IDENTITY}.metainfo.xml")
        runs = [name for name in names if packed.getinfo(name).external_attr >> 16 & 0o111]
    described = ElementTree.fromstring(text)
    assert described.findtext("id") == package.IDENTITY
    paths = [value.text for value in described.iter("value") if value.get("key") == "GIMP::plug-in-path"]
    assert runs == [f"{package.IDENTITY}/{path}" for path in sorted(set(paths))] and len(paths) == 2
    assert {f"{package.IDENTITY}/{NAME}/{name}" for name in ("icon.png", "help/en/fill.html")} <= set(names)
    assert not [name for name in names if name.endswith(SETTINGS) or "__pycache__" in name]
    assert package.build(tmp_path / "two").read_bytes() == archive.read_bytes()


def test_description_is_of_this_version_and_valid() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert package.version() == project["version"]
    if shutil.which("appstreamcli"):
        command = ["appstreamcli", "validate", "--no-net", str(package.DESCRIPTION)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_connect_tells_where_pconv_is(private_config: None) -> None:
    path = connect()
    told = json.loads(path.read_text())
    assert path.name == FOR_USER and path.stat().st_mode & 0o077 == 0
    assert told["command"][-1] == "plugin_gimp.bridge" and told["token"]
    disconnect()
    assert not path.exists()


@pytest.mark.gimp
def test_gimp_fills_by_the_archive_alone_and_speaks_german(
    gimp_root: Path, share: Path, profile: Path, private_daemon: Path, tmp_path: Path
) -> None:
    """Unpacked and made active as GIMP does it; its own importer is not in Debian's build."""
    shutil.copytree(share / "home", tmp_path / "home", ignore=shutil.ignore_patterns(NAME))
    with zipfile.ZipFile(package.build(tmp_path)) as packed:
        for entry in packed.infolist():
            target = Path(packed.extract(entry, tmp_path / "home" / "extensions"))
            target.chmod(entry.external_attr >> 16 & 0o777)
    (tmp_path / "home" / "extensionrc").write_text(f'(GimpExtension "{package.IDENTITY}" (active yes))\n')
    user = tmp_path / "config" / "pconv"
    user.mkdir(parents=True)
    session = GimpSession(gimp_root, tmp_path, language="de")
    try:
        label, error = session.run(FILL + "return procedure.get_menu_label(), error")
        assert label == "Partial-Conv-_Füllung …"
        assert error.startswith("Das Plugin weiß nicht, wo pconv ist")
        told = {"command": bridge_command(), "environment": bridge_environment()}
        (user / FOR_USER).write_text(json.dumps(told))
        assert session.run(FILL + "return error, [layer.get_name() for layer in image.get_layers()]") == [
            None,
            ["Partial-Conv-Füllung", "picture"],
        ]
    finally:
        session.close()
