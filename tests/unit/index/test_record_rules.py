"""The winning values of a study, and who is one person."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from isocenter.index.patients import Claim, GenericIds, people
from isocenter.index.variants import disagreements, winning_values


def test_a_value_beats_no_value_then_most_instances_then_byte_order() -> None:
    assert winning_values([({}, 9), ({"study_id": "B"}, 1)]) == {"study_id": "B"}
    assert winning_values([({"study_id": "A"}, 1), ({"study_id": "B"}, 2)]) == {"study_id": "B"}
    assert winning_values([({"study_id": "b"}, 1), ({"study_id": "B"}, 1)]) == {"study_id": "B"}


def test_votes_are_counted_by_value_and_not_by_variant() -> None:
    variants = [({"study_id": "A", "x": "1"}, 2), ({"study_id": "A", "x": "2"}, 2), ({"study_id": "B"}, 3)]
    assert winning_values(variants)["study_id"] == "A"


def test_only_live_instances_vote_while_there_are_any() -> None:
    assert winning_values([({"study_id": "A"}, 0), ({"study_id": "B"}, 1)]) == {"study_id": "B"}
    assert winning_values([({"study_id": "A"}, 0), ({"study_id": "B"}, 0)]) == {"study_id": "A"}
    assert winning_values([]) == {}


def test_patient_id_and_issuer_win_together() -> None:
    variants = [({"patient_id": "1"}, 5), ({"patient_id": "2", "issuer_of_patient_id": "X"}, 3)]
    assert winning_values(variants) == {"patient_id": "1"}


def test_how_a_name_is_written_is_no_disagreement() -> None:
    assert disagreements([({"patient_name": "MUELLER^A"}, 1), ({"patient_name": "Müller^A^"}, 1)]) == []
    assert disagreements([({"patient_name": "A"}, 1), ({"patient_name": "B"}, 1)]) == ["patient_name"]
    assert disagreements([({"patient_sex": "F"}, 1), ({}, 1)]) == []


def test_two_people_differ_in_name_and_birth_date() -> None:
    assert len(set(people([Claim("a", "1"), Claim("b", "2")]).values())) == 2
    assert set(people([Claim("a", "1"), Claim("a", "2")]).values()) == {""}
    assert set(people([Claim("a", "1"), Claim("b", "")]).values()) == {""}


claims = st.builds(Claim, st.sampled_from(["", "a", "b", "c", "d"]), st.sampled_from(["", "1", "2", "3", "4"]))


@given(st.lists(claims, min_size=1, unique=True))
def test_people_are_the_components_of_what_is_compatible(found: list[Claim]) -> None:
    persons = people(found)
    group = {claim: frozenset([claim]) for claim in found}
    for _ in found:
        for one, other in itertools.combinations(found, 2):
            if one.compatible(other):
                joined = group[one] | group[other]
                for member in joined:
                    group[member] = joined
    for one, other in itertools.combinations(found, 2):
        assert (persons[one] == persons[other]) == (group[one] == group[other])


@given(st.lists(claims, unique=True), st.lists(claims, min_size=1, unique=True), st.randoms())
def test_the_order_of_claims_does_not_matter(living, others, chance) -> None:  # type: ignore[no-untyped-def]
    expected = people(living, others)
    chance.shuffle(living)
    chance.shuffle(others)
    assert people(living, others) == expected
    assert set(expected) == set(living) | set(others)


def test_generic_ids_are_compared_in_capitals() -> None:
    generic = GenericIds.of(["anon", "N/A"])
    assert "Anon " in generic
    assert "" in generic
    assert "4711" not in generic
