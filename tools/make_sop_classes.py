"""Write src/isocenter/dicom/_sop_class_table.py: every SOP class and Meta SOP class of the standard.

Usage: python tools/make_sop_classes.py uids.json; then ruff format.

``uids.json`` lists the UIDs of edition 2026b with keyword, type and validity; names come from pydicom's UID dictionary
where it has them, else from the keyword, spelt apart.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from pydicom._uid_dict import UID_dictionary

TARGET = Path(__file__).parent.parent / "src/isocenter/dicom/_sop_class_table.py"
MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
STORAGE_ROOT = "1.2.840.10008.5.1.4.1.1."
HEAD = '''"""SOP classes of PS3.6 Table A-1, edition 2026b.

Made by tools/make_sop_classes.py.
"""

from __future__ import annotations

__all__ = ["OTHER", "STORAGE"]

# (UID, keyword, name, retired)
'''


def spelt_apart(keyword: str) -> str:
    """Turn ``RTPlanStorage`` into ``RT Plan Storage``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", keyword)


def name_of(uid: str, keyword: str) -> str:
    """Give the printed name without the words that only say what kind of UID it is."""
    name = UID_dictionary[uid][0] if uid in UID_dictionary else ""
    name = name or spelt_apart(keyword)
    return re.sub(r" (?:Meta )?SOP Class$| \(Retired\)$", "", name)


def main() -> None:
    """Write the table."""
    storage: dict[str, tuple[str, str, str, bool]] = {}
    other: dict[str, tuple[str, str, str, bool]] = {}
    for row in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        if row["type"] not in ("SOPClass", "MetaSOPClass"):
            continue
        uid = row["uid"]
        keep = storage if row["subtype"] == "Storage" and uid != MEDIA_DIRECTORY else other
        keep[uid] = (uid, row["keyword"], name_of(uid, row["keyword"]), row["validity"] != "Standard")
    for uid, (_, kind, _, retired, keyword) in UID_dictionary.items():
        if kind in ("SOP Class", "Meta SOP Class") and uid not in storage and uid not in other:
            keep = storage if uid.startswith(STORAGE_ROOT) else other
            keep[uid] = (uid, keyword, name_of(uid, keyword) or "Name withdrawn", bool(retired))
    text = HEAD
    for title, table in (("STORAGE", storage), ("OTHER", other)):
        rows = sorted(table.values(), key=lambda row: [int(part) for part in row[0].split(".")])
        lines = "".join(f'    ("{u}", "{k}", "{n}", {r}),\n' for u, k, n, r in rows)
        text += f"{title}: tuple[tuple[str, str, str, bool], ...] = (\n{lines})\n"
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
