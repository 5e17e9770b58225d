"""The exceptions list: what a person should look at. One open row for each kind and subject."""

from __future__ import annotations

from isocenter.index.write.batch import Batch

__all__ = ["open_exception", "resolve_exception"]


def open_exception(
    batch: Batch,
    partition: int,
    kind: str,
    subject: str,
    detail: str,
    *,
    study_ref: int | None = None,
    instance_ref: int | None = None,
) -> None:
    """List something, or change the detail of what is listed already. ``detail`` is JSON."""
    found = batch.session.first("exception", (partition, kind, subject))
    if found is None:
        row = (
            batch.ids.take("exception"),
            partition,
            kind,
            subject,
            batch.sequence,
            batch.at,
            study_ref,
            instance_ref,
            detail,
            None,
        )
        batch.session.run("insert_exception", row)
    elif found[1] != detail:
        batch.session.run("set_exception_detail", (detail, found[0]))


def resolve_exception(batch: Batch, partition: int, kind: str, subject: str) -> None:
    """Take something off the list; nothing happens when it is not on it."""
    batch.session.run("resolve_exception", (batch.sequence, partition, kind, subject))
