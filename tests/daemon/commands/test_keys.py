"""`pconv-daemon keys`, `pconv key` and `pconv use` as administrator and user meet them."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.__main__ import main as daemon_main
from daemon.client.default_address import get_default
from pconv.__main__ import main

ADDRESS = "tcp://workstation:7766?key="


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("PCONV_ADDRESS", raising=False)
    monkeypatch.setattr("socket.gethostname", lambda: "workstation")


def keys(*arguments: str) -> int:
    return daemon_main(["keys", *arguments])


def my_key(capsys: pytest.CaptureFixture) -> str:
    capsys.readouterr()
    assert main(["key"]) == 0
    return capsys.readouterr().out.strip()


def test_two_commands_for_the_administrator_and_two_for_the_user(capsys: pytest.CaptureFixture) -> None:
    assert keys("init") == 0
    key = my_key(capsys)
    assert my_key(capsys) == key and len(key) == 52
    assert keys("add", "anna", key) == 0
    (address,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(ADDRESS)]
    assert main(["use", address]) == 0
    assert get_default() == address
    assert keys("list") == 0
    assert capsys.readouterr().out.split()[-2:] == ["anna", key]
    assert keys("revoke", "anna") == 0
    capsys.readouterr()
    assert keys("list") == 0 and not capsys.readouterr().out


def test_the_address_to_hand_out_is_what_is_listened_at(capsys: pytest.CaptureFixture) -> None:
    keys("init")
    capsys.readouterr()
    listen = (
        "--listen",
        "local",
        "--listen",
        "tcp://*:99",
        "--listen",
        "tcp://10.0.0.5:98",
        "--listen",
        "tcp://[::]:97",
    )
    assert keys("show", *listen) == 0
    shown = capsys.readouterr()
    hosts = [line.partition("?key=")[0] for line in shown.out.splitlines()]
    assert hosts == ["tcp://workstation:99", "tcp://10.0.0.5:98", "tcp://workstation:97"] and not shown.err
    assert keys("show") == 0
    assert "does not listen by TCP yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show",), "keys init"),
        (("add", "anna", "aa"), "no key"),
        (("revoke", "anna"), "no key of 'anna'"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture) -> None:
    assert keys(*arguments) == 1
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1 and said in told[0]


def test_a_damaged_file_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    keys("init")
    keys("add", "anna", my_key(capsys))
    (tmp_path / "keys" / "users" / "bob").write_text("?")
    capsys.readouterr()
    assert keys("list") == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("anna") and "users/bob" in shown.err


def test_which_daemon_is_used(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    assert get_default() is None
    assert main(["use", "ipc:///run/pconv.sock"]) == 0 and get_default() == "ipc:///run/pconv.sock"
    monkeypatch.setenv("PCONV_ADDRESS", "tcp://a:1")
    assert get_default() == "tcp://a:1"
    monkeypatch.delenv("PCONV_ADDRESS")
    assert main(["use", "nowhere"]) == 3 and get_default() == "ipc:///run/pconv.sock"
    assert main(["use", "tcp://a:1?key=cut"]) == 3
    capsys.readouterr()
    assert main(["use", "local"]) == 0 and capsys.readouterr().out == "local\n"
    assert get_default() is None
