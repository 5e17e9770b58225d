"""What is matched through other rows: modalities, SOP classes, transfer syntaxes, requests (PS3.4 C.6.2.1.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import ColumnElement, and_, false, literal_column, not_, select

from isocenter.errors import BadRequest
from isocenter.index.match.text import match_text
from isocenter.index.query import EmptyValue, Match, SequenceMatch
from isocenter.index.schema import content, instance, is_live, series, series_request, study, study_modality

__all__ = ["RELATED"]

_HAS_SERIES: ColumnElement[bool] = study_modality.c.series_count > literal_column("0")
_REQUEST_COLUMNS = {
    0x00400009: series_request.c.scheduled_procedure_step_id,
    0x00401001: series_request.c.requested_procedure_id,
}


def _modalities_in_study(partition: int, match: Match) -> ColumnElement[bool]:
    """Any of the study's modalities fits."""
    here = select(study_modality.c.study_ref).where(study_modality.c.partition_ref == partition, _HAS_SERIES)
    if isinstance(match, EmptyValue):
        return study.c.id.not_in(here.where(study_modality.c.modality != ""))
    return study.c.id.in_(here.where(match_text(study_modality.c.modality, match)))


def _sop_classes_in_study(partition: int, match: Match) -> ColumnElement[bool]:
    if isinstance(match, EmptyValue):
        return false()
    held = select(series.c.study_ref).join(instance, instance.c.series_ref == series.c.id)
    held = held.where(instance.c.partition_ref == partition, is_live(), match_text(instance.c.sop_class_uid, match))
    return study.c.id.in_(held)


def _available_transfer_syntax(partition: int, match: Match) -> ColumnElement[bool]:
    if isinstance(match, EmptyValue):
        return false()
    kept = select(content.c.id).where(match_text(content.c.transfer_syntax_uid, match))
    return instance.c.content_ref.in_(kept)


def _request_attributes(partition: int, match: Match) -> ColumnElement[bool]:
    """One item of Request Attributes Sequence fulfils all keys."""
    if not isinstance(match, SequenceMatch):
        raise BadRequest("a sequence is matched by keys inside its item", tag=0x00400275)
    conditions = [match_text(_REQUEST_COLUMNS[tag], key) for tag, key in match.items]
    items = select(series_request.c.series_ref).where(series_request.c.partition_ref == partition)
    found = series.c.id.in_(items.where(and_(*conditions)))
    if all(isinstance(key, EmptyValue) for _, key in match.items):
        return found | not_(series.c.id.in_(items))
    return found


RELATED: Mapping[int, Callable[[int, Match], ColumnElement[bool]]] = {
    0x00080061: _modalities_in_study,
    0x00080062: _sop_classes_in_study,
    0x00083002: _available_transfer_syntax,
    0x00400275: _request_attributes,
}
"""Partition and match to a condition on the row of the attribute's own level."""
