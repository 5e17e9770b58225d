"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create all tables, and the default partition."""
    op.create_table(
        "container",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("indexed_end", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("container_pkey")),
        sa.UniqueConstraint("name", "kind", name=op.f("container_name_kind_key")),
    )
    op.create_table(
        "job",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("idempotency_key", TEXT, nullable=True),
        sa.Column("lane", TEXT, server_default="", nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_by", TEXT, server_default="", nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("last_error", TEXT, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("job_pkey")),
        sa.UniqueConstraint("idempotency_key", name=op.f("job_idempotency_key_key")),
    )
    op.create_index(
        "job_due_idx",
        "job",
        ["kind", "lane", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "job_lease_idx",
        "job",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 1"),
        postgresql_where=sa.text("state = 1"),
    )
    op.create_table(
        "partition",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("partition_pkey")),
        sa.UniqueConstraint("name", name=op.f("partition_name_key")),
    )
    op.create_table(
        "content",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("content_id", sa.LargeBinary(), nullable=False),
        sa.Column("transfer_syntax_uid", TEXT, nullable=False),
        sa.Column("container_ref", ID, nullable=False),
        sa.Column("member_offset", sa.BigInteger(), nullable=False),
        sa.Column("member_length", sa.BigInteger(), nullable=False),
        sa.Column("data_set_offset", sa.BigInteger(), nullable=False),
        sa.Column("data_set_length", sa.BigInteger(), nullable=False),
        sa.Column("header_length", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.LargeBinary(), nullable=False),
        sa.Column("checks", sa.LargeBinary(), nullable=False),
        sa.Column("encoding", TEXT, server_default="plain", nullable=False),
        sa.Column("encryption_key_id", TEXT, server_default="", nullable=False),
        sa.Column("damaged_at", sa.BigInteger(), nullable=True),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("tombstone_at", sa.BigInteger(), nullable=True),
        sa.Column("purged_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["container_ref"], ["container.id"], name=op.f("content_container_ref_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("content_pkey")),
        sa.UniqueConstraint("content_id", name=op.f("content_content_id_key")),
    )
    op.create_index("content_container_idx", "content", ["container_ref", "member_offset"], unique=False)
    op.create_index(
        "content_damaged_idx",
        "content",
        ["damaged_at"],
        unique=False,
        sqlite_where=sa.text("damaged_at IS NOT NULL"),
        postgresql_where=sa.text("damaged_at IS NOT NULL"),
    )
    op.create_index(
        "content_tombstone_idx",
        "content",
        ["tombstone_at"],
        unique=False,
        sqlite_where=sa.text("tombstone_at IS NOT NULL"),
        postgresql_where=sa.text("tombstone_at IS NOT NULL"),
    )
    op.create_table(
        "journal",
        sa.Column("sequence", ID, autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", TEXT, server_default="", nullable=False),
        sa.Column("source", TEXT, server_default="", nullable=False),
        sa.Column("reason", TEXT, server_default="", nullable=False),
        sa.Column("body", TEXT, server_default="{}", nullable=False),
        sa.Column("container_ref", ID, nullable=True),
        sa.Column("member_offset", sa.BigInteger(), nullable=True),
        sa.Column("member_length", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["container_ref"], ["container.id"], name=op.f("journal_container_ref_fkey")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("journal_pkey")),
    )
    op.create_table(
        "patient",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("partition_ref", ID, nullable=False),
        sa.Column("issuer_of_patient_id", TEXT, server_default="", nullable=False),
        sa.Column("patient_id", TEXT, server_default="", nullable=False),
        sa.Column("person", TEXT, server_default="", nullable=False),
        sa.Column("patient_name", TEXT, server_default="", nullable=False),
        sa.Column("patient_name_alphabetic_folded", TEXT, server_default="", nullable=False),
        sa.Column("patient_name_ideographic_folded", TEXT, server_default="", nullable=False),
        sa.Column("patient_name_phonetic_folded", TEXT, server_default="", nullable=False),
        sa.Column("patient_name_phonetic_key", TEXT, server_default="", nullable=False),
        sa.Column("patient_birth_date", TEXT, server_default="", nullable=False),
        sa.Column("patient_birth_time", TEXT, server_default="", nullable=False),
        sa.Column("patient_sex", TEXT, server_default="", nullable=False),
        sa.Column("other_patient_names", TEXT, server_default="", nullable=False),
        sa.Column("ethnic_group", TEXT, server_default="", nullable=False),
        sa.Column("patient_comments", TEXT, server_default="", nullable=False),
        sa.Column("study_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("series_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("instance_count", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["partition_ref"], ["partition.id"], name=op.f("patient_partition_ref_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("patient_pkey")),
        sa.UniqueConstraint(
            "partition_ref",
            "patient_id",
            "issuer_of_patient_id",
            "person",
            name=op.f("patient_partition_ref_patient_id_issuer_of_patient_id_person_key"),
        ),
    )
    op.create_index("patient_patient_birth_date_idx", "patient", ["partition_ref", "patient_birth_date"], unique=False)
    op.create_index(
        "patient_patient_name_alphabetic_folded_idx",
        "patient",
        ["partition_ref", "patient_name_alphabetic_folded"],
        unique=False,
    )
    op.create_index(
        "patient_patient_name_ideographic_folded_idx",
        "patient",
        ["partition_ref", "patient_name_ideographic_folded"],
        unique=False,
    )
    op.create_index(
        "patient_patient_name_phonetic_folded_idx",
        "patient",
        ["partition_ref", "patient_name_phonetic_folded"],
        unique=False,
    )
    op.create_index(
        "patient_patient_name_phonetic_key_idx", "patient", ["partition_ref", "patient_name_phonetic_key"], unique=False
    )
    op.create_table(
        "study",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("partition_ref", ID, nullable=False),
        sa.Column("patient_ref", ID, nullable=False),
        sa.Column("study_instance_uid", TEXT, server_default="", nullable=False),
        sa.Column("study_date", TEXT, server_default="", nullable=False),
        sa.Column("study_time", TEXT, server_default="", nullable=False),
        sa.Column("study_time_micros", sa.BigInteger(), nullable=True),
        sa.Column("accession_number", TEXT, server_default="", nullable=False),
        sa.Column("study_id", TEXT, server_default="", nullable=False),
        sa.Column("study_description", TEXT, server_default="", nullable=False),
        sa.Column("referring_physician_name", TEXT, server_default="", nullable=False),
        sa.Column("referring_physician_name_alphabetic_folded", TEXT, server_default="", nullable=False),
        sa.Column("referring_physician_name_ideographic_folded", TEXT, server_default="", nullable=False),
        sa.Column("referring_physician_name_phonetic_folded", TEXT, server_default="", nullable=False),
        sa.Column("referring_physician_name_phonetic_key", TEXT, server_default="", nullable=False),
        sa.Column("timezone_offset_from_utc", TEXT, server_default="", nullable=False),
        sa.Column("claimed_issuer", TEXT, server_default="", nullable=False),
        sa.Column("claimed_patient_id", TEXT, server_default="", nullable=False),
        sa.Column("claimed_name_folded", TEXT, server_default="", nullable=False),
        sa.Column("claimed_birth_date", TEXT, server_default="", nullable=False),
        sa.Column("series_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("instance_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("updated_sequence", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["partition_ref"], ["partition.id"], name=op.f("study_partition_ref_fkey")),
        sa.ForeignKeyConstraint(["patient_ref"], ["patient.id"], name=op.f("study_patient_ref_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("study_pkey")),
        sa.UniqueConstraint(
            "partition_ref", "study_instance_uid", name=op.f("study_partition_ref_study_instance_uid_key")
        ),
    )
    op.create_index("study_accession_number_idx", "study", ["partition_ref", "accession_number"], unique=False)
    op.create_index(
        "study_claimed_patient_id_idx", "study", ["partition_ref", "claimed_patient_id", "claimed_issuer"], unique=False
    )
    op.create_index("study_patient_ref_idx", "study", ["patient_ref"], unique=False)
    op.create_index(
        "study_referring_physician_name_alphabetic_folded_idx",
        "study",
        ["partition_ref", "referring_physician_name_alphabetic_folded"],
        unique=False,
    )
    op.create_index(
        "study_referring_physician_name_ideographic_folded_idx",
        "study",
        ["partition_ref", "referring_physician_name_ideographic_folded"],
        unique=False,
    )
    op.create_index(
        "study_referring_physician_name_phonetic_folded_idx",
        "study",
        ["partition_ref", "referring_physician_name_phonetic_folded"],
        unique=False,
    )
    op.create_index(
        "study_referring_physician_name_phonetic_key_idx",
        "study",
        ["partition_ref", "referring_physician_name_phonetic_key"],
        unique=False,
    )
    op.create_index("study_study_date_idx", "study", ["partition_ref", "study_date", "study_time_micros"], unique=False)
    op.create_index("study_study_id_idx", "study", ["partition_ref", "study_id"], unique=False)
    op.create_index("study_study_time_micros_idx", "study", ["partition_ref", "study_time_micros"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("partition_ref", ID, nullable=False),
        sa.Column("case_id", TEXT, server_default="", nullable=False),
        sa.Column("author", TEXT, server_default="", nullable=False),
        sa.Column("reason", TEXT, server_default="", nullable=False),
        sa.Column("review_date", TEXT, server_default="", nullable=False),
        sa.Column("patient_ref", ID, nullable=True),
        sa.Column("study_ref", ID, nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("released_sequence", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["partition_ref"], ["partition.id"], name=op.f("hold_partition_ref_fkey")),
        sa.ForeignKeyConstraint(["patient_ref"], ["patient.id"], name=op.f("hold_patient_ref_fkey")),
        sa.ForeignKeyConstraint(["study_ref"], ["study.id"], name=op.f("hold_study_ref_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("hold_pkey")),
    )
    op.create_index("hold_patient_ref_idx", "hold", ["patient_ref"], unique=False)
    op.create_index("hold_study_ref_idx", "hold", ["study_ref"], unique=False)
    op.create_table(
        "series",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("partition_ref", ID, nullable=False),
        sa.Column("study_ref", ID, nullable=False),
        sa.Column("series_instance_uid", TEXT, server_default="", nullable=False),
        sa.Column("modality", TEXT, server_default="", nullable=False),
        sa.Column("series_number", TEXT, server_default="", nullable=False),
        sa.Column("series_order", sa.BigInteger(), nullable=True),
        sa.Column("series_description", TEXT, server_default="", nullable=False),
        sa.Column("body_part_examined", TEXT, server_default="", nullable=False),
        sa.Column("laterality", TEXT, server_default="", nullable=False),
        sa.Column("performed_procedure_step_start_date", TEXT, server_default="", nullable=False),
        sa.Column("performed_procedure_step_start_time", TEXT, server_default="", nullable=False),
        sa.Column("performed_procedure_step_start_time_micros", sa.BigInteger(), nullable=True),
        sa.Column("timezone_offset_from_utc", TEXT, server_default="", nullable=False),
        sa.Column("instance_count", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["partition_ref"], ["partition.id"], name=op.f("series_partition_ref_fkey")),
        sa.ForeignKeyConstraint(["study_ref"], ["study.id"], name=op.f("series_study_ref_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("series_pkey")),
        sa.UniqueConstraint("study_ref", "series_instance_uid", name=op.f("series_study_ref_series_instance_uid_key")),
    )
    op.create_index("series_modality_idx", "series", ["partition_ref", "modality"], unique=False)
    op.create_index(
        "series_performed_procedure_step_start_date_idx",
        "series",
        ["partition_ref", "performed_procedure_step_start_date"],
        unique=False,
    )
    op.create_index(
        "series_performed_procedure_step_start_time_micros_idx",
        "series",
        ["partition_ref", "performed_procedure_step_start_time_micros"],
        unique=False,
    )
    op.create_index("series_series_instance_uid_idx", "series", ["partition_ref", "series_instance_uid"], unique=False)
    op.create_index("series_series_number_idx", "series", ["partition_ref", "series_number"], unique=False)
    op.create_table(
        "study_modality",
        sa.Column("study_ref", ID, nullable=False),
        sa.Column("modality", TEXT, nullable=False),
        sa.Column("partition_ref", ID, nullable=False),
        sa.Column("series_count", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["study_ref"], ["study.id"], name=op.f("study_modality_study_ref_fkey")),
        sa.PrimaryKeyConstraint("study_ref", "modality", name=op.f("study_modality_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index("study_modality_modality_idx", "study_modality", ["partition_ref", "modality"], unique=False)
    op.create_table(
        "study_variant",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("study_ref", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("patient_digest", sa.LargeBinary(), nullable=False),
        sa.Column("attributes", TEXT, nullable=False),
        sa.Column("instance_count", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["study_ref"], ["study.id"], name=op.f("study_variant_study_ref_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("study_variant_pkey")),
        sa.UniqueConstraint("study_ref", "digest", name=op.f("study_variant_study_ref_digest_key")),
    )
    op.create_table(
        "header_dictionary",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("series_ref", ID, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["series_ref"], ["series.id"], name=op.f("header_dictionary_series_ref_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("header_dictionary_pkey")),
    )
    op.create_index("header_dictionary_series_ref_idx", "header_dictionary", ["series_ref"], unique=False)
    op.create_table(
        "series_request",
        sa.Column("series_ref", ID, nullable=False),
        sa.Column("item", sa.SmallInteger(), nullable=False),
        sa.Column("partition_ref", ID, nullable=False),
        sa.Column("scheduled_procedure_step_id", TEXT, server_default="", nullable=False),
        sa.Column("requested_procedure_id", TEXT, server_default="", nullable=False),
        sa.ForeignKeyConstraint(["series_ref"], ["series.id"], name=op.f("series_request_series_ref_fkey")),
        sa.PrimaryKeyConstraint("series_ref", "item", name=op.f("series_request_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "series_request_requested_procedure_id_idx",
        "series_request",
        ["partition_ref", "requested_procedure_id"],
        unique=False,
    )
    op.create_index(
        "series_request_scheduled_procedure_step_id_idx",
        "series_request",
        ["partition_ref", "scheduled_procedure_step_id"],
        unique=False,
    )
    op.create_table(
        "series_variant",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("series_ref", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("attributes", TEXT, nullable=False),
        sa.Column("instance_count", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["series_ref"], ["series.id"], name=op.f("series_variant_series_ref_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("series_variant_pkey")),
        sa.UniqueConstraint("series_ref", "digest", name=op.f("series_variant_series_ref_digest_key")),
    )
    op.create_table(
        "header",
        sa.Column("content_ref", ID, autoincrement=False, nullable=False),
        sa.Column("header_dictionary_ref", ID, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["content_ref"], ["content.id"], name=op.f("header_content_ref_fkey")),
        sa.ForeignKeyConstraint(
            ["header_dictionary_ref"], ["header_dictionary.id"], name=op.f("header_header_dictionary_ref_fkey")
        ),
        sa.PrimaryKeyConstraint("content_ref", name=op.f("header_pkey")),
    )
    op.create_table(
        "instance",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("partition_ref", ID, nullable=False),
        sa.Column("series_ref", ID, nullable=False),
        sa.Column("study_variant_ref", ID, nullable=False),
        sa.Column("series_variant_ref", ID, nullable=False),
        sa.Column("content_ref", ID, nullable=False),
        sa.Column("sop_instance_uid", TEXT, nullable=False),
        sa.Column("sop_class_uid", TEXT, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("state_reason", TEXT, server_default="", nullable=False),
        sa.Column("former_state", sa.SmallInteger(), nullable=True),
        sa.Column("instance_number", TEXT, server_default="", nullable=False),
        sa.Column("instance_order", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("columns", sa.Integer(), nullable=True),
        sa.Column("number_of_frames", sa.Integer(), nullable=True),
        sa.Column("bits_allocated", sa.Integer(), nullable=True),
        sa.Column("source", TEXT, server_default="", nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("state_sequence", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["content_ref"], ["content.id"], name=op.f("instance_content_ref_fkey")),
        sa.ForeignKeyConstraint(["partition_ref"], ["partition.id"], name=op.f("instance_partition_ref_fkey")),
        sa.ForeignKeyConstraint(["series_ref"], ["series.id"], name=op.f("instance_series_ref_fkey")),
        sa.ForeignKeyConstraint(
            ["series_variant_ref"], ["series_variant.id"], name=op.f("instance_series_variant_ref_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["study_variant_ref"], ["study_variant.id"], name=op.f("instance_study_variant_ref_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("instance_pkey")),
    )
    op.create_index("instance_content_ref_idx", "instance", ["content_ref"], unique=False)
    op.create_index(
        "instance_live_instance_number_idx",
        "instance",
        ["partition_ref", "instance_number"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "instance_live_key",
        "instance",
        ["partition_ref", "sop_instance_uid"],
        unique=True,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "instance_live_series_idx",
        "instance",
        ["series_ref", "instance_order", "sop_instance_uid", "content_ref"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "instance_live_sop_class_uid_idx",
        "instance",
        ["partition_ref", "sop_class_uid"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "instance_other_idx",
        "instance",
        ["partition_ref", "sop_instance_uid"],
        unique=False,
        sqlite_where=sa.text("state != 0"),
        postgresql_where=sa.text("state != 0"),
    )
    op.create_index(
        "instance_other_series_idx",
        "instance",
        ["series_ref"],
        unique=False,
        sqlite_where=sa.text("state != 0"),
        postgresql_where=sa.text("state != 0"),
    )
    op.create_table(
        "exception",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("partition_ref", ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("study_ref", ID, nullable=True),
        sa.Column("instance_ref", ID, nullable=True),
        sa.Column("detail", TEXT, server_default="{}", nullable=False),
        sa.Column("resolved_sequence", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["instance_ref"], ["instance.id"], name=op.f("exception_instance_ref_fkey")),
        sa.ForeignKeyConstraint(["partition_ref"], ["partition.id"], name=op.f("exception_partition_ref_fkey")),
        sa.ForeignKeyConstraint(["study_ref"], ["study.id"], name=op.f("exception_study_ref_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("exception_pkey")),
    )
    op.create_index(
        "exception_open_key",
        "exception",
        ["partition_ref", "kind", "subject"],
        unique=True,
        sqlite_where=sa.text("resolved_sequence IS NULL"),
        postgresql_where=sa.text("resolved_sequence IS NULL"),
    )
    op.create_table(
        "instance_alternate",
        sa.Column("instance_ref", ID, nullable=False),
        sa.Column("content_ref", ID, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["content_ref"], ["content.id"], name=op.f("instance_alternate_content_ref_fkey")),
        sa.ForeignKeyConstraint(["instance_ref"], ["instance.id"], name=op.f("instance_alternate_instance_ref_fkey")),
        sa.PrimaryKeyConstraint("instance_ref", "content_ref", name=op.f("instance_alternate_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_index("instance_alternate_content_ref_idx", "instance_alternate", ["content_ref"], unique=False)
    op.create_table(
        "journal_instance",
        sa.Column("instance_ref", ID, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["instance_ref"], ["instance.id"], name=op.f("journal_instance_instance_ref_fkey")),
        sa.ForeignKeyConstraint(["sequence"], ["journal.sequence"], name=op.f("journal_instance_sequence_fkey")),
        sa.PrimaryKeyConstraint("instance_ref", "sequence", name=op.f("journal_instance_pkey")),
        sqlite_with_rowid=False,
    )
    # ### end Alembic commands ###
    op.execute("INSERT INTO partition (id, name) VALUES (1, 'default')")
