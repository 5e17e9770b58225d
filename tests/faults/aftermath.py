"""What must hold after a crash: everything acknowledged is there, nothing refused is, and the check finds nothing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from journal_sender import Told

from isocenter.app import Archive, open_archive
from isocenter.index.query import Level, Query
from isocenter.index.read import RetrieveLookups
from isocenter.settings import Settings, load_settings

RESTART_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What was found; an empty ``wrong`` is what everybody wants."""

    acknowledged: int
    unknown: int
    unknown_present: int
    refused: int
    seconds: float
    wrong: tuple[str, ...]


def settings_of(values: Mapping[str, Any]) -> Settings:
    return load_settings(overrides=values, environment={})


def look_after(values: Mapping[str, Any], told: Told) -> Aftermath:
    """Open the archive again, which recovers, and compare it with what the senders were told."""
    began = time.perf_counter()
    with open_archive(settings_of(values)) as archive:
        seconds = time.perf_counter() - began
        wrong = [f"lost {uid}" for uid in told.acknowledged if archive_digest(archive, uid) is None]
        both = {**told.acknowledged, **told.unknown}
        present = {uid: digest for uid in both if (digest := archive_digest(archive, uid)) is not None}
        wrong += [f"not what was sent: {uid}" for uid, digest in present.items() if digest != both[uid]]
        wrong += [f"refused, and here: {uid}" for uid in told.refused if archive.record.history(uid)]
        found = archive.find.count(Query(Level.IMAGE, relational=True))
        if found != len(present):
            wrong.append(f"{found} instances are found, {len(present)} can be fetched")
        wrong += [f"{problem.rule}: {problem.detail}" for problem in archive.check().problems]
    if seconds > RESTART_SECONDS:
        wrong.append(f"the restart took {seconds:.1f} s")
    unknown_present = sum(uid in present for uid in told.unknown)
    return Aftermath(
        len(told.acknowledged), len(told.unknown), unknown_present, len(told.refused), seconds, tuple(wrong)
    )


def archive_digest(archive: Archive, sop_instance_uid: str) -> str | None:
    """SHA-256 of the data set that is served for an instance; None when none is."""
    held = RetrieveLookups(archive.engine).by_uid(sop_instance_uid)
    if held is None:
        return None
    return hashlib.sha256(b"".join(archive.retrieve.data_set(held))).hexdigest()
