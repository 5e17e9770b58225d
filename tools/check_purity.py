"""Fails when a module of the sans-IO layers asks for a clock, a socket, a thread or chance by itself.

    python tools/check_purity.py [folder of the package]

import-linter checks the same imports; this also sees ``datetime.now()`` and the like, which an import cannot tell.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PURE = ("dicom", "protocol")
FORBIDDEN_MODULES = frozenset(
    {"socket", "ssl", "selectors", "asyncio", "uvloop", "threading", "multiprocessing", "concurrent", "subprocess"}
    | {"time", "random", "secrets"}
)
CLOCK_CALLS = frozenset({"now", "utcnow", "today"})
CLOCK_OWNERS = frozenset({"datetime", "date"})


def violations(source: str, name: str) -> Iterator[str]:
    """Yield a line for each thing in ``source`` that a pure module may not do."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=str(module), level=0):
                modules = [module]
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=attribute) if (
                owner in CLOCK_OWNERS and attribute in CLOCK_CALLS
            ):
                yield f"{name}:{node.lineno}: asks {owner}.{attribute} for the time; take it as a parameter"
                continue
            case _:
                continue
        for module in modules:
            if module.partition(".")[0] in FORBIDDEN_MODULES:
                yield f"{name}:{node.lineno}: imports {module}; this layer does no I/O and knows no clock"


def main() -> int:
    package = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "src" / "isocenter"
    files = [file for layer in PURE for file in sorted((package / layer).rglob("*.py"))]
    found = [line for file in files for line in violations(file.read_text(), str(file.relative_to(package)))]
    print("\n".join(found) or f"{len(files)} modules keep to values in, values out.")
    return 1 if found or not files else 0


if __name__ == "__main__":
    raise SystemExit(main())
