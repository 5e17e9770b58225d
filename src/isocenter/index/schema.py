"""The tables of the index, the same for SQLite and PostgreSQL.

Conventions that queries rely on:

- ``<table>_ref`` is a foreign key to ``<table>.id``; the DICOM terms keep their own names, so ``patient.patient_id`` is
  (0010,0020) and ``study.study_id`` is (0020,0010).
- Text is never NULL: absent and empty are both ``''``. It sorts and compares by bytes (collation C).
- Dates (DA) are ``YYYYMMDD`` text. Times (TM) are kept as received, trimmed, beside ``*_micros``:
  microseconds since midnight, NULL when absent or malformed.
- Integers in text form (IS) are canonical decimal text (``"01"`` is ``"1"``; what is no integer stays as received),
  beside ``*_order``, the number to sort by.
- Moments are microseconds since 1970-01-01 UTC, in columns that end in ``at`` (or ``until``).
- A person name has five columns: as received (decoded, all groups), three folded groups, one phonetic key.
- A patient, study or series without live instances keeps its row with ``instance_count`` 0: doors must not show it.
- What doors serve is ``instance.state == State.LIVE``; use the constants below, so that the partial indexes apply.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

__all__ = [
    "DEFAULT_PARTITION",
    "JobState",
    "State",
    "container",
    "content",
    "exception",
    "header",
    "header_dictionary",
    "hold",
    "instance",
    "instance_alternate",
    "is_live",
    "is_not_live",
    "job",
    "journal",
    "journal_instance",
    "metadata",
    "partition",
    "patient",
    "series",
    "series_request",
    "series_variant",
    "study",
    "study_modality",
    "study_variant",
]

DEFAULT_PARTITION = 1
"""Id of the partition that is there from the start, named ``default``."""


class State(IntEnum):
    """What holds for one version of an instance; doors serve ``LIVE`` only."""

    LIVE = 0
    SUPERSEDED = 1
    QUARANTINED = 2
    REJECTED = 3
    DELETED = 4
    PURGED = 5


class JobState(IntEnum):
    """Where a job of the ledger stands."""

    PENDING = 0
    LEASED = 1
    DONE = 2
    POISON = 3


metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

_ID = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite makes only ``INTEGER PRIMARY KEY`` the row id itself."""

