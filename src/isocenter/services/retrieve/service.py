"""Gives back what is held: always what is in force, byte for byte as it was received where the caller takes that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from isocenter.services.retrieve.headers import HeaderMaker
from isocenter.services.retrieve.held import Held, Outgoing, Scope, Selection
from isocenter.services.retrieve.reencode import choose, reencoded
from isocenter.storage import PackReader

__all__ = ["HeldInstances", "Retrieve"]


class HeldInstances(Protocol):
    """The part of the index that knows what is held."""

    def in_scope(self, scope: Scope) -> list[Held]:
        """List instances in force, in a stable order. Raises NotFound, or Gone for what was deleted."""

    def matching(self, selection: Selection) -> list[Held]:
        """List instances in force that have these unique keys; none is no error."""


class Retrieve:
    """Finds instances and reads them. Thread-safe."""

    def __init__(self, instances: HeldInstances, storage: PackReader, headers: HeaderMaker) -> None:
        self._instances = instances
        self._storage = storage
        self._headers = headers

    def select(self, scope: Scope) -> list[Held]:
        """List what an address names. Raises NotFound, or Gone for what was deleted."""
        return self._instances.in_scope(scope)

    def matching(self, selection: Selection) -> list[Held]:
        """List what the unique keys of a retrieval name."""
        return self._instances.matching(selection)

    def part10(self, held: Held) -> Iterator[bytes]:
        """Read an instance as a Part 10 file, in pieces, each verified. Raises DamagedContent, StorageError."""
        with self._storage.pin(held.location):
            yield from self._storage.stream(held.location, held.checks)

    def data_set(self, held: Held) -> Iterator[bytes]:
        """Read an instance's data set as it was received, in pieces of even length but the last."""
        with self._storage.pin(held.location):
            yield from self._storage.stream(
                held.location, held.checks, start=held.data_set_offset, stop=held.data_set_offset + held.data_set_length
            )

    def outgoing(self, held: Held, accepted: Sequence[str]) -> Outgoing | None:
        """Prepare an instance in one of the accepted transfer syntaxes; None when that cannot be done."""
        chosen = choose(held.transfer_syntax_uid, accepted, held.data_set_length)
        if chosen is None:
            return None
        if chosen == held.transfer_syntax_uid:
            return Outgoing(chosen, self.data_set(held))
        return Outgoing(chosen, self._reencoded(held, chosen))

    def metadata(self, instances: Iterable[Held]) -> Iterator[bytes]:
        """Give the DICOM JSON of each instance's header (PS3.18 F), without group 0002 and bulk data."""
        return self._headers.documents(instances)

    def _reencoded(self, held: Held, transfer_syntax_uid: str) -> Iterator[bytes]:
        yield reencoded(b"".join(self.data_set(held)), held.transfer_syntax_uid, transfer_syntax_uid)
