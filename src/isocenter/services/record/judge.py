"""What becomes of an object whose SOP Instance UID may be known: the conflict rules of the record, in one place.

The first object under a UID is in force. The same object again is a duplicate. Another encoding of it is kept beside
it. Other metadata from the same sender is a new version; from another sender it is kept aside. Other pixels, or
another place in patient, study or series, are never taken for the same object: kept aside, listed, not served.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from isocenter.errors import ConflictRefused, DamagedContent, ObjectError, StorageError
from isocenter.index.record import Decision, Prior
from isocenter.index.schema import State
from isocenter.services.record.compare import Compared
from isocenter.services.record.entries import Arrived, Verdict
from isocenter.services.record.whole_object import Identity, WholeObject

__all__ = ["Judge"]

Lookup = Callable[[Sequence[str]], Mapping[str, Sequence[Prior]]]
Comparison = Callable[[Prior, Arrived], Compared]


class Judge:
    """Decides about arrivals; `lookup` finds the versions that the index holds, `compare` reads bytes when it must."""

    def __init__(self, lookup: Lookup, compare: Comparison) -> None:
        self._lookup = lookup
        self._compare = compare

    def decide(self, arrived: Sequence[Arrived]) -> list[Verdict]:
        """Return one verdict per arrival, in order. No two of them may share a SOP Instance UID."""
        known = self._lookup([entry.whole.identity.sop_instance_uid for entry in arrived])
        return [self._one(entry, known.get(entry.whole.identity.sop_instance_uid, ())) for entry in arrived]

    def _one(self, entry: Arrived, priors: Sequence[Prior]) -> Verdict:
        if not priors:
            return Verdict(Decision.NEW)
        current = _in_force(priors)
        for prior in priors:
            again = _again(prior, current) if prior.content_id == entry.whole.content_id else None
            if again is not None:
                return again
        if current is None:
            return Verdict(Decision.NEW)
        return _policy(self._against(entry, current), entry.whole)

    def _against(self, entry: Arrived, current: Prior) -> Verdict:
        """Compare with the version in force; its bytes differ."""
        moved = _moved(current, entry.whole.identity)
        if moved:
            return Verdict(Decision.CONFLICT, moved)
        try:
            compared = self._compare(current, entry)
        except (ObjectError, DamagedContent):
            return Verdict(Decision.CONFLICT, "not-comparable")  # a whole object is never refused for another's sake
        except StorageError as error:
            return Verdict(Decision.CONFLICT, refused=error)
        if not compared.same_patient:
            return Verdict(Decision.CONFLICT, "other-patient")
        if compared.same_pixels is False:
            return Verdict(Decision.CONFLICT, "other-pixels")
        if compared.same_metadata:
            return Verdict(Decision.ALTERNATE)
        if compared.same_pixels is None:
            return Verdict(Decision.CONFLICT, "other-metadata-and-encoding")
        if current.source == entry.whole.source.name:
            return Verdict(Decision.VERSION)
        return Verdict(Decision.SECOND_SOURCE, "second-source")


def _again(prior: Prior, current: Prior | None) -> Verdict | None:
    """Return the verdict on content that is known; None when it is to be judged as if it came for the first time."""
    if prior.purged or prior.state is State.PURGED:
        return None
    if prior.state is State.DELETED:
        # What took its place meanwhile stays in force, unless the rules for another version say otherwise.
        return Verdict(Decision.REVIVE) if current is None and not prior.alternate else None
    return Verdict(Decision.HEAL if prior.damaged else Decision.DUPLICATE)


def _in_force(priors: Sequence[Prior]) -> Prior | None:
    return next((prior for prior in priors if prior.state is State.LIVE and not prior.alternate), None)


def _moved(current: Prior, identity: Identity) -> str:
    """Return the kind of conflict when the object claims another place than the one it has, else nothing."""
    if current.sop_class_uid != identity.sop_class_uid:
        return "other-sop-class"
    if current.study_instance_uid != identity.study_instance_uid:
        return "other-study"
    if current.series_instance_uid != identity.series_instance_uid:
        return "other-series"
    return ""


def _policy(verdict: Verdict, whole: WholeObject) -> Verdict:
    """Turn what would be kept aside into a refusal, where the sender's profile asks for that."""
    aside = verdict.refused is None and verdict.decision in (Decision.CONFLICT, Decision.SECOND_SOURCE)
    if whole.source.conflicts == "keep" or not aside:
        return verdict
    return Verdict(
        verdict.decision,
        verdict.kind,
        ConflictRefused(f"The SOP Instance UID is taken by another object ({verdict.kind})."),
    )
