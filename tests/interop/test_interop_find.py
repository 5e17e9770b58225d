"""Every required key, in every kind of matching, at every level, in both roots; the same counts over QIDO-RS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.dicomweb import client_for
from support.objects import ROOT, Place, mr
from support.querying import UNIQUE_KEY, Found, find_with_dcmtk, find_with_pynetdicom
from support.raw_sender import Outgoing, send_all
from support.server import Server, running_server

pytestmark = [pytest.mark.peer]

LEVELS = ("PATIENT", "STUDY", "SERIES", "IMAGE")


@dataclass(frozen=True, slots=True)
class Study:
    """A study of the archive that is asked; ``series`` holds modality, number and instance count of each."""

    patient_id: str
    patient_name: str
    date: str
    time: str
    accession: str
    study_id: str
    series: tuple[tuple[str, str, int], ...]


STUDIES = {
    "a": Study("P1", "Müller^Anna", "20240110", "081500", "ACC-1", "S1", (("CT", "1", 3), ("SR", "2", 1))),
    "b": Study("P1", "Müller^Anna", "20240215", "140000.5", "ACC-2", "S2", (("MR", "1", 2),)),
    "c": Study("P2", "Mueller^Bert", "20231231", "235959", "XR-77", "S3", (("CR", "7", 1),)),
    "d": Study("P3", "Łódź^Ewa", "", "", "", "", (("MR", "", 1),)),
}


def study_uid(name: str) -> str:
    return f"{ROOT}.{ord(name)}"


def series_uid(name: str) -> str:
    """Of a name such as a1: the first series of study a."""
    return f"{study_uid(name[0])}.{name[1]}"


def instance_uid(name: str) -> str:
    """Of a name such as a12: the second instance of the first series of study a."""
    return f"{series_uid(name)}.{name[2]}"


def uid(level: str, name: str) -> str:
    """The value of a level's unique key for a name: of a patient its ID, else a UID."""
    return {"PATIENT": str, "STUDY": study_uid, "SERIES": series_uid, "IMAGE": instance_uid}[level](name)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("find")) as running:
        objects = [made for name, study in STUDIES.items() for made in instances(name, study)]
        assert {answer.status for answer in send_all(running.address, objects)} == {0}
        yield running


def instances(name: str, study: Study) -> list[Outgoing]:
    made = []
    for number, (modality, series_number, count) in enumerate(study.series, 1):
        place = Place(study_uid(name), series_uid(f"{name}{number}"), study.patient_id, study.patient_name)
        made += [
            mr(
                instance,
                place,
                SpecificCharacterSet="ISO_IR 192",
                Modality=modality,
                SeriesNumber=series_number,
                StudyDate=study.date,
                StudyTime=study.time,
                AccessionNumber=study.accession,
                StudyID=study.study_id,
            )
            for instance in range(1, count + 1)
        ]
    return made


A, A1 = study_uid("a"), series_uid("a1")
Case = tuple[str, Mapping[str, str], str]

