"""Write docs/reference/errors.md: the tree of errors, and what each door answers.

    python tools/make_errors_page.py

Made from src/isocenter/errors.py and the doors' own tables; a test fails while the page differs from what this gives.
"""

from __future__ import annotations

from pathlib import Path

from isocenter import errors
from isocenter.interfaces.dimse.statuses import failure_of
from isocenter.interfaces.web.accept import NotAcceptable
from isocenter.interfaces.web.problems import status_of
from isocenter.protocol.dimse import Service

TARGET = Path(__file__).resolve().parent.parent / "docs/reference/errors.md"
SERVICES = (Service.STORAGE, Service.FIND, Service.GET, Service.MOVE)
HEAD = """# Errors

Made by `tools/make_errors_page.py` from `src/isocenter/errors.py` and the tables of the doors
(`interfaces/dimse/statuses.py`, `interfaces/web/problems.py`); a test fails when it is out of date.

There is one tree of errors, and the type says who is to blame. Services raise them; a door maps them to its own codes
in one table. An error that is not listed in a door's table has the code of the nearest one above it. The message is
written for the other side: it names no patient, no path and no secret. Over DIMSE the first 64 characters of it are
the Error Comment (0000,0902), and the element at fault, where one is known, is the Offending Element (0000,0901). Over
HTTP it is the `detail` of a problem document (RFC 9457), whose `title` is the name in the first column.

A fault that nobody foresaw is answered with 0110 or 500 and says nothing of itself; the log has the trace.

Codes under C-GET and C-MOVE are those of the whole operation. An instance that cannot be sent is counted as failed,
and the operation ends with B000 or A702 (see [conformance](conformance.md#c-get-and-c-move)).

"""


def page() -> str:
    """Give the whole page."""
    lines = ["| error | meaning | C-STORE | C-FIND | C-GET | C-MOVE | HTTP |", "|---|---|---|---|---|---|---|"]
    lines += [_row(kind, depth) for kind, depth in _tree(errors.IsocenterError, 0)]
    return HEAD + "\n".join(lines) + "\n"


def _tree(kind: type[errors.IsocenterError], depth: int) -> list[tuple[type[errors.IsocenterError], int]]:
    """Give the public tree, and what the web door adds to it, parents first, in the order in which it is written."""
    shown = [child for child in kind.__subclasses__() if child.__module__ == errors.__name__ or child is NotAcceptable]
    return [(kind, depth), *(row for child in shown for row in _tree(child, depth + 1))]


def _row(kind: type[errors.IsocenterError], depth: int) -> str:
    error = kind.__new__(kind)
    name = "&nbsp;&nbsp;" * depth + f"`{kind.__name__}`"
    meaning = " ".join((kind.__doc__ or "").strip().partition("\n\n")[0].split())
    codes = [f"{failure_of(error, service).status:04X}" for service in SERVICES]
    return "| " + " | ".join([name, meaning, *codes, str(status_of(error))]) + " |"


def main() -> None:
    """Write the page."""
    TARGET.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
