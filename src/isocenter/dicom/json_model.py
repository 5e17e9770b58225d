"""The DICOM JSON model, both ways (PS3.18 Annex F).

`to_json` gives the object of one data set, ready for a JSON encoder; `from_json` reads one back. Decisions where
Annex F leaves a choice:

- **Numbers as text (IS, DS, SV, UV):** a JSON number when writing that number again gives the same characters, else
  the string as stored: ``1.5`` is a number, ``1.50``, ``+1`` and ``1e3`` are strings. So nothing is lost (F.2.3, note).
- **FL and FD** have no JSON form when they are not finite; they become ``"NaN"``, ``"Infinity"``, ``"-Infinity"``.
- **Text** comes without insignificant spaces (PS3.5 6.2). It is UTF-8 in JSON: as soon as one value is not plain ASCII,
  every Specific Character Set (0008,0005) of the model says ISO_IR 192, at the top level in any case.
- **Binary values whose length does not fit their VR,** and values of a VR that nobody knows, are UN with all their
  bytes.
- **BulkDataURI** stands for values left elsewhere (`BulkData`), for encapsulated pixel data, and for values longer
  than a threshold in the VRs that allow it. It is relative: ``bulkdata/00081111/1/7FE00010`` is the pixel data in the
  first item of that sequence.
- Groups 0000 and 0002, group lengths and items' delimiters are no part of the model.
"""

from __future__ import annotations

from isocenter.dicom._json_read import MAX_DEPTH, from_json
from isocenter.dicom._json_write import BULK_VRS, BulkPath, relative_bulk_uri, to_json

__all__ = ["BULK_VRS", "MAX_DEPTH", "BulkPath", "from_json", "relative_bulk_uri", "to_json"]