PATIENT_CASES: list[Case] = [
    ("PATIENT", {"PatientID": "P1"}, "P1"),
    ("PATIENT", {"PatientID": ""}, "P1 P2 P3"),
    ("PATIENT", {"PatientID": "P*"}, "P1 P2 P3"),
    ("PATIENT", {"PatientID": "?2"}, "P2"),
    ("PATIENT", {"PatientName": "Mueller^Bert"}, "P2"),
    ("PATIENT", {"PatientName": ""}, "P1 P2 P3"),
    ("PATIENT", {"PatientName": "MULLER*"}, "P1 P2"),
    ("PATIENT", {"PatientName": "müller^a*"}, "P1"),
    ("PATIENT", {"PatientName": "lodz*"}, "P3"),
    ("PATIENT", {"PatientName": "*^Ew?"}, "P3"),
    ("PATIENT", {"PatientID": "P9"}, ""),
]
STUDY_CASES: list[Case] = [
    ("STUDY", {"StudyDate": "20240110"}, "a"),
    ("STUDY", {"StudyDate": ""}, "a b c d"),
    ("STUDY", {"StudyDate": "20240101-20240131"}, "a"),
    ("STUDY", {"StudyDate": "20240110-"}, "a b"),
    ("STUDY", {"StudyDate": "-20240110"}, "a c"),
    ("STUDY", {"StudyTime": "081500"}, "a"),
    ("STUDY", {"StudyTime": ""}, "a b c d"),
    ("STUDY", {"StudyTime": "0800-1430"}, "a b"),
    ("STUDY", {"StudyTime": "1400-"}, "b c"),
    ("STUDY", {"StudyTime": "-0900"}, "a"),
    ("STUDY", {"AccessionNumber": "ACC-1"}, "a"),
    ("STUDY", {"AccessionNumber": ""}, "a b c d"),
    ("STUDY", {"AccessionNumber": "ACC*"}, "a b"),
    ("STUDY", {"AccessionNumber": "??-77"}, "c"),
    ("STUDY", {"StudyID": "S3"}, "c"),
    ("STUDY", {"StudyID": ""}, "a b c d"),
    ("STUDY", {"StudyID": "S?"}, "a b c"),
    ("STUDY", {"StudyInstanceUID": A}, "a"),
    ("STUDY", {"StudyInstanceUID": ""}, "a b c d"),
    ("STUDY", {"StudyInstanceUID": f"{A}\\{study_uid('d')}\\1.2.3"}, "a d"),
]
STUDY_ROOT_CASES: list[Case] = [
    ("STUDY", {"PatientName": "Müller^Anna"}, "a b"),
    ("STUDY", {"PatientName": ""}, "a b c d"),
    ("STUDY", {"PatientName": "MUELLER*"}, "a b c"),
    ("STUDY", {"PatientID": "P1"}, "a b"),
    ("STUDY", {"PatientID": ""}, "a b c d"),
    ("STUDY", {"PatientID": "P[*"}, ""),
    ("STUDY", {"PatientID": "?2"}, "c"),
    ("STUDY", {"PatientID": "P1", "StudyDate": "20240201-20240229"}, "b"),
]
SERIES_CASES: list[Case] = [
    ("SERIES", {"StudyInstanceUID": A, "Modality": "CT"}, "a1"),
    ("SERIES", {"StudyInstanceUID": A, "Modality": ""}, "a1 a2"),
    ("SERIES", {"StudyInstanceUID": A, "Modality": "?R"}, "a2"),
    ("SERIES", {"StudyInstanceUID": A, "SeriesNumber": "2"}, "a2"),
    ("SERIES", {"StudyInstanceUID": A, "SeriesNumber": ""}, "a1 a2"),
    ("SERIES", {"StudyInstanceUID": A, "SeriesInstanceUID": A1}, "a1"),
    ("SERIES", {"StudyInstanceUID": A, "SeriesInstanceUID": ""}, "a1 a2"),
    ("SERIES", {"StudyInstanceUID": A, "SeriesInstanceUID": f"{A1}\\{series_uid('a2')}"}, "a1 a2"),
]
IMAGE_CASES: list[Case] = [
    ("IMAGE", {"StudyInstanceUID": A, "SeriesInstanceUID": A1, "InstanceNumber": "2"}, "a12"),
    ("IMAGE", {"StudyInstanceUID": A, "SeriesInstanceUID": A1, "InstanceNumber": ""}, "a11 a12 a13"),
    ("IMAGE", {"StudyInstanceUID": A, "SeriesInstanceUID": A1, "SOPInstanceUID": instance_uid("a13")}, "a13"),
    ("IMAGE", {"StudyInstanceUID": A, "SeriesInstanceUID": A1, "SOPInstanceUID": ""}, "a11 a12 a13"),
    (
        "IMAGE",
        {
            "StudyInstanceUID": A,
            "SeriesInstanceUID": A1,
            "SOPInstanceUID": f"{instance_uid('a11')}\\{instance_uid('a13')}",
        },
        "a11 a13",
    ),
]
BELOW = [*SERIES_CASES, *IMAGE_CASES]


def under_patient(case: Case, patient_id: str) -> Case:
    """The same query in the Patient Root, which asks for the patient's ID below its level."""
    level, keys, expected = case
    return level, {"PatientID": patient_id, **keys}, expected


def of_patient(case: Case, patient_id: str) -> Case:
    """A study query of the Patient Root, with those of its matches that are the patient's."""
    level, keys, expected = under_patient(case, patient_id)
    return level, keys, " ".join(name for name in expected.split() if STUDIES[name].patient_id == patient_id)


STUDY_ROOT = [*STUDY_CASES, *STUDY_ROOT_CASES, *BELOW]
PATIENT_ROOT = [*PATIENT_CASES, *(of_patient(case, "P1") for case in STUDY_CASES)]
PATIENT_ROOT += [under_patient(case, "P1") for case in BELOW]
EVERY = [("study", *case) for case in STUDY_ROOT] + [("patient", *case) for case in PATIENT_ROOT]


