"""QIDO-RS: searching over HTTP (PS3.18 10.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from isocenter.dicom.dictionary import tag_for
from isocenter.dicom.tags import RETRIEVE_URL
from isocenter.errors import BadRequest
from isocenter.index.answers import Row
from isocenter.index.attributes import ATTRIBUTES
from isocenter.index.keys import KeyRules, read_keys
from isocenter.index.query import Level, Path, Query
from isocenter.interfaces.web.accept import chosen, requested_ranges
from isocenter.interfaces.web.json_rows import row_to_json
from isocenter.services.find import Find

__all__ = ["QidoDoor"]

DICOM_JSON = "application/dicom+json"
MAX_PARAMETERS = 100
"""Query parameters of one request."""

_STUDY = (
    0x00080020, 0x00080030, 0x00080050, 0x00080056, 0x00080061, 0x00080090, 0x00080201, 0x00081030, 0x00100010,
    0x00100020, 0x00100021, 0x00100030, 0x00100040, 0x0020000D, 0x00200010, 0x00201206, 0x00201208,
)  # fmt: skip
_SERIES = (
    0x00080060, 0x0008103E, 0x00080201, 0x0020000E, 0x00200011, 0x00201209, 0x00400244, 0x00400245, 0x00400275,
)  # fmt: skip
_INSTANCE = (
    0x00080016, 0x00080018, 0x00080056, 0x00083002, 0x00200013, 0x00280008, 0x00280010, 0x00280011, 0x00280100,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resource:
    """One searchable resource: the level of its answers and the attributes that are always in them."""

    level: Level
    returns: frozenset[int]


RESOURCES: Mapping[str, Resource] = {
    "studies": Resource(Level.STUDY, frozenset(_STUDY)),
    "study/series": Resource(Level.SERIES, frozenset(_SERIES)),
    "series": Resource(Level.SERIES, frozenset(_STUDY + _SERIES)),
    "study/instances": Resource(Level.IMAGE, frozenset(_SERIES + _INSTANCE)),
    "series/instances": Resource(Level.IMAGE, frozenset(_INSTANCE)),
    "instances": Resource(Level.IMAGE, frozenset(_STUDY + _SERIES + _INSTANCE)),
}
"""Table 10.6.1-2, with the attributes of Tables 10.6.3-3 to -5."""


@dataclass(frozen=True, slots=True)
class _Asked:
    keys: list[tuple[Path, str]]
    returns: frozenset[int]
    limit: int
    offset: int
    fuzzy: bool
    rules: KeyRules


class QidoDoor:
    """Makes QIDO-RS a door to `Find`."""

    def __init__(self, find: Find, max_results: int) -> None:
        self._find = find
        self._max_results = max_results

    async def search(self, request: Request, resource: Resource) -> Response:
        """Answer one search."""
        chosen(requested_ranges(request), [DICOM_JSON, "application/json"])
        asked = self._read(request, resource)
        query = read_keys(
            Query(resource.level, returns=asked.returns, relational=True, fuzzy=asked.fuzzy),
            [*asked.keys, *_path_keys(request)],
            asked.rules,
        )
        if query.ignored:
            name = "".join(f"{tag:08X}" for tag in query.ignored[0])
            raise BadRequest(f"{name} cannot be searched at this level.")
        base = str(request.base_url).rstrip("/") + "/dicomweb"
        return await run_in_threadpool(self._answer, query, asked, base)

    def _answer(self, query: Query, asked: _Asked, base: str) -> Response:
        limited = Query(
            query.level,
            query.partition,
            query.matches,
            query.returns,
            relational=True,
            limit=asked.limit,
            offset=asked.offset,
            fuzzy=query.fuzzy,
            timezone_offset=query.timezone_offset,
        )
        found = self._find.find(limited)
        rows = [row_to_json(row, {RETRIEVE_URL: ("UR", [_retrieve_url(base, row)])}) for row in found]
        if not rows:
            return Response(status_code=204)
        headers = {}
        if found.more:
            remaining = self._find.count(limited) - asked.offset - len(rows)
            headers["Warning"] = f"299 {base}: There are {remaining} additional results that can be requested"
        return Response(orjson.dumps(rows), media_type=DICOM_JSON, headers=headers)

    def _read(self, request: Request, resource: Resource) -> _Asked:
        parameters = request.query_params.multi_items()
        if len(parameters) > MAX_PARAMETERS:
            raise BadRequest(f"More than {MAX_PARAMETERS} parameters.")
        plain: dict[str, str] = {}
        included: list[str] = []
        keys: list[tuple[Path, str]] = []
        for name, value in parameters:
            if name == "includefield":
                included += [part for part in value.split(",") if part]
            elif name in ("limit", "offset", "fuzzymatching", "emptyvaluematching", "multiplevaluematching"):
                if name in plain:
                    raise BadRequest(f"The parameter {name} is given twice.")
                plain[name] = value
            elif name != "accept":
                keys.append((_path(name), _value(_path(name), value)))
        paths = [path for path, _ in keys]
        if len(set(paths)) != len(paths):
            raise BadRequest("An attribute is given twice.")
        return _Asked(
            keys,
            resource.returns | frozenset(_included(included, resource.level)),
            min(_number(plain, "limit", self._max_results), self._max_results),
            _number(plain, "offset", 0),
            _flag(plain, "fuzzymatching"),
            KeyRules(True, _flag(plain, "emptyvaluematching"), _flag(plain, "multiplevaluematching")),
        )


def _path_keys(request: Request) -> Iterator[tuple[Path, str]]:
    names = {"study": 0x0020000D, "series": 0x0020000E}
    for name, tag in names.items():
        if name in request.path_params:
            yield (tag,), request.path_params[name]


def _path(name: str) -> Path:
    """Read an attribute: keyword, eight hexadecimal digits, or several with dots between them."""
    return tuple(_tag(part) for part in name.split("."))


def _tag(name: str) -> int:
    if len(name) == 8:
        try:
            return int(name, 16)
        except ValueError:
            pass
    tag = tag_for(name)
    if tag is None:
        raise BadRequest(f"{name[:64]!r} is not an attribute.")
    return tag


def _value(path: Path, text: str) -> str:
    """Return a key's text; UIDs are separated by commas here and by backslashes in the query model."""
    described = ATTRIBUTES.get(path[0])
    return text.replace(",", "\\") if described is not None and described.vr == "UI" else text


def _included(names: list[str], level: Level) -> Iterator[int]:
    if "all" in names:
        yield from (tag for tag, known in ATTRIBUTES.items() if known.level <= level)
        return
    for name in names:
        tag = _path(name)[0]
        known = ATTRIBUTES.get(tag)
        if known is not None and known.level <= level:
            yield tag


def _number(plain: Mapping[str, str], name: str, default: int) -> int:
    text = plain.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        raise BadRequest(f"The parameter {name} is not a number.")
    return int(text)


def _flag(plain: Mapping[str, str], name: str) -> bool:
    text = plain.get(name, "false")
    if text not in ("true", "false"):
        raise BadRequest(f"The parameter {name} is true or false.")
    return text == "true"


def _retrieve_url(base: str, row: Row) -> str:
    url = f"{base}/studies/{row.values[0x0020000D][0]}"
    if row.level >= Level.SERIES:
        url += f"/series/{row.values[0x0020000E][0]}"
    if row.level >= Level.IMAGE:
        url += f"/instances/{row.values[0x00080018][0]}"
    return url
