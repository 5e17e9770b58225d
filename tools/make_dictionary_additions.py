"""Write src/isocenter/dicom/_dictionary_additions.py: attributes newer than pydicom's dictionary.

Usage: python tools/make_dictionary_additions.py attributes_added_2024e_to_2026b.json; then ruff format.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from pydicom.datadict import DicomDictionary

TARGET = Path(__file__).parent.parent / "src/isocenter/dicom/_dictionary_additions.py"
HEAD = '''"""Attributes of edition 2026b that pydicom 3.0.2 lacks (PS3.6 chapter 6).

Made by tools/make_dictionary_additions.py. The source gives no names, so they are the keywords, spelt apart.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["ADDITIONS"]

# tag: (VR, VM, name, "Retired" or empty, keyword), as in pydicom's dictionary.
ADDITIONS: Mapping[int, tuple[str, str, str, str, str]] = {
'''


def spelt_apart(keyword: str) -> str:
    """Turn ``RTPlanDate`` into ``RT Plan Date``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", keyword)
    return re.sub(r"\b(Of|For|To|And|In|On|By)\b", lambda word: word.group().lower(), words)


def main() -> None:
    """Write the table."""
    lines = []
    for row in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        tag = int(row["tag"][1:5] + row["tag"][6:10], 16)
        if tag in DicomDictionary:
            continue
        name = spelt_apart(row["keyword"])
        values = ", ".join(f'"{text}"' for text in (row["vr"].upper(), row["vm"], name, "", row["keyword"]))
        lines.append((tag, f"    0x{tag:08X}: ({values}),\n"))
    TARGET.write_text(HEAD + "".join(line for _, line in sorted(lines)) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