def named(case: tuple[str, str, Mapping[str, str], str]) -> str:
    root, level, keys, _ = case
    return f"{root}-{level}-{','.join(f'{keyword}={value[-20:]}' for keyword, value in keys.items())}"


def request(level: str, keys: Mapping[str, str]) -> dict[str, str]:
    return {"SpecificCharacterSet": "ISO_IR 192", "QueryRetrieveLevel": level, UNIQUE_KEY[level]: "", **keys}


def assert_found(found: Found, level: str, keys: Mapping[str, str], expected: str) -> None:
    assert found.unique(level) == {uid(level, name) for name in expected.split()}
    assert len(found.matches) == len(expected.split())
    for match in found.matches:
        assert match.QueryRetrieveLevel == level
        assert match.RetrieveAETitle == "ISOCENTER"
        assert [keyword for keyword in keys if keyword not in match] == []


@pytest.mark.parametrize("case", EVERY, ids=named)
def test_findscu_finds_by_every_required_key(
    server: Server, tmp_path: Path, case: tuple[str, str, Mapping[str, str], str]
) -> None:
    root, level, keys, expected = case
    found = find_with_dcmtk(server, root, request(level, keys), tmp_path)
    assert "Received Final Find Response (Success)" in found.said
    assert_found(found, level, keys, expected)


SAMPLE = EVERY[::8]


@pytest.mark.parametrize("case", SAMPLE, ids=named)
def test_pynetdicom_finds_the_same(
    server: Server, tmp_path: Path, case: tuple[str, str, Mapping[str, str], str]
) -> None:
    root, level, keys, expected = case
    found = find_with_pynetdicom(server, root, request(level, keys), tmp_path)
    assert_found(found, level, keys, expected)


@pytest.mark.parametrize("case", STUDY_ROOT, ids=lambda case: named(("qido", *case)))
def test_qido_gives_the_same_matches(server: Server, case: Case) -> None:
    level, keys, expected = case
    client, _ = client_for(server)
    filters = {keyword: value.replace("\\", ",") for keyword, value in keys.items() if value}
    if level == "STUDY":
        matches = client.search_for_studies(search_filters=filters)
    elif level == "SERIES":
        matches = client.search_for_series(filters.pop("StudyInstanceUID"), search_filters=filters)
    else:
        study, series = filters.pop("StudyInstanceUID"), filters.pop("SeriesInstanceUID")
        matches = client.search_for_instances(study, series, search_filters=filters)
    tag = {"STUDY": "0020000D", "SERIES": "0020000E", "IMAGE": "00080018"}[level]
    assert sorted(match[tag]["Value"][0] for match in matches) == sorted(uid(level, name) for name in expected.split())


def test_names_come_back_as_they_were_sent(server: Server, tmp_path: Path) -> None:
    found = find_with_dcmtk(server, "study", request("STUDY", {"PatientName": "LODZ*"}), tmp_path)
    assert [str(match.PatientName) for match in found.matches] == ["Łódź^Ewa"]


@pytest.mark.parametrize("keys", [{"PatientID": "P1"}, {"QueryRetrieveLevel": "SLICE"}])
def test_a_query_without_a_level_is_refused(server: Server, tmp_path: Path, keys: dict[str, str]) -> None:
    found = find_with_dcmtk(server, "study", keys, tmp_path)
    assert found.matches == []
    assert "DataSetDoesNotMatchSOPClass" in found.said or "0xa900" in found.said.lower()


def test_a_query_below_its_parent_without_the_parents_key_is_refused(server: Server, tmp_path: Path) -> None:
    found = find_with_dcmtk(server, "study", {"QueryRetrieveLevel": "SERIES", "Modality": "CT"}, tmp_path)
    assert found.matches == []
    assert "DataSetDoesNotMatchSOPClass" in found.said or "0xa900" in found.said.lower()


def test_a_key_that_is_not_supported_is_said_to_be_so_and_the_rest_is_answered(server: Server, tmp_path: Path) -> None:
    keys = request("STUDY", {"PatientID": "P2", "PatientWeight": ""})
    found = find_with_dcmtk(server, "study", keys, tmp_path)
    assert found.unique("STUDY") == {study_uid("c")}
    assert "Pending: WarningUnsupportedOptionalKeys" in found.said
    assert "PatientWeight" not in found.matches[0]
