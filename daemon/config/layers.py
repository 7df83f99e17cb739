"""Where the values of a configuration come from: defaults < file < environment < flags."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from daemon.config.schema import DaemonConfig
from daemon.system.directories import config_directory
from model.errors import DaemonError

SYSTEM_FILE = Path("/etc/pconv/daemon.toml")


@dataclass(frozen=True)
class Option:
    """One setting. `key` is dotted, as it is named in errors; `type` is what msgspec checks a value against."""

    key: str
    type: Any
    default: Any

    @property
    def variable(self) -> str:
        return "PCONV_" + self.key.replace(".", "_").upper()

    @property
    def flag(self) -> str:
        return "--" + self.key.replace(".", "-").replace("_", "-")

    @property
    def is_list(self) -> bool:
        return isinstance(self.default, tuple)

    @property
    def is_for_the_file_alone(self) -> bool:
        """A table of tables does not fit into a variable or a flag."""
        return isinstance(self.default, dict)

    @property
    def help(self) -> str:
        parts = [meta.description for meta in getattr(self.type, "__metadata__", ()) if meta.description]
        parts += [f"{', '.join(typing.get_args(kind))}" for kind in _literals(self.type)]
        if self.is_list:
            parts.append("repeat for several")
        if self.default not in (None, (), {}):
            parts.append(f"default: {','.join(self.default) if self.is_list else self.default}")
        return "; ".join(parts).replace("%", "%%")


@dataclass(frozen=True)
class Resolved:
    """A configuration, and by dotted key what set each value: "default", a file, a variable or a flag."""

    config: DaemonConfig
    values: dict[str, Any]
    origins: dict[str, str]


def options(table: type[Struct] = DaemonConfig, prefix: str = "") -> Iterator[Option]:
    """Every setting of the table, sections last as they are written."""
    for field in msgspec.structs.fields(table):
        if _is_section(field.type):
            yield from options(field.type, f"{prefix}{field.name}.")
        else:
            made = field.default_factory
            yield Option(prefix + field.name, field.type, field.default if made is msgspec.NODEFAULT else made())


def add_flags(parser: argparse.ArgumentParser) -> None:
    """A flag for each setting, and --config. What is not given leaves no trace in the namespace."""
    parser.add_argument("--config", metavar="FILE", default=argparse.SUPPRESS, help="TOML file; default: $PCONV_CONFIG")
    for option in options():
        if option.is_for_the_file_alone:
            continue
        parser.add_argument(
            option.flag,
            dest=option.key,
            metavar=option.key.rpartition(".")[2].upper(),
            action="append" if option.is_list else "store",
            default=argparse.SUPPRESS,
            help=option.help,
        )


def resolve(
    given: argparse.Namespace,
    environment: Mapping[str, str] = os.environ,
    defaults: Mapping[str, Any] | None = None,
) -> Resolved:
    """The configuration that holds.

    Args:
        given: flags, as `add_flags` made them.
        defaults: by dotted key, in place of the table's own.

    Raises:
        PconvError: "bad_config" names the setting and where it was set.
    """
    known = {option.key: option for option in options()}
    values = {key: option.default for key, option in known.items()} | dict(defaults or {})
    origins = dict.fromkeys(values, "default")

    def put(key: str, value: Any, origin: str, strict: bool) -> None:
        try:
            values[key] = msgspec.convert(value, known[key].type, strict=strict)
        except msgspec.ValidationError as error:
            fault, setting = str(error).partition(" - at ")[0], _culprit(known[key], value)
            raise DaemonError("bad_config", f"{origin}: {setting} is refused: {fault}; correct it.") from error
        origins[key] = origin

    path = _file(given, environment)
    for key, value in _read(path, known).items() if path else ():
        put(key, value, str(path), strict=True)
    for key, option in known.items():
        if not option.is_for_the_file_alone and (text := environment.get(option.variable)):
            put(key, text.split(",") if option.is_list else text, "$" + option.variable, strict=False)
    for key, option in known.items():
        if hasattr(given, key):
            put(key, getattr(given, key), option.flag, strict=False)
    return Resolved(_build(DaemonConfig, values), values, origins)


def as_toml(resolved: Resolved) -> str:
    """The configuration as a file could hold it, each value with what set it."""
    lines, section = [], ""
    for option in options():
        if option.is_for_the_file_alone:
            continue
        head, _, name = option.key.rpartition(".")
        if head != section:
            section = head
            lines += ["", f"[{section}]"]
        lines.append(_line(name, resolved.values[option.key], resolved.origins[option.key]))
    for option in filter(lambda option: option.is_for_the_file_alone, options()):
        for name, table in msgspec.to_builtins(resolved.values[option.key]).items():
            lines += ["", f"[{option.key}.{json.dumps(name, ensure_ascii=False)}]"]
            lines += [_line(key, value, resolved.origins[option.key]) for key, value in table.items()]
    return "\n".join(lines)


def _line(name: str, value: Any, origin: str) -> str:
    shown = repr(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
    text = f"# {name} =" if value is None else f"{name} = {shown}"
    return f"{text:<44} # {origin}"


def _file(given: argparse.Namespace, environment: Mapping[str, str]) -> Path | None:
    """The file to read: one that is named must be there, the user's own need not.

    What root starts by hand is the system's daemon; what clients start for root is not.
    """
    named = getattr(given, "config", None) or environment.get("PCONV_CONFIG")
    if named:
        return Path(named)
    is_system = hasattr(os, "geteuid") and os.geteuid() == 0 and not getattr(given, "on_demand", False)
    usual = SYSTEM_FILE if is_system else config_directory() / "daemon.toml"
    return usual if usual.exists() else None


def _read(path: Path, known: Mapping[str, Option]) -> dict[str, Any]:
    try:
        values = _flat(tomllib.loads(path.read_text("utf-8")), known)
    except OSError as error:
        raise DaemonError("bad_config", f"{path} cannot be read: {error.strerror}; correct --config.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DaemonError("bad_config", f"{path} is not TOML: {error}; correct it.") from error
    for key in values:
        if key not in known:
            if any(other.startswith(f"{key}.") for other in known):
                raise DaemonError("bad_config", f"{path}: {key} is a section; write [{key}] and its settings below.")
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else "`pconv-daemon config` lists what there is."
            raise DaemonError("bad_config", f"{path}: there is no setting {key}; {hint}")
    return values


def _culprit(option: Option, value: Any) -> str:
    """The setting that is refused; in a table of tables the first table that is."""
    if option.is_for_the_file_alone and isinstance(value, dict):
        for name, part in value.items():
            try:
                msgspec.convert({name: part}, option.type)
            except msgspec.ValidationError:
                return f"{option.key}.{name} = {part!r}"
    return f"{option.key} = {value!r}"


def _flat(table: Mapping[str, Any], known: Mapping[str, Option], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        key = prefix + name
        if isinstance(value, dict) and value and key not in known:
            flat |= _flat(value, known, f"{key}.")
        elif not (value == {} and any(other.startswith(f"{key}.") for other in known)):
            flat[key] = value
    return flat


def _build(table: type[Struct], values: Mapping[str, Any], prefix: str = "") -> Any:
    return table(
        **{
            field.name: _build(field.type, values, f"{prefix}{field.name}.")
            if _is_section(field.type)
            else values[prefix + field.name]
            for field in msgspec.structs.fields(table)
        }
    )


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _literals(kind: Any) -> list[Any]:
    return [part for part in typing.get_args(kind) if typing.get_origin(part) is typing.Literal]
