"""What the writer makes of each decision and each change of state, on every engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, func, select, text

from index_harness import Feed, content_id, series_values, study_values, write
from isocenter.errors import BadRequest, ConfigurationError, Gone, Held, IndexFailure, NotFound, StaleDecision
from isocenter.index.engine import Durability, EngineOptions, open_engine, write_transaction
from isocenter.index.fsck import check_index
from isocenter.index.read import IngestLookups, RecordLookups, RetrieveLookups
from isocenter.index.record import ContentLocation, Decision
from isocenter.index.schema import State, content, instance, job, journal, series_request, study, study_modality
from isocenter.index.write import (
    AcceptUnit,
    DamageUnit,
    DeleteUnit,
    EventUnit,
    HoldUnit,
    IndexWriter,
    PurgeUnit,
    RejectUnit,
    ReleaseUnit,
    RestoreUnit,
)


def states(index: Engine, uid: str) -> list[State]:
    """States of all versions, the oldest first."""
    with index.connect() as connection:
        found = connection.execute(
            select(instance.c.state).where(instance.c.sop_instance_uid == uid).order_by(instance.c.id)
        )
        return [State(state) for state in found.scalars()]


def kinds(index: Engine) -> list[str]:
    return sorted(entry.kind for entry in RecordLookups(index).exceptions())


def test_a_new_object_is_live_counted_and_its_header_is_asked_for(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    [(received,)] = write(writer, feed.receipt(feed.arrival("1.1", number=1)))
    assert states(index, "1.1") == [State.LIVE]
    counters = RecordLookups(index).counters()
    assert (counters.patients, counters.studies, counters.series, counters.instances) == (1, 1, 1, 1)
    with index.connect() as connection:
        jobs = connection.execute(select(job.c.kind, job.c.payload)).all()
    assert [tuple(row) for row in jobs] == [("header_json", f'{{"contents":[{received.content_ref}]}}')]
    assert check_index(index) == []


def test_one_unit_has_one_event_and_one_job(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, feed.receipt(*(feed.arrival(f"1.{n}", number=n) for n in range(1, 9))))
    with index.connect() as connection:
        assert connection.execute(select(func.count()).select_from(journal)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(job)).scalar_one() == 1


def test_a_version_supersedes_what_was_live(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, feed.receipt(feed.arrival("1.1")))
    write(writer, feed.receipt((feed.arrival("1.1", version="b"), Decision.VERSION)))
    assert states(index, "1.1") == [State.SUPERSEDED, State.LIVE]
    assert RecordLookups(index).counters().instances == 1
    assert check_index(index) == []


@pytest.mark.parametrize(
    ("decision", "detail", "kind"),
    [(Decision.CONFLICT, "other-pixels", "other-pixels"), (Decision.SECOND_SOURCE, "", "second-source")],
)
def test_what_is_kept_aside_is_listed_and_not_counted(
    index: Engine, writer: IndexWriter, decision: Decision, detail: str, kind: str
) -> None:
    feed = Feed()
    write(writer, feed.receipt(feed.arrival("1.1")))
    write(writer, feed.receipt((feed.arrival("1.1", version="b", study="9.9", series="9.9.1"), decision, detail)))
    assert states(index, "1.1") == [State.LIVE, State.QUARANTINED]
    [entry] = RecordLookups(index).exceptions()
    assert (entry.kind, entry.subject, entry.sop_instance_uid) == (kind, content_id("1.1", "b").hex(), "1.1")
    assert RecordLookups(index).counters().studies == 1
    assert RetrieveLookups(index).instances("9.9") == []
    assert check_index(index) == []


def test_an_alternate_is_kept_beside_the_instance(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    [(first,)] = write(writer, feed.receipt(feed.arrival("1.1")))
    jpeg = feed.arrival("1.1", version="jpeg", syntax="1.2.840.10008.1.2.4.70")
    write(writer, feed.receipt((jpeg, Decision.ALTERNATE)))
    assert states(index, "1.1") == [State.LIVE]
    [alternate] = RetrieveLookups(index).alternates(first.instance_ref)
    assert alternate.transfer_syntax_uid == "1.2.840.10008.1.2.4.70"
    priors = IngestLookups(index).priors(["1.1"])["1.1"]
    assert [prior.alternate for prior in priors] == [False, True]
    write(writer, feed.receipt((jpeg, Decision.DUPLICATE)))
    assert check_index(index) == []


def test_a_duplicate_only_moves_last_seen_and_the_history(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    arrival = feed.arrival("1.1")
    [(first,)] = write(writer, feed.receipt(arrival))
    again = feed.receipt((arrival, Decision.DUPLICATE))
    [(second,)] = write(writer, again)
    assert second == first
    with index.connect() as connection:
        assert connection.execute(select(content.c.last_seen_at)).scalar_one() == again.event.at
    assert [entry.sequence for entry in RecordLookups(index).history("1.1")] == [1, 2]
    assert RecordLookups(index).counters().instances == 1


def test_damage_is_listed_and_healed_by_the_same_object(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, feed.receipt(feed.arrival("1.1")))
    write(writer, DamageUnit(feed.event("damaged"), (content_id("1.1"),)))
    assert kinds(index) == ["damaged-content"]
    assert IngestLookups(index).priors(["1.1"])["1.1"][0].damaged
    fresh = feed.arrival("1.1")
    write(writer, feed.receipt((fresh, Decision.HEAL)))
    [prior] = IngestLookups(index).priors(["1.1"])["1.1"]
    assert (prior.damaged, prior.location) == (False, fresh.location)
    assert kinds(index) == []


def test_deleting_restoring_and_purging(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    ids = (content_id("1.1"), content_id("1.2"))
    write(writer, feed.receipt(feed.arrival("1.1"), feed.arrival("1.2")))
    deletion = DeleteUnit(feed.event("deleted", "wrong patient"), ids)
    assert write(writer, deletion) == [2]
    assert RecordLookups(index).counters().studies == 0
    assert RetrieveLookups(index).was_deleted("1.2.3", sop_instance_uid="1.1")
    assert RecordLookups(index).purgeable(deletion.event.at + 1) == list(ids)
    assert write(writer, RestoreUnit(feed.event("restored"), ids[:1])) == [1]
    assert RecordLookups(index).purgeable(deletion.event.at + 1) == [ids[1]]
    assert write(writer, PurgeUnit(feed.event("purged"), ids)) == [(ids[1],)]
    assert (states(index, "1.1"), states(index, "1.2")) == ([State.LIVE], [State.PURGED])
    with pytest.raises(Gone):
        write(writer, RestoreUnit(feed.event("restored"), ids[1:]))
    assert check_index(index) == []


def test_deleted_and_sent_again_is_live_again(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    arrival = feed.arrival("1.1")
    write(writer, feed.receipt(arrival))
    deletion = DeleteUnit(feed.event("deleted"), (arrival.content_id,))
    write(writer, deletion)
    write(writer, feed.receipt((arrival, Decision.REVIVE)))
    assert states(index, "1.1") == [State.LIVE]
    assert RecordLookups(index).purgeable(deletion.event.at + 1) == []


def test_purged_and_sent_again_is_a_new_version_with_new_bytes(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    first = feed.arrival("1.1")
    write(writer, feed.receipt(first))
    write(writer, DeleteUnit(feed.event("deleted"), (first.content_id,)))
    write(writer, PurgeUnit(feed.event("purged"), (first.content_id,)))
    again = feed.arrival("1.1")
    write(writer, feed.receipt(again))
    assert states(index, "1.1") == [State.PURGED, State.LIVE]
    [found] = RetrieveLookups(index).instances("1.2.3")
    assert (found.content.location, found.content.purged) == (again.location, False)
    assert check_index(index) == []


def test_a_restore_goes_back_to_the_state_before(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, feed.receipt(feed.arrival("1.1")))
    write(writer, feed.receipt((feed.arrival("1.1", version="b"), Decision.CONFLICT, "other-pixels")))
    aside = (content_id("1.1", "b"),)
    write(writer, DeleteUnit(feed.event("deleted"), aside))
    write(writer, RestoreUnit(feed.event("restored"), aside))
    assert states(index, "1.1") == [State.LIVE, State.QUARANTINED]


def test_a_restore_under_a_newer_version_is_refused(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, feed.receipt(feed.arrival("1.1")))
    write(writer, DeleteUnit(feed.event("deleted"), (content_id("1.1"),)))
    write(writer, feed.receipt(feed.arrival("1.1", version="b")))
    with pytest.raises(BadRequest):
        write(writer, RestoreUnit(feed.event("restored"), (content_id("1.1"),)))


def test_a_patients_hold_covers_all_people_under_the_id_and_studies_to_come(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, HoldUnit(feed.event("held"), "CASE 1", "lawyer", patient=("P1", "HOSPITAL")))
    bob = study_values(patient_name="Smith^Bob", patient_birth_date="19800202")
    jane, other = feed.arrival("1.1"), feed.arrival("2.1", study="2", series="2.1", study_values=bob)
    write(writer, feed.receipt(jane), feed.receipt(other))
    for arrival in (jane, other):
        with pytest.raises(Held):
            write(writer, DeleteUnit(feed.event("deleted"), (arrival.content_id,)))
    write(writer, ReleaseUnit(feed.event("released"), "CASE 1"))
    write(writer, DeleteUnit(feed.event("deleted"), (jane.content_id, other.content_id)))
    assert check_index(index) == []


def test_a_hold_holds_within_the_transaction_that_moves_a_study_under_it(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, HoldUnit(feed.event("held"), "CASE 1", "lawyer", patient=("P2", "HOSPITAL")))
    first = feed.arrival("1.1", study_values=study_values(patient_id="P1"))
    write(writer, feed.receipt(first))
    more = [feed.arrival(f"1.{n}", study_values=study_values(patient_id="P2")) for n in (2, 3)]
    with pytest.raises(Held):
        write(writer, feed.receipt(*more), DeleteUnit(feed.event("deleted"), (first.content_id,)))


def test_a_hold_keeps_deleted_bytes_and_those_of_other_renditions(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    held, other = feed.arrival("1.1"), feed.arrival("2.1", study="2", series="2.1")
    rendition = feed.arrival("1.1", version="rle", syntax="1.2.840.10008.1.2.5")
    write(writer, feed.receipt(held, other), feed.receipt((rendition, Decision.ALTERNATE)))
    ids = tuple(arrival.content_id for arrival in (held, rendition, other))
    write(writer, DeleteUnit(feed.event("deleted"), ids))
    write(writer, HoldUnit(feed.event("held"), "CASE 1", "lawyer", study_instance_uid="1.2.3"))
    later = 1 << 60
    assert RecordLookups(index).purgeable(later) == [other.content_id]
    for one in (held, rendition):
        with pytest.raises(Held):
            write(writer, PurgeUnit(feed.event("purged"), (other.content_id, one.content_id)))
    assert write(writer, PurgeUnit(feed.event("purged"), (other.content_id,))) == [(other.content_id,)]
    write(writer, ReleaseUnit(feed.event("released"), "CASE 1"))
    assert set(RecordLookups(index).purgeable(later)) == {held.content_id, rendition.content_id}
    assert set(write(writer, PurgeUnit(feed.event("purged"), ids))[0]) == {held.content_id, rendition.content_id}


def test_a_hold_forbids_deleting_until_it_is_released(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, feed.receipt(feed.arrival("1.1")))
    write(writer, HoldUnit(feed.event("held"), "CASE 1", "lawyer", patient=("P1", "HOSPITAL")))
    write(writer, HoldUnit(feed.event("held"), "CASE 2", "lawyer", study_instance_uid="1.2.3"))
    for case in ("CASE 1", "CASE 2"):
        with pytest.raises(Held):
            write(writer, DeleteUnit(feed.event("deleted"), (content_id("1.1"),)))
        assert write(writer, ReleaseUnit(feed.event("released"), case)) == [1]
    assert write(writer, DeleteUnit(feed.event("deleted"), (content_id("1.1"),))) == [1]


def test_rejecting_and_accepting(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, feed.receipt(feed.arrival("1.1")))
    write(writer, feed.receipt((feed.arrival("1.1", version="b"), Decision.CONFLICT, "other-pixels")))
    write(writer, AcceptUnit(feed.event("accepted"), (content_id("1.1", "b"),)))
    assert states(index, "1.1") == [State.SUPERSEDED, State.LIVE]
    write(writer, RejectUnit(feed.event("rejected", "blurred"), (content_id("1.1", "b"),)))
    assert states(index, "1.1") == [State.SUPERSEDED, State.REJECTED]
    assert RecordLookups(index).counters().instances == 0
    assert check_index(index) == []


def test_what_is_unknown_cannot_be_changed(writer: IndexWriter) -> None:
    feed = Feed()
    with pytest.raises(NotFound):
        write(writer, DeleteUnit(feed.event("deleted"), (content_id("1.1"),)))


def test_an_event_that_changes_nothing_is_in_the_history(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, feed.receipt(feed.arrival("1.1")))
    write(writer, EventUnit(feed.event("sent"), (content_id("1.1"),)))
    assert [entry.kind for entry in RecordLookups(index).history("1.1")] == ["received", "sent"]


def test_one_bad_unit_does_not_fail_the_others(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, feed.receipt(feed.arrival("1.0")))
    units = [feed.receipt(feed.arrival(f"1.{n}", version=str(n == 0))) for n in (1, 2, 0, 3)]
    futures = [writer.submit(unit) for unit in units]
    failed = [future.exception(timeout=60) for future in futures]
    assert [type(error) for error in failed] == [type(None), type(None), StaleDecision, type(None)]
    assert RecordLookups(index).counters().instances == 4
    assert check_index(index) == []


def test_two_units_for_one_new_uid_leave_one_and_say_so(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    futures = [writer.submit(feed.receipt(feed.arrival("1.1", version=version))) for version in "ab"]
    errors = [type(future.exception(timeout=60)) for future in futures]
    assert errors == [type(None), StaleDecision]
    assert states(index, "1.1") == [State.LIVE]


def test_decisions_that_the_index_contradicts_are_stale(writer: IndexWriter) -> None:
    feed = Feed()
    for decision in (Decision.VERSION, Decision.ALTERNATE, Decision.HEAL, Decision.REVIVE, Decision.DUPLICATE):
        with pytest.raises(StaleDecision):
            write(writer, feed.receipt((feed.arrival("1.1"), decision)))


def test_what_a_failed_unit_touched_is_forgotten(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    write(writer, feed.receipt(feed.arrival("1.1")))
    with pytest.raises(StaleDecision):
        write(
            writer,
            feed.receipt(feed.arrival("2.1", study="5.5", series="5.5.1"), (feed.arrival("1.1"), Decision.REVIVE)),
        )
    write(writer, feed.receipt(feed.arrival("2.1", study="5.5", series="5.5.1")))
    assert RecordLookups(index).counters().studies == 2
    assert check_index(index) == []


def test_a_closed_writer_says_so(index: Engine) -> None:
    feed = Feed()
    writer = IndexWriter(index)
    writer.close()
    with pytest.raises(IndexFailure):
        writer.submit(feed.receipt(feed.arrival("1.1")))


def test_only_one_writer_at_a_time(index: Engine, writer: IndexWriter) -> None:
    with pytest.raises(ConfigurationError, match="another process"):
        IndexWriter(index)


def test_a_new_writer_goes_on_where_the_last_one_stopped(index: Engine) -> None:
    feed = Feed()
    for number in range(3):
        with IndexWriter(index) as writer:
            write(writer, feed.receipt(feed.arrival(f"1.{number}", number=number)))
    assert [found.sop_instance_uid for found in RetrieveLookups(index).instances("1.2.3")] == ["1.0", "1.1", "1.2"]
    lookups = IngestLookups(index)
    assert (lookups.last_sequence(), lookups.pack_ends()) == (3, {"p-000001.tar": feed.offset - 24})
    assert check_index(index) == []


def test_series_values_modalities_and_requests_follow_the_majority(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    odd = series_values(modality="MR", requests='[["SPS1","RP1"],["SPS2","RP2"]]')
    write(writer, feed.receipt(feed.arrival("1.1", series_values=odd)))
    with index.connect() as connection:
        assert connection.execute(select(series_request.c.requested_procedure_id)).scalars().all() == ["RP1", "RP2"]
    write(writer, feed.receipt(feed.arrival("1.2"), feed.arrival("1.3")))
    with index.connect() as connection:
        rows = connection.execute(select(study_modality.c.modality, study_modality.c.series_count)).all()
        assert [tuple(row) for row in rows] == [("CT", 1)]
        # A value beats no value, so the requests stay although most instances have none.
        assert connection.execute(select(func.count()).select_from(series_request)).scalar_one() == 2


def test_text_that_a_database_could_choke_on_goes_in(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    strange = study_values(patient_name="A%_\\'\"^�=山田^太郎", study_id="\U0001f600" * 200)
    write(writer, feed.receipt(feed.arrival("1.1", study_values=strange)))
    with index.connect() as connection:
        assert connection.execute(select(study.c.study_id)).scalar_one() == "\U0001f600" * 200


def test_instances_come_in_the_order_of_series_and_number(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    second = series_values(series_number="10")
    write(
        writer,
        feed.receipt(
            feed.arrival("1.9", series="1.2.3.10", series_values=second, number=1),
            feed.arrival("1.3", number=10),
            feed.arrival("1.2", number=9),
            feed.arrival("1.5"),
            feed.arrival("1.1", number=9),
        ),
    )
    found = [one.sop_instance_uid for one in RetrieveLookups(index).instances("1.2.3")]
    assert found == ["1.1", "1.2", "1.3", "1.5", "1.9"]
    assert len(RetrieveLookups(index).instances("1.2.3", "1.2.3.10")) == 1
    one = RetrieveLookups(index).by_uid("1.3")
    assert one is not None
    assert one.content.location == ContentLocation("pack", "p-000001.tar", 1024, 1000)


def test_a_failing_database_fails_the_unit_and_the_next_one_goes_through(index: Engine) -> None:
    feed = Feed()
    impatient = open_engine(index.url, EngineOptions(busy_seconds=0.05, durability=Durability.WAIVED))
    with IndexWriter(impatient) as writer:
        write(writer, feed.receipt(feed.arrival("1.1")))
        with database_out_of_reach(index):
            futures = [writer.submit(feed.receipt(feed.arrival(f"1.{n}"))) for n in (2, 3)]
            assert {type(future.exception(timeout=60)) for future in futures} == {IndexFailure}
        write(writer, feed.receipt(feed.arrival("1.2")))
    impatient.dispose()
    assert RecordLookups(index).counters().instances == 2
    assert check_index(index) == []


@contextmanager
def database_out_of_reach(index: Engine) -> Iterator[None]:
    """SQLite: another process writes all the time. PostgreSQL: writes wait too long."""
    if index.dialect.name == "sqlite":
        with write_transaction(index):
            yield
        return
    with index.begin() as connection:
        connection.execute(text("LOCK TABLE journal IN ACCESS EXCLUSIVE MODE"))
        stopped = threading.Event()

        def stop_waiting() -> None:
            with index.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
                while not stopped.is_set():
                    other.execute(
                        text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                    )

        thread = threading.Thread(target=stop_waiting)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()
