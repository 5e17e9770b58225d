"""Writes a peer into the settings file: one table is changed, every other line stays as somebody wrote it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from isocenter.errors import BadRequest, ConfigurationError
from isocenter.settings import PeerSettings

__all__ = ["write_peer"]

_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_TABLE = re.compile(r"\s*\[")

Values = Mapping[str, Any]  # Any: TOML values


def write_peer(file: Path, name: str, values: Values) -> None:
    """Add a peer, or change these values of one that is there; the file is replaced at once or not at all.

    Raises BadRequest for a name or values that cannot be, ConfigurationError for a file that cannot be changed
    without touching other lines.
    """
    if not _NAME.fullmatch(name):
        raise BadRequest("A peer's name has letters, digits, - and _ only.")
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    before = _parse(file, text)
    known = before.get("peers", {}).get(name, {})
    peer = {**known, **values}
    try:
        PeerSettings.model_validate(peer)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRequest(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}.") from None
    changed = _with_peer(text, name, peer)
    wanted = {**before, "peers": {**before.get("peers", {}), name: peer}}
    if _parse_or_none(changed) != wanted:
        raise ConfigurationError(
            f"The peers in {file} are written in a way that cannot be changed safely. Write it by hand:\n"
            + _table(name, peer)
        )
    _replace(file, changed)


def _parse(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"Settings file {file} is not TOML: {error}.") from None


def _parse_or_none(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _with_peer(text: str, name: str, peer: Values) -> str:
    """Put the peer's table in the place of the old one, or at the end; comments inside the old one go."""
    header = re.compile(rf"\s*\[\s*peers\s*\.\s*(?:{name}|\"{name}\"|'{name}')\s*\]\s*(?:#.*)?")
    lines = text.splitlines()
    start = next((at for at, line in enumerate(lines) if header.fullmatch(line)), None)
    table = _table(name, peer).splitlines()
    if start is None:
        lines += ["", *table] if lines else table
    else:
        end = next((at for at in range(start + 1, len(lines)) if _TABLE.match(lines[at])), len(lines))
        while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
            end -= 1  # blank lines and comments before the next table belong to that
        lines[start:end] = table
    return "\n".join(lines) + "\n"


def _table(name: str, peer: Values) -> str:
    return "\n".join([f"[peers.{name}]", *(f"{key} = {_value(value)}" for key, value in peer.items())])


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return '"' + "".join(_escape(character) for character in str(value)) + '"'


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return f"\\u{ord(character):04X}" if ord(character) < 0x20 or ord(character) == 0x7F else character


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.new")
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o600
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
