from __future__ import annotations

from isocenter.dicom import sop_class, uid


def test_storage_classes_are_there_current_retired_and_for_trial() -> None:
    assert sop_class.STORAGE["1.2.840.10008.5.1.4.1.1.2"].name == "CT Image Storage"
    assert not sop_class.STORAGE["1.2.840.10008.5.1.4.1.1.2"].retired
    assert sop_class.STORAGE["1.2.840.10008.5.1.4.1.1.9"].retired
    assert len(sop_class.STORAGE) > 200


def test_every_storage_class_that_a_known_implementation_offers_is_there() -> None:
    from pynetdicom import sop_class as theirs

    assert {str(value) for value in theirs._STORAGE_CLASSES.values()} <= sop_class.STORAGE.keys()


def test_services_and_media_are_no_storage() -> None:
    for value in (sop_class.VERIFICATION, sop_class.STUDY_ROOT_FIND, sop_class.MEDIA_STORAGE_DIRECTORY):
        assert value not in sop_class.STORAGE
        assert value in sop_class.SOP_CLASSES


def test_constants_name_what_they_say() -> None:
    assert sop_class.name_of(sop_class.VERIFICATION) == "Verification"
    assert "Study Root" in sop_class.name_of(sop_class.STUDY_ROOT_MOVE)
    assert "Modality Worklist" in sop_class.name_of(sop_class.MODALITY_WORKLIST_FIND)
    assert sop_class.name_of("1.2.3") == "1.2.3"


def test_every_uid_and_name_of_the_table_is_well_formed() -> None:
    for key, known in sop_class.SOP_CLASSES.items():
        assert uid.is_valid(key)
        assert known.name == known.name.strip() != ""


def test_objects_without_a_patient_are_storage_classes() -> None:
    assert sop_class.STORAGE.keys() >= sop_class.NON_PATIENT
