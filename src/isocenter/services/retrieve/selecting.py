"""Which instances a retrieval means: found by the same query model that answers searches."""

from __future__ import annotations

from isocenter.errors import Gone, NotFound
from isocenter.index.attributes import UNIQUE_KEYS
from isocenter.index.finder import Finder
from isocenter.index.query import Level, Match, Path, Query, SingleValue, UidList
from isocenter.index.read import RetrieveLookups, StoredInstance
from isocenter.services.retrieve.held import Scope, Selection

__all__ = ["in_scope", "matching"]

_STUDY, _SERIES, _INSTANCE = (UNIQUE_KEYS[level] for level in (Level.STUDY, Level.SERIES, Level.IMAGE))


def in_scope(lookups: RetrieveLookups, scope: Scope) -> list[StoredInstance]:
    """List what an address names, in a stable order. Raises NotFound, or Gone for what was deleted."""
    uids = (scope.study_instance_uid, scope.series_instance_uid, scope.sop_instance_uid)
    found = lookups.instances(*uids)
    if not found:
        if lookups.was_deleted(*uids):
            raise Gone("This was here and has been deleted.")
        raise NotFound("This is not here.")
    return found


def matching(lookups: RetrieveLookups, finder: Finder, selection: Selection) -> list[StoredInstance]:
    """List what unique keys name; none is no error."""
    level = max(selection.level, Level.STUDY)
    matches = tuple((_path(each), _match(each, values)) for each, values in selection.keys.items())
    rows = finder.find(Query(level, matches=matches, relational=True))
    wanted: dict[tuple[str, str | None], set[str]] = {}
    for row in rows:
        series = row.values[_SERIES][0] if level >= Level.SERIES else None
        instances = wanted.setdefault((row.values[_STUDY][0], series), set())
        if level >= Level.IMAGE:
            instances.add(row.values[_INSTANCE][0])
    return [
        held
        for (study, series), instances in wanted.items()
        for held in lookups.instances(study, series)
        if not instances or held.sop_instance_uid in instances
    ]


def _path(level: Level) -> Path:
    return (UNIQUE_KEYS[level],)


def _match(level: Level, values: tuple[str, ...]) -> Match:
    if level is Level.PATIENT or len(values) == 1:
        return SingleValue(values[0])
    return UidList(values)
