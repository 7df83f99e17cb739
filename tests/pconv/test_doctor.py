"""What `pconv doctor` says of an installation that lies beside others."""

from __future__ import annotations

from pathlib import Path

import pytest

from pconv.commands.doctor import Check, examine


def _install(site: Path, name: str, *files: str) -> None:
    """Lay down the record that pip leaves of a package with these files."""
    record = site / f"{name.replace('-', '_')}-1.0.dist-info"
    record.mkdir(parents=True)
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (record / "RECORD").write_text("".join(f"{file},,\n" for file in files))


def _package_names() -> Check:
    return next(check for check in examine() if check.name == "package names")


def test_another_package_with_a_folder_of_ours_is_named_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(tmp_path, "python-daemon", "daemon/__init__.py", "daemon/daemon.py")
    _install(tmp_path, "some-model", "model.py")
    monkeypatch.syspath_prepend(tmp_path)
    found = _package_names()
    assert found.state == "fault"
    assert "python-daemon also has daemon" in found.detail and "some-model also has model" in found.detail
    assert "training" not in found.detail
    assert "pipx install" in found.fix


def test_our_own_record_and_packages_of_other_names_are_no_clash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(tmp_path, "pconv", "pconv/__init__.py", "daemon/__init__.py", "model/__init__.py")
    _install(tmp_path, "daemonize", "daemonize.py")
    monkeypatch.syspath_prepend(tmp_path)
    assert _package_names().state == "ok"
