"""Files that peers alter or cannot send: by a bare socket and by ``isocenter import`` they are kept as they are.

The page docs/reference/corpus-not-stored.md lists what is not stored, and why. To write it anew:
``ISOCENTER_WRITE_PAGES=1 pytest tests/interop/test_interop_unchanged.py``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.corpus import CorpusFile, batches, corpus_files
from support.dicomweb import fetch_with_curl
from support.part10 import Part10
from support.raw_sender import Answer, Outgoing, send_all
from support.server import Server, isocenter, running_server, settings_in

pytestmark = [pytest.mark.peer, pytest.mark.corpus, pytest.mark.timeout(900)]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "corpus-not-stored.md"
DIRECTORY = "A DICOMDIR; the files are taken from the folders themselves."
CANNOT_UNDERSTAND = 0xC000
EXAMPLES = 5
"""Files that an import names for one reason."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one file at both doors; both empty when it is stored."""

    name: str
    status: int
    comment: str
    imported: str

    @property
    def stored(self) -> bool:
        return self.status == 0 and not self.imported


@pytest.fixture(scope="module")
def fates(corpus: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Fate]:
    """Send and import every file, and compare what is stored with the file, byte for byte.

    The usual run imports the first batch, nine files of ten; a full one (``-m corpus``) every batch.
    """
    spread = batches(corpus_files(corpus))
    imported = spread if "corpus" in request.config.option.markexpr else spread[:1]
    answers: dict[str, Answer] = {}
    with ThreadPoolExecutor(2) as pool:
        reasons = pool.submit(reasons_of_import, tmp_path_factory.mktemp("reasons"), corpus_files(corpus))
        for part in pool.map(lambda batch: by_raw_sender(tmp_path_factory.mktemp("raw"), batch), spread):
            answers |= part
        why = reasons.result()
        list(pool.map(lambda batch: by_import(tmp_path_factory.mktemp("import"), batch, why), imported))
    return {
        name: Fate(name, answer.status, answer.error_comment, why.get(name, "")) for name, answer in answers.items()
    }


def by_raw_sender(folder: Path, batch: Sequence[CorpusFile]) -> dict[str, Answer]:
    """Store a batch unchanged; what was acknowledged equals the file."""
    objects = [
        Outgoing(
            file.identity.sop_class_uid or "1.2.840.10008.5.1.4.1.1.7",
            file.uid or "2.25.1",
            file.part10.transfer_syntax_uid,
            file.part10.data_set,
        )
        for file in batch
    ]
    with running_server(folder) as server:
        answers = send_all(server.address, objects)
        assert_kept(server, [file for file, answer in zip(batch, answers, strict=True) if answer.status == 0], folder)
    return {file.name: answer for file, answer in zip(batch, answers, strict=True)}


def by_import(folder: Path, batch: Sequence[CorpusFile], reasons: Mapping[str, str]) -> None:
    """Import a batch into an empty folder: all is stored but what has a reason, and equals the file."""
    settings_in(folder)
    files = [file for file in batch if not is_directory(file)]
    sound = [file for file in files if file.name not in reasons]
    assert reported(folder, files)["counts"]["stored"] == len(sound)
    with running_server(folder) as server:
        assert_kept(server, sound, folder)


def reasons_of_import(folder: Path, files: Sequence[CorpusFile]) -> dict[str, str]:
    """Import what may be refused, in portions, as a report names only so many examples; give the reasons."""
    settings_in(folder)
    doubtful = [file for file in files if (file.refusal or file.malformed) and not is_directory(file)]
    reasons = {file.name: DIRECTORY for file in files if is_directory(file)}
    for start in range(0, len(doubtful), EXAMPLES):
        some = doubtful[start : start + EXAMPLES]
        names = {str(file.path): file.name for file in some}
        report = reported(folder, some)
        for reason in [*report["refused"], *report["passed_over"]]:
            reasons |= {names[example["where"]]: example["why"] for example in reason["examples"]}
    return reasons


def reported(folder: Path, files: Sequence[CorpusFile]) -> dict[str, Any]:  # Any: JSON
    done = isocenter(folder, "import", "--json", *(str(file.path) for file in files), check=False)
    assert done.stdout.startswith("{"), done.stderr
    return dict(json.loads(done.stdout))


def is_directory(file: CorpusFile) -> bool:
    """Whether it is a DICOMDIR: to name it means to import the medium."""
    return Path(file.name).name.startswith("DICOMDIR")


def assert_kept(server: Server, files: Iterable[CorpusFile], folder: Path) -> None:
    wanted = {file.uid: file for file in files}
    if not wanted:
        return
    paths = [
        f"/studies/{study}" for study in dict.fromkeys(file.identity.study_instance_uid for file in wanted.values())
    ]
    came = {part10.sop_instance_uid: part10 for part10 in fetch_with_curl(server, paths, folder / "curl")}
    assert set(came) == set(wanted)
    assert not [file.name for uid, file in wanted.items() if not same(file.part10, came[uid])]


def same(file: Part10, came: Part10) -> bool:
    return (file.transfer_syntax_uid, file.data_set) == (came.transfer_syntax_uid, came.data_set)


def test_what_is_stored_equals_the_file_and_both_doors_agree(fates: dict[str, Fate]) -> None:
    assert len(fates) > 600
    assert not [fate for fate in fates.values() if (fate.status == 0) != (not fate.imported)]


def test_files_without_the_required_uids_are_refused_for_that(corpus: Path, fates: dict[str, Fate]) -> None:
    without = [file for file in corpus_files(corpus) if file.refusal is not None and not file.malformed]
    assert len(without) > 25
    malformed = {file.name for file in without if fates[file.name].status == CANNOT_UNDERSTAND}
    assert malformed == {"dicomdir/pydicom_fileset/DICOMDIR-nooffset"}
    assert not [file.name for file in without if fates[file.name].status != file.refusal and file.name not in malformed]


def test_nothing_sound_is_refused(corpus: Path, fates: dict[str, Fate]) -> None:
    sound = [file for file in corpus_files(corpus) if file.refusal is None and not file.malformed]
    assert len(sound) > 550
    assert not [file.name for file in sound if not fates[file.name].stored]


def test_the_page_lists_every_file_that_is_not_stored(fates: dict[str, Fate]) -> None:
    written = page(fates.values())
    if os.environ.get("ISOCENTER_WRITE_PAGES"):
        PAGE.write_text(written)
    print(written)
    assert PAGE.read_text() == written


def page(fates: Iterable[Fate]) -> str:
    fates = list(fates)
    left_out = sorted((fate for fate in fates if not fate.stored), key=lambda fate: fate.name)
    lines = [
        "# Files of the test collection that are not stored",
        "",
        f"The shared collection of real files holds {len(fates)}. {len(fates) - len(left_out)} are stored as they are, "
        "every byte of the data set,",
        "by C-STORE from a bare socket and by `isocenter import`. These are not; the first column of reasons is the",
        "status and Error Comment of C-STORE, the second what an import says. A test keeps this page true.",
        "",
        "| file | C-STORE | import |",
        "|---|---|---|",
    ]
    lines += [f"| {fate.name} | {fate.status:04X} {fate.comment} | {fate.imported} |" for fate in left_out]
    return "\n".join(lines) + "\n"
