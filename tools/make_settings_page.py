"""Write docs/reference/settings.md from the docstrings and bounds in src/isocenter/settings.py.

    python tools/make_settings_page.py

A test fails while the page differs from what this gives.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from isocenter.settings import PeerSettings, Settings

TARGET = Path(__file__).resolve().parent.parent / "docs/reference/settings.md"
HEAD = """# Settings

Made by `tools/make_settings_page.py` from `src/isocenter/settings.py`; a test fails when it is out of date.

A setting has one name, such as `dimse.port`. Its value comes from the first of these that has one:

1. the command line, for the few that `isocenter serve --help` lists;
2. the environment: `ISOCENTER_` and the name in capitals, two underscores for each dot (`ISOCENTER_DIMSE__PORT=104`);
3. a TOML file: the one that `--config` names, else `ISOCENTER_CONFIG`, else `isocenter.toml` in the data folder;
4. the default below.

A name in the file that is not below, or a value out of bounds, stops the program with a message that names the setting
and where the value came from. Settings are read once, at the start; `isocenter config` shows every setting, its value,
and where that comes from. Sizes are bytes, times are seconds.

```toml
data = "/var/lib/isocenter"

[dimse]
host = "0.0.0.0"
ae_title = "ARCHIVE"

[peers.ct1]
ae_title = "CT1"
host = "192.0.2.17"
default_issuer = "HOSPITAL"
```
"""
_BOUNDS = (("ge", "from {}"), ("gt", "above {}"), ("le", "up to {}"))
_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_PERIODS = ((86400, "days"), (3600, "hours"), (60, "minutes"))


def page() -> str:
    """Give the whole page."""
    nested = {name: field for name, field in Settings.model_fields.items() if _model(field) is not None}
    plain = {name: field for name, field in Settings.model_fields.items() if name not in nested and name != "peers"}
    parts = [HEAD, _section("General", "", Settings, plain, "")]
    for name, field in nested.items():
        model = _model(field)
        assert model is not None
        parts.append(_section(name, _first_line(model), model, model.model_fields, f"{name}."))
    peers = "Known peers, each under a name of your choice. " + _first_line(PeerSettings)
    parts.append(_section("peers.NAME", peers, PeerSettings, PeerSettings.model_fields, "peers.NAME."))
    return "\n".join(parts)


def _section(title: str, text: str, model: type[BaseModel], fields: dict[str, FieldInfo], prefix: str) -> str:
    lines = [f"## {title}", *([text, ""] if text else [""]), "| setting | values | default | what it does |"]
    lines.append("|---|---|---|---|")
    for name, field in fields.items():
        if not field.description:
            raise SystemExit(f"{model.__name__}.{name} has no docstring.")
        what = " ".join(field.description.split()).replace("|", "\\|")
        lines.append(f"| `{prefix}{name}` | {_values(field)} | {_default(name, field)} | {what.replace('``', '`')} |")
    return "\n".join(lines) + "\n"


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0].replace("``", "`")


def _model(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _values(field: FieldInfo) -> str:
    return ", ".join([_kind(field.annotation), *_bounds(field)])


def _kind(annotation: Any) -> str:  # Any: whatever a type annotation can be
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin is tuple:
        return "list of texts"
    if origin in (Union, types.UnionType):
        return _kind(next(kind for kind in arguments if kind is not type(None)))
    return {bool: "`true` or `false`", int: "whole number", float: "number", str: "text", Path: "folder"}[annotation]


def _bounds(field: FieldInfo) -> Iterator[str]:
    for bound in field.metadata:
        for attribute, text in _BOUNDS:
            if (value := getattr(bound, attribute, None)) is not None:
                yield text.format(f"{value:g}" if value < 10_000 else f"{value:,}")
        if (length := getattr(bound, "max_length", None)) is not None:
            yield f"up to {length} characters"


def _default(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return (
            f"`{value:g}`" + _in_words(name, value)
            if isinstance(value, float)
            else f"`{value}`{_in_words(name, value)}"
        )
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" if item else "empty" for item in value) or "none"
    return f"`{value}`" if str(value) else "empty"


def _in_words(name: str, value: float) -> str:
    units = _UNITS if name.endswith("_bytes") else _PERIODS if name.endswith("_seconds") else ()
    for size, unit in units:
        if value >= size and value % size == 0 and (value > size or unit.endswith("iB")):
            return f" ({value / size:g} {unit})"
    return ""


def main() -> None:
    """Write the page."""
    TARGET.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
