"""Keeps the DICOM JSON of each header, compressed so well that metadata is answered without opening a pack.

Headers of one series differ in few values: the first of a series becomes the dictionary of the others. A trained
dictionary serves single images. Every row names its dictionary, so that a better one can be taken at any time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import zstandard
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from zstandard import ZstdCompressionDict

from isocenter.errors import IndexFailure
from isocenter.index.schema import header, header_dictionary, instance
from isocenter.index.write import HeaderRow, HeaderUnit, IndexWriter, NewDictionary

__all__ = ["Headers"]

LEVEL = 6
"""Compression level of zstandard."""
CACHED_DICTIONARIES = 256
"""Dictionaries kept ready, about 100 KiB each."""
LARGEST_HEADER = 256 * 1024 * 1024
"""A header that would grow beyond this when opened is refused: the row is damaged."""
_CHUNK = 500


class Headers:
    """Puts and gets headers. ``get`` is safe from many threads; ``put`` is for the one job that makes headers."""

    def __init__(self, engine: Engine, writer: IndexWriter) -> None:
        self._engine = engine
        self._writer = writer
        self._dictionaries: OrderedDict[int, ZstdCompressionDict] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, headers: Mapping[int, bytes]) -> None:
        """Keep headers: JSON by content row. Returns when they are durable; one that is kept already stays.

        Raises what the writer's futures raise.
        """
        with self._connection() as connection:
            series = _series_of(connection, list(headers))
            known = self._of_series(connection, sorted(set(series.values())))
        made: dict[int, tuple[NewDictionary, ZstdCompressionDict]] = {}
        rows = []
        for content_ref, json in headers.items():
            series_ref = series.get(content_ref)
            if series_ref is None:
                rows.append(HeaderRow(content_ref, _compress(json, None)))
            elif series_ref in known:
                ref, dictionary = known[series_ref]
                rows.append(HeaderRow(content_ref, _compress(json, dictionary), ref))
            else:
                if series_ref not in made:
                    body = _compress(json, None)
                    made[series_ref] = NewDictionary("series", series_ref, body), _dictionary("series", json)
                new, dictionary = made[series_ref]
                rows.append(HeaderRow(content_ref, _compress(json, dictionary), new))
        if rows:
            self._writer.submit(HeaderUnit(tuple(rows))).result()

    def get(self, content_ref: int) -> bytes | None:
        """Return one header's JSON; None when it has not been made yet."""
        return self.get_many([content_ref]).get(content_ref)

    def get_many(self, content_refs: Sequence[int]) -> dict[int, bytes]:
        """Return the headers that are there, by content row."""
        found: dict[int, bytes] = {}
        with self._connection() as connection:
            for start in range(0, len(content_refs), _CHUNK):
                chosen = header.c.content_ref.in_(content_refs[start : start + _CHUNK])
                for content_ref, dictionary_ref, body in connection.execute(select(header).where(chosen)).all():
                    dictionary = None if dictionary_ref is None else self._read(connection, dictionary_ref)
                    found[content_ref] = _open(bytes(body), dictionary)
        return found

    def _of_series(self, connection: Connection, series: Sequence[int]) -> dict[int, tuple[int, ZstdCompressionDict]]:
        """Return the first dictionary of each series that has one."""
        found: dict[int, tuple[int, ZstdCompressionDict]] = {}
        columns = select(header_dictionary.c.series_ref, func.min(header_dictionary.c.id))
        for start in range(0, len(series), _CHUNK):
            chosen = header_dictionary.c.series_ref.in_(series[start : start + _CHUNK])
            for series_ref, ref in connection.execute(
                columns.where(chosen).group_by(header_dictionary.c.series_ref)
            ).all():
                found[series_ref] = ref, self._read(connection, ref)
        return found

    def _read(self, connection: Connection, ref: int) -> ZstdCompressionDict:
        with self._lock:
            dictionary = self._dictionaries.get(ref)
            if dictionary is not None:
                self._dictionaries.move_to_end(ref)
                return dictionary
        columns = select(header_dictionary.c.kind, header_dictionary.c.body)
        kind, body = connection.execute(columns.where(header_dictionary.c.id == ref)).one()
        dictionary = _dictionary(kind, _open(bytes(body), None))
        with self._lock:
            self._dictionaries[ref] = dictionary
            while len(self._dictionaries) > CACHED_DICTIONARIES:
                self._dictionaries.popitem(last=False)
        return dictionary

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise IndexFailure("the index does not answer") from error


def _series_of(connection: Connection, content_refs: Sequence[int]) -> dict[int, int]:
    """Return the series of each content that an instance holds."""
    found: dict[int, int] = {}
    columns = select(instance.c.content_ref, func.min(instance.c.series_ref)).group_by(instance.c.content_ref)
    for start in range(0, len(content_refs), _CHUNK):
        chosen = instance.c.content_ref.in_(content_refs[start : start + _CHUNK])
        found.update((row[0], row[1]) for row in connection.execute(columns.where(chosen)))
    return found


def _dictionary(kind: str, body: bytes) -> ZstdCompressionDict:
    form = zstandard.DICT_TYPE_FULLDICT if kind == "trained" else zstandard.DICT_TYPE_RAWCONTENT
    return ZstdCompressionDict(body, dict_type=form)


def _compress(json: bytes, dictionary: ZstdCompressionDict | None) -> bytes:
    return zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary, write_dict_id=False).compress(json)


def _open(body: bytes, dictionary: ZstdCompressionDict | None) -> bytes:
    try:
        if zstandard.frame_content_size(body) > LARGEST_HEADER:
            raise IndexFailure("a stored header is damaged: run fsck")
        return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(body)
    except zstandard.ZstdError as error:
        raise IndexFailure("a stored header is damaged: run fsck") from error
