"""What is matched through other rows: modalities, SOP classes, transfer syntaxes, requests (PS3.4 C.6.2.1.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, literal_column, not_, select

from isocenter.errors import BadRequest
from isocenter.index.match.text import match_text
from isocenter.index.query import EmptyValue, Match, SequenceMatch
from isocenter.index.schema import (
    content,
    instance,
    instance_alternate,
    is_live,
    series,
    series_request,
    study,
    study_modality,
)

__all__ = ["RELATED", "Related"]

_HAS_SERIES: ColumnElement[bool] = study_modality.c.series_count > literal_column("0")
_REQUEST_COLUMNS = {
    0x00400009: series_request.c.scheduled_procedure_step_id,
    0x00401001: series_request.c.requested_procedure_id,
}


@dataclass(frozen=True, slots=True)
class Related:
    """Rows elsewhere that belong to entities: ``refs`` selects the ids of those that fulfil a key, in ``ref``."""

    entity: ColumnElement[int]
    ref: ColumnElement[int]
    refs: Select[int]
    inverted: bool = False
    """Whether the entities asked for are those that ``refs`` does not name."""

    def among_few(self) -> ColumnElement[bool]:
        """Looks at the rows of each entity: right where other keys leave few."""
        found = exists(self.refs.where(self.ref == self.entity).correlate(self.entity.table))
        return not_(found) if self.inverted else found

    def among_all(self) -> ColumnElement[bool]:
        """Starts from the rows: right where this key is what narrows the query."""
        return self.entity.not_in(self.refs) if self.inverted else self.entity.in_(self.refs)


def _modalities_in_study(partition: int, match: Match) -> list[Related]:
    """Any of the study's modalities fits."""
    held = study_modality.c
    here = select(held.study_ref).where(held.partition_ref == partition, _HAS_SERIES)
    if isinstance(match, EmptyValue):
        return [Related(study.c.id, held.study_ref, here.where(held.modality != ""), inverted=True)]
    return [Related(study.c.id, held.study_ref, here.where(match_text(held.modality, match)))]


def _sop_classes_in_study(partition: int, match: Match) -> list[Related]:
    if isinstance(match, EmptyValue):
        return []
    held = select(series.c.study_ref).join(instance, instance.c.series_ref == series.c.id)
    held = held.where(instance.c.partition_ref == partition, is_live(), match_text(instance.c.sop_class_uid, match))
    return [Related(study.c.id, series.c.study_ref, held)]


def _available_transfer_syntax(partition: int, match: Match) -> list[Related]:
    """Kept so, or as another rendition."""
    if isinstance(match, EmptyValue):
        return []
    fits = match_text(content.c.transfer_syntax_uid, match)
    kept = select(content.c.id).where(fits)
    others = select(instance_alternate.c.instance_ref).join(content, content.c.id == instance_alternate.c.content_ref)
    return [
        Related(instance.c.content_ref, content.c.id, kept),
        Related(instance.c.id, instance_alternate.c.instance_ref, others.where(fits)),
    ]


def _request_attributes(partition: int, match: Match) -> list[Related]:
    """One item of Request Attributes Sequence fulfils all keys."""
    if not isinstance(match, SequenceMatch):
        raise BadRequest("a sequence is matched by keys inside its item", tag=0x00400275)
    held = series_request.c
    items = select(held.series_ref).where(held.partition_ref == partition)
    fits = and_(*(match_text(_REQUEST_COLUMNS[tag], key) for tag, key in match.items))
    found = [Related(series.c.id, held.series_ref, items.where(fits))]
    if all(isinstance(key, EmptyValue) for _, key in match.items):
        found.append(Related(series.c.id, held.series_ref, items, inverted=True))
    return found


RELATED: Mapping[int, Callable[[int, Match], list[Related]]] = {
    0x00080061: _modalities_in_study,
    0x00080062: _sop_classes_in_study,
    0x00083002: _available_transfer_syntax,
    0x00400275: _request_attributes,
}
"""Partition and match to where it may be fulfilled: in any of these."""
