"""Defaults < file < environment < flags, each value with its origin; what is misspelt is named, never ignored."""

from __future__ import annotations

import argparse
import os
import tomllib
from pathlib import Path

import msgspec
import pytest

from daemon.__main__ import main
from daemon.config.layers import Resolved, add_flags, as_toml, options, resolve
from daemon.config.schema import DaemonConfig, Quota
from model.errors import PconvError


def given(*arguments: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    return parser.parse_args([str(argument) for argument in arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "daemon.toml"


def resolved(file: Path, text: str, *arguments: object, **environment: str) -> Resolved:
    file.write_text(text)
    return resolve(given("--config", file, *arguments), environment)


def test_nothing_set_is_the_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("daemon.config.layers.SYSTEM_FILE", tmp_path / "none")
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(tmp_path))
    found = resolve(given(), {})
    assert found.config == DaemonConfig()
    assert set(found.origins.values()) == {"default"}


def test_each_layer_goes_before_the_last(file: Path) -> None:
    text = 'device = ["a"]\nthreads = 1\nidle_seconds = 5\nweights = "w"\n[limits]\nmax_requests = 7\nmax_pixels = 8\n'
    found = resolved(
        file, text, "--threads", 3, "--limits-max-pixels", 9, PCONV_THREADS="2", PCONV_DEVICE="b,c", PCONV_WEIGHTS=""
    )
    config = found.config
    assert (config.threads, config.device, config.idle_seconds, config.weights) == (3, ("b", "c"), 5.0, "w")
    assert (config.limits.max_requests, config.limits.max_pixels) == (7, 9)
    assert config.dtype == "auto"
    wanted = {"threads": "--threads", "device": "$PCONV_DEVICE", "idle_seconds": str(file), "dtype": "default"}
    wanted |= {"limits.max_requests": str(file), "limits.max_pixels": "--limits-max-pixels", "weights": str(file)}
    assert {key: found.origins[key] for key in wanted} == wanted


def test_a_starter_may_bring_its_own_defaults(file: Path) -> None:
    file.write_text("threads = 4")
    found = resolve(given("--config", file), {}, {"threads": 2, "idle_seconds": 9.0})
    assert (found.config.threads, found.config.idle_seconds) == (4, 9.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("thread = 4", "no setting thread; did you mean threads?"),
        ("[limits]\nmax_pixel = 4", "no setting limits.max_pixel; did you mean limits.max_pixels?"),
        ("[quux]\nx = 4", "no setting quux.x; `pconv-daemon config`"),
        ("[quux]", "no setting quux;"),
        ('threads = "4"', "threads = '4' is refused"),
        ("threads = true", "threads = True is refused"),
        ("threads = 0", "threads = 0 is refused"),
        ("limits = 3", "limits is a section; write [limits]"),
        ("[users.anna]\nmax_requests = 9\n[users.bob]\nmax_request = 9", "users.bob = {'max_request': 9} is refused"),
        ("device = [3]", "device = [3] is refused"),
        ('dtype = "float16"', "dtype = 'float16' is refused"),
        ("threads = ", "is not TOML"),
    ],
)
def test_what_is_wrong_in_the_file_is_named_with_the_file(file: Path, text: str, said: str) -> None:
    with pytest.raises(PconvError) as caught:
        resolved(file, text)
    assert caught.value.code == "bad_config"
    assert said in caught.value.message and str(file) in caught.value.message


def test_what_is_wrong_elsewhere_is_named_with_its_place(file: Path) -> None:
    with pytest.raises(PconvError, match=r"\$PCONV_THREADS: threads = 'many' is refused"):
        resolved(file, "", PCONV_THREADS="many")
    with pytest.raises(PconvError, match="--threads: threads = '0' is refused"):
        resolved(file, "", "--threads", 0)


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    for arguments, environment in ((("--config", tmp_path / "a"), {}), ((), {"PCONV_CONFIG": str(tmp_path / "a")})):
        with pytest.raises(PconvError, match="cannot be read"):
            resolve(given(*arguments), environment)


def test_the_users_own_file_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PCONV_CONFIG_DIR", str(tmp_path))
    monkeypatch.setattr("daemon.config.layers.SYSTEM_FILE", tmp_path / "system.toml")
    (tmp_path / "daemon.toml").write_text("threads = 1")
    (tmp_path / "system.toml").write_text("threads = 2")
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert resolve(given(), {}).config.threads == 1
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert resolve(given(), {}).config.threads == 2
    assert resolve(argparse.Namespace(on_demand=True), {}).config.threads == 1


def test_what_is_shown_is_a_file_that_says_the_same(file: Path) -> None:
    text = 'weights = "a \\"b\\".safetensors"\nsleep_seconds = inf'
    found = resolved(file, text, "--device", "cpu", "--device", "cuda:0")
    shown = as_toml(found)
    again = resolved(file, shown)
    assert again.config == found.config
    lines = {line.partition(" =")[0]: line.rpartition("# ")[2] for line in shown.splitlines() if " =" in line}
    assert lines["device"] == "--device" and lines["dtype"] == "default" and lines["weights"] == str(file)
    assert tomllib.loads(shown)["limits"] == msgspec.to_builtins(DaemonConfig().limits)


def test_users_have_quotas_of_their_own_in_the_file_alone(file: Path) -> None:
    text = (
        "[quota]\nmax_requests = 4\nburst_seconds = 3\n"
        "[users.anna]\nmax_requests = 9\n[users.1000]\npixels_per_second = inf\n"
    )
    found = resolved(file, text, PCONV_USERS="{}")
    assert found.config.users["anna"].over(found.config.quota) == Quota(max_requests=9, burst_seconds=3)
    assert found.config.users["1000"].over(found.config.quota).max_requests == 4
    assert resolved(file, as_toml(found)).config == found.config
    with pytest.raises(PconvError, match="max_request`"):
        resolved(file, "[users.anna]\nmax_request = 9")
    with pytest.raises(PconvError, match="is refused: Expected `int` >= 1; correct"):
        resolved(file, "[users.anna]\nmax_requests = 0")
    with pytest.raises(SystemExit):
        given("--users", "{}")


def test_every_setting_is_described_and_has_a_name_of_its_own() -> None:
    found = list(options())
    assert all(option.help for option in found)
    for option in found:
        msgspec.json.Decoder(option.type)  # a type that msgspec cannot check raises here
    assert len({option.flag for option in found}) == len({option.variable for option in found}) == len(found)


def test_the_command(file: Path, capsys: pytest.CaptureFixture) -> None:
    file.write_text("threads = 6")
    assert main(["config", "--config", str(file)]) == 0
    assert f"threads = 6 {'':32} # {file}" in capsys.readouterr().out
    file.write_text("thread = 6")
    assert main(["config", "--config", str(file)]) == 2
    assert "did you mean threads" in capsys.readouterr().err
