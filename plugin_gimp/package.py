"""`python -m plugin_gimp.package [FOLDER]`: the plug-in as a .gex archive, which GIMP 3 installs as an extension.

It holds no paths: when it runs it looks for what `pconv gimp connect` wrote, and for a `pconv` on PATH. The archive of
one state of the files is always the same, byte for byte.
"""

from __future__ import annotations

import argparse
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

from plugin_gimp.install import NAME, SOURCE, plug_in_files

DESCRIPTION = next((Path(__file__).resolve().parent / "extension").glob("*.metainfo.xml"))
IDENTITY = DESCRIPTION.name.removesuffix(".metainfo.xml")
EPOCH = (1980, 1, 1, 0, 0, 0)  # zip's first moment


def build(folder: Path) -> Path:
    """Write the archive into a folder, which is made; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"pconv-fill-{version()}.gex"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        _add(packed, DESCRIPTION, f"{IDENTITY}/{DESCRIPTION.name}")
        for name in plug_in_files():
            _add(packed, SOURCE / name, f"{IDENTITY}/{NAME}/{name.as_posix()}", name == Path(f"{NAME}.py"))
    return archive


def version() -> str:
    """The newest release that the description names."""
    release = ElementTree.parse(DESCRIPTION).find("releases/release")
    assert release is not None
    return release.attrib["version"]


def _add(packed: zipfile.ZipFile, path: Path, name: str, runs: bool = False) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (0o100755 if runs else 0o100644) << 16
    packed.writestr(entry, path.read_bytes())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("dist"))
    print(f"Written: {build(parser.parse_args().folder)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
