"""Gives back what is held: always what is in force, byte for byte as it was received where the caller takes that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from isocenter.errors import DamagedContent
from isocenter.index.finder import Finder
from isocenter.index.read import RetrieveLookups, StoredInstance
from isocenter.services.record.places import stored_location
from isocenter.services.retrieve.headers import HeaderMaker
from isocenter.services.retrieve.held import Outgoing, Scope, Selection
from isocenter.services.retrieve.reencode import choose, reencoded
from isocenter.services.retrieve.selecting import in_scope, matching
from isocenter.storage import PackReader

__all__ = ["Retrieve"]


class Retrieve:
    """Finds instances and reads them. Thread-safe. ``damaged`` hears of contents that are not what they were."""

    def __init__(
        self,
        lookups: RetrieveLookups,
        finder: Finder,
        storage: PackReader,
        headers: HeaderMaker,
        damaged: Callable[[bytes], None],
    ) -> None:
        self._lookups = lookups
        self._finder = finder
        self._storage = storage
        self._headers = headers
        self._damaged = damaged

    def select(self, scope: Scope) -> list[StoredInstance]:
        """List what an address names. Raises NotFound, or Gone for what was deleted."""
        return in_scope(self._lookups, scope)

    def matching(self, selection: Selection) -> list[StoredInstance]:
        """List what the unique keys of a retrieval name; none is no error."""
        return matching(self._lookups, self._finder, selection)

    def part10(self, held: StoredInstance) -> Iterator[bytes]:
        """Read an instance as a Part 10 file, in pieces, each verified. Raises DamagedContent, StorageError."""
        return self._read(held, 0, held.content.location.length)

    def data_set(self, held: StoredInstance) -> Iterator[bytes]:
        """Read an instance's data set as it was received, in pieces of even length but the last."""
        start = held.content.data_set_offset
        return self._read(held, start, start + held.content.data_set_length)

    def outgoing(self, held: StoredInstance, accepted: Sequence[str]) -> Outgoing | None:
        """Prepare an instance in one of the accepted transfer syntaxes; None when that cannot be done."""
        stored = held.content.transfer_syntax_uid
        chosen = choose(stored, accepted, held.content.data_set_length)
        if chosen is None:
            return None
        return Outgoing(chosen, self.data_set(held) if chosen == stored else self._reencoded(held, chosen))

    def metadata(self, instances: Iterable[StoredInstance]) -> Iterator[bytes]:
        """Give the DICOM JSON of each instance's header (PS3.18 F), without group 0002 and bulk data."""
        return self._headers.documents([held.content for held in instances])

    def _read(self, held: StoredInstance, start: int, stop: int) -> Iterator[bytes]:
        content = held.content
        if content.damaged:
            raise DamagedContent("The stored object is damaged; the exceptions list names it.")
        location = stored_location(content.location)
        try:
            with self._storage.pin(location):
                yield from self._storage.stream(location, content.checks, start=start, stop=stop)
        except DamagedContent:
            self._damaged(content.content_id)
            raise

    def _reencoded(self, held: StoredInstance, transfer_syntax_uid: str) -> Iterator[bytes]:
        yield reencoded(b"".join(self.data_set(held)), held.content.transfer_syntax_uid, transfer_syntax_uid)
