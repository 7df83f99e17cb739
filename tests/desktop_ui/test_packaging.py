"""What a Linux desktop and a wheel need."""

from __future__ import annotations

import configparser
import tomllib
from pathlib import Path
from xml.etree import ElementTree

from desktop_ui.document.project import SUFFIX
from desktop_ui.ui.icons import program_icon

ROOT = Path(__file__).parents[2]
RESOURCES = ROOT / "desktop_ui" / "resources"


def test_the_desktop_entry_starts_the_console_script_and_names_the_projects_type() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str
    entry.read(RESOURCES / "pconv-editor.desktop", "utf-8")
    section = entry["Desktop Entry"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert section["Exec"].split()[0] in project["project"]["gui-scripts"]
    mime = ElementTree.parse(RESOURCES / "pconv-project.xml").getroot()[0]
    assert mime.get("type") in section["MimeType"].split(";")
    assert [one.get("pattern") for one in mime if one.tag.endswith("glob")] == [f"*{SUFFIX}"]
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert all((ROOT / source).is_file() for source in shared)
    assert f"/{section['Icon']}.svg" in " ".join(shared.values())


def test_the_icon_is_drawn_at_every_size(qapp) -> None:
    for side in (16, 48, 256):
        image = program_icon().pixmap(side, side).toImage()
        assert image.width() == side and image.pixelColor(side // 2, side // 2).alpha() == 255
        assert image.pixelColor(0, 0).alpha() == 0