_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared by bytes, so that both engines sort alike and prefixes use an index."""


def _id() -> Column[int]:
    return Column("id", _ID, primary_key=True, autoincrement=False)


def _text(name: str) -> Column[str]:
    return Column(name, _TEXT, nullable=False, server_default="")


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


def _ref(table: str, *, nullable: bool = False) -> Column[int]:
    return Column(f"{table}_ref", _ID, ForeignKey(f"{table}.id"), nullable=nullable)


def _name_columns(name: str) -> list[Column[str]]:
    """Return the five columns of a person name."""
    return [
        _text(name),
        _text(f"{name}_alphabetic_folded"),
        _text(f"{name}_ideographic_folded"),
        _text(f"{name}_phonetic_folded"),
        _text(f"{name}_phonetic_key"),
    ]


def _name_indexes(table: str, name: str) -> list[Index]:
    groups = ("alphabetic_folded", "ideographic_folded", "phonetic_folded", "phonetic_key")
    return [Index(f"{table}_{name}_{group}_idx", "partition_ref", f"{name}_{group}") for group in groups]


def _indexes(table: str, *columns: str) -> list[Index]:
    return [Index(f"{table}_{column}_idx", "partition_ref", column) for column in columns]


partition = Table("partition", metadata, _id(), Column("name", _TEXT, nullable=False, unique=True))

patient = Table(
    "patient",
    metadata,
    _id(),
    _ref("partition"),
    _text("issuer_of_patient_id"),
    _text("patient_id"),
    _text("person"),  # '' | which of several people under one ID | 'study:<uid>' when the ID names nobody
    *_name_columns("patient_name"),
    _text("patient_birth_date"),
    _text("patient_birth_time"),
    _text("patient_sex"),
    _text("other_patient_names"),
    _text("ethnic_group"),
    _text("patient_comments"),
    _count("study_count"),  # studies with live instances
    _count("series_count"),
    _count("instance_count"),
    UniqueConstraint("partition_ref", "patient_id", "issuer_of_patient_id", "person"),
    *_name_indexes("patient", "patient_name"),
    *_indexes("patient", "patient_birth_date"),
)

study = Table(
    "study",
    metadata,
    _id(),
    _ref("partition"),
    _ref("patient"),
    _text("study_instance_uid"),
    _text("study_date"),
    _text("study_time"),
    _number("study_time_micros"),
    _text("accession_number"),
    _text("study_id"),
    _text("study_description"),
    *_name_columns("referring_physician_name"),
    _text("timezone_offset_from_utc"),
    _text("claimed_issuer"),  # this study's own winning values; its patient is found from them
    _text("claimed_patient_id"),
    _text("claimed_name_folded"),
    _text("claimed_birth_date"),
    _count("series_count"),  # series with live instances
    _count("instance_count"),
    Column("updated_sequence", BigInteger, nullable=False),  # the last journal event that changed what it holds
    UniqueConstraint("partition_ref", "study_instance_uid"),
    Index("study_patient_ref_idx", "patient_ref"),
    Index("study_study_date_idx", "partition_ref", "study_date", "study_time_micros"),
    Index("study_claimed_patient_id_idx", "partition_ref", "claimed_patient_id", "claimed_issuer"),
    *_indexes("study", "study_time_micros", "accession_number", "study_id"),
    *_name_indexes("study", "referring_physician_name"),
)

study_variant = Table(
    "study_variant",
    metadata,
    _id(),
    _ref("study"),
    Column("digest", LargeBinary, nullable=False),
    Column("patient_digest", LargeBinary, nullable=False),  # of the patient's part alone
    Column("attributes", _TEXT, nullable=False),  # JSON object: column name -> value
    _count("instance_count"),  # live instances that hold these values
    UniqueConstraint("study_ref", "digest"),
)

study_modality = Table(
    "study_modality",
    metadata,
    Column("study_ref", _ID, ForeignKey("study.id"), primary_key=True),
    Column("modality", _TEXT, primary_key=True),
    Column("partition_ref", _ID, nullable=False),
    _count("series_count"),
    *_indexes("study_modality", "modality"),
    sqlite_with_rowid=False,
)
"""Modalities in Study (0008,0061): those of the series that have live instances."""

series = Table(
    "series",
    metadata,
    _id(),
    _ref("partition"),
    _ref("study"),
    _text("series_instance_uid"),
    _text("modality"),
    _text("series_number"),
    _number("series_order"),
    _text("series_description"),
    _text("body_part_examined"),
    _text("laterality"),
    _text("performed_procedure_step_start_date"),
    _text("performed_procedure_step_start_time"),
    _number("performed_procedure_step_start_time_micros"),
    _text("timezone_offset_from_utc"),
    _count("instance_count"),
    UniqueConstraint("study_ref", "series_instance_uid"),
    *_indexes(
        "series",
        "series_instance_uid",
        "modality",
        "series_number",
        "performed_procedure_step_start_date",
        "performed_procedure_step_start_time_micros",
    ),
)

series_variant = Table(
    "series_variant",
    metadata,
    _id(),
    _ref("series"),
    Column("digest", LargeBinary, nullable=False),
    Column("attributes", _TEXT, nullable=False),
    _count("instance_count"),
    UniqueConstraint("series_ref", "digest"),
)

series_request = Table(
    "series_request",
    metadata,
    Column("series_ref", _ID, ForeignKey("series.id"), primary_key=True),
    Column("item", SmallInteger, primary_key=True),
    Column("partition_ref", _ID, nullable=False),
    _text("scheduled_procedure_step_id"),
    _text("requested_procedure_id"),
    *_indexes("series_request", "scheduled_procedure_step_id", "requested_procedure_id"),
    sqlite_with_rowid=False,
)
"""Items of Request Attributes Sequence (0040,0275) in force for a series."""

container = Table(
    "container",
    metadata,
    _id(),
    Column("kind", _TEXT, nullable=False),  # 'pack' or 'file'
    Column("name", _TEXT, nullable=False),
    Column("indexed_end", BigInteger, nullable=False),  # everything before this offset is in the index
    UniqueConstraint("name", "kind"),
)
"""What holds content: a pack, or a file adopted where it lies."""

content = Table(
    "content",
    metadata,
    _id(),
    Column("content_id", LargeBinary, nullable=False, unique=True),
    Column("transfer_syntax_uid", _TEXT, nullable=False),
    _ref("container"),
    Column("member_offset", BigInteger, nullable=False),  # of the Part 10 file in its container
    Column("member_length", BigInteger, nullable=False),
    Column("data_set_offset", BigInteger, nullable=False),  # in the Part 10 file
    Column("data_set_length", BigInteger, nullable=False),
    Column("header_length", BigInteger, nullable=False),  # of the data set, up to its pixel data
    Column("frames", LargeBinary, nullable=False),
    Column("checks", LargeBinary, nullable=False),
    Column("encoding", _TEXT, nullable=False, server_default="plain"),
    Column("encryption_key_id", _TEXT, nullable=False, server_default=""),
    Column("damaged_at", BigInteger),  # when its stored bytes were found missing or changed
    Column("last_seen_at", BigInteger, nullable=False),
    Column("tombstone_at", BigInteger),  # named for deletion; its grace runs from here
    Column("purged_at", BigInteger),  # the bytes are gone
)
Index("content_container_idx", content.c.container_ref, content.c.member_offset)
_damaged: ColumnElement[bool] = content.c.damaged_at.is_not(None)
Index("content_damaged_idx", content.c.damaged_at, sqlite_where=_damaged, postgresql_where=_damaged)
_buried: ColumnElement[bool] = content.c.tombstone_at.is_not(None)
Index("content_tombstone_idx", content.c.tombstone_at, sqlite_where=_buried, postgresql_where=_buried)

instance = Table(
    "instance",
    metadata,
    _id(),
    _ref("partition"),
    _ref("series"),
    Column("study_variant_ref", _ID, ForeignKey("study_variant.id"), nullable=False),
    Column("series_variant_ref", _ID, ForeignKey("series_variant.id"), nullable=False),
    _ref("content"),
    Column("sop_instance_uid", _TEXT, nullable=False),
    Column("sop_class_uid", _TEXT, nullable=False),
    Column("state", SmallInteger, nullable=False),
    _text("state_reason"),
    Column("former_state", SmallInteger),  # what a restore goes back to
    _text("instance_number"),
    _number("instance_order"),
    Column("rows", Integer),
    Column("columns", Integer),
    Column("number_of_frames", Integer),
    Column("bits_allocated", Integer),
    _text("source"),  # who sent it
    Column("sequence", BigInteger, nullable=False),  # the journal event that received it
    Column("state_sequence", BigInteger, nullable=False),  # the journal event that put it in this state
)
"""Versions of SOP instances; at most one live version of a SOP Instance UID in a partition."""


def is_live() -> ColumnElement[bool]:
    """Return the condition of the partial indexes; literal, so that the planner can prove that they apply."""
    return instance.c.state == literal_column("0")


def is_not_live() -> ColumnElement[bool]:
    """Return the condition of the partial indexes over all other versions; literal for the same reason."""
    return instance.c.state != literal_column("0")


def _live_index(name: str, *columns: Column[Any], unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=is_live(), postgresql_where=is_live())


_live_index(
    "instance_live_key",
    instance.c.partition_ref,
    instance.c.sop_instance_uid,
    unique=True,
)
_live_index(
    "instance_live_series_idx",
    instance.c.series_ref,
    instance.c.instance_order,
    instance.c.sop_instance_uid,
    instance.c.content_ref,
)
_live_index("instance_live_sop_class_uid_idx", instance.c.partition_ref, instance.c.sop_class_uid)
_live_index("instance_live_instance_number_idx", instance.c.partition_ref, instance.c.instance_number)
Index(
    "instance_other_idx",
    instance.c.partition_ref,
    instance.c.sop_instance_uid,
    sqlite_where=is_not_live(),
    postgresql_where=is_not_live(),
)
Index(
    "instance_other_series_idx",
    instance.c.series_ref,
    sqlite_where=is_not_live(),
    postgresql_where=is_not_live(),
)
Index("instance_content_ref_idx", instance.c.content_ref)

instance_alternate = Table(
    "instance_alternate",
    metadata,
    Column("instance_ref", _ID, ForeignKey("instance.id"), primary_key=True),
    Column("content_ref", _ID, ForeignKey("content.id"), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Index("instance_alternate_content_ref_idx", "content_ref"),
    sqlite_with_rowid=False,
)
"""Other renditions of an instance: the same object in another transfer syntax."""

journal = Table(
    "journal",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column("kind", _TEXT, nullable=False),
    Column("at", BigInteger, nullable=False),
    _text("actor"),
    _text("source"),
    _text("reason"),
    Column("body", _TEXT, nullable=False, server_default="{}"),  # JSON
    _ref("container", nullable=True),
    Column("member_offset", BigInteger),
    Column("member_length", BigInteger),
)

journal_instance = Table(
    "journal_instance",
    metadata,
    Column("instance_ref", _ID, ForeignKey("instance.id"), primary_key=True),
    Column("sequence", BigInteger, ForeignKey("journal.sequence"), primary_key=True),
    sqlite_with_rowid=False,
)
"""What an event touched, other than the instances it received: those name it in ``instance.sequence``."""

exception = Table(
    "exception",
    metadata,
    _id(),
    _ref("partition"),
    Column("kind", _TEXT, nullable=False),
    Column("subject", _TEXT, nullable=False),  # what it is about; one open row for a kind and subject
    Column("sequence", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    _ref("study", nullable=True),
    _ref("instance", nullable=True),
    Column("detail", _TEXT, nullable=False, server_default="{}"),  # JSON
    Column("resolved_sequence", BigInteger),
)
_open: ColumnElement[bool] = exception.c.resolved_sequence.is_(None)
Index(
    "exception_open_key",
    exception.c.partition_ref,
    exception.c.kind,
    exception.c.subject,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)

hold = Table(
    "hold",
    metadata,
    _id(),
    _ref("partition"),
    _text("case_id"),
    _text("author"),
    _text("reason"),
    _text("review_date"),
    _ref("patient", nullable=True),
    _ref("study", nullable=True),
    Column("sequence", BigInteger, nullable=False),
    Column("released_sequence", BigInteger),
    Index("hold_patient_ref_idx", "patient_ref"),
    Index("hold_study_ref_idx", "study_ref"),
)
"""A hold forbids deleting: of one study, or of a patient with all studies."""

job = Table(
    "job",
    metadata,
    Column("id", _ID, primary_key=True, autoincrement=True),  # the database numbers jobs: several parts add them
    Column("kind", _TEXT, nullable=False),
    Column("payload", _TEXT, nullable=False),  # JSON
    Column("idempotency_key", _TEXT, unique=True),
    _text("lane"),  # jobs of one lane (a destination) share its bounds; '' is work inside
    Column("state", SmallInteger, nullable=False),
    _count("attempts"),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    _text("leased_by"),
    Column("lease_until", BigInteger),
    Column("finished_at", BigInteger),
    _text("last_error"),
)
"""The outbox and the ledger in one: rows commit with what caused them, workers lease them."""
_waiting: ColumnElement[bool] = job.c.state == literal_column("0")
Index("job_due_idx", job.c.kind, job.c.lane, job.c.due_at, job.c.id, sqlite_where=_waiting, postgresql_where=_waiting)
_leased: ColumnElement[bool] = job.c.state == literal_column("1")
Index("job_lease_idx", job.c.lease_until, sqlite_where=_leased, postgresql_where=_leased)

header_dictionary = Table(
    "header_dictionary",
    metadata,
    _id(),
    Column("kind", _TEXT, nullable=False),  # 'series' (its first header) or 'trained'
    _ref("series", nullable=True),
    Column("body", LargeBinary, nullable=False),
    Index("header_dictionary_series_ref_idx", "series_ref"),
)

header = Table(
    "header",
    metadata,
    Column("content_ref", _ID, ForeignKey("content.id"), primary_key=True, autoincrement=False),
    _ref("header_dictionary", nullable=True),
    Column("body", LargeBinary, nullable=False),
)
"""DICOM JSON of each content's header (PS3.18 F), zstandard."""
