"""A sender that keeps a journal of its own: what it is about to send, and what it was told, each line fsynced."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isocenter.services.samples.bench import BenchKind, bench_instance
from support.part10 import split_part10
from support.raw_sender import Closed, RawPeer

CLASSES = {"mr": "1.2.840.10008.5.1.4.1.1.4", "ct": "1.2.840.10008.5.1.4.1.1.2"}
EXPLICIT = "1.2.840.10008.1.2.1"
SUCCESS, CANNOT_UNDERSTAND, MISMATCH = 0x0000, 0xC000, 0xA900


@dataclass(frozen=True, slots=True)
class Sent:
    """One C-STORE: what the command says, the bytes, and the status that is right for them."""

    sop_class_uid: str
    sop_instance_uid: str
    data_set: bytes = field(repr=False)
    expected: int = SUCCESS

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data_set).hexdigest()


def sound(kind: BenchKind, number: int) -> Sent:
    """A sound instance."""
    file = split_part10(bench_instance(kind, number))
    return Sent(CLASSES[kind], file.sop_instance_uid, file.data_set)


def truncated(kind: BenchKind, number: int) -> Sent:
    """An instance that ends in the middle of its pixel data: to be refused."""
    whole = sound(kind, number)
    return Sent(whole.sop_class_uid, whole.sop_instance_uid, whole.data_set[:-1000], CANNOT_UNDERSTAND)


def mismatched(kind: BenchKind, number: int) -> Sent:
    """An instance announced under another UID: to be refused."""
    whole = sound(kind, number)
    return Sent(whole.sop_class_uid, f"{whole.sop_instance_uid}.9", whole.data_set, MISMATCH)


@dataclass(frozen=True, slots=True)
class Told:
    """What a journal says, by SOP Instance UID: acknowledged and unknown with their digest, and the refused."""

    acknowledged: dict[str, str]
    unknown: dict[str, str]
    refused: set[str]

    @classmethod
    def read(cls, journals: Iterable[Path]) -> Told:
        sent: dict[str, str] = {}
        answered: dict[str, int] = {}
        for journal in journals:
            for line in journal.read_text().splitlines():
                entry = json.loads(line)
                if "digest" in entry:
                    sent[entry["uid"]] = entry["digest"]
                else:
                    answered[entry["uid"]] = entry["status"]
        return cls(
            {uid: sent[uid] for uid, status in answered.items() if status == SUCCESS},
            {uid: digest for uid, digest in sent.items() if uid not in answered},
            {uid for uid, status in answered.items() if status != SUCCESS},
        )


class JournalSender:
    """Sends over one association in a thread of its own until it is done or the server is gone."""

    def __init__(self, port: int, journal: Path, objects: Sequence[Sent], calling: str) -> None:
        self._port = port
        self._objects = objects
        self._calling = calling
        self._journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.surprises: list[str] = []
        self.finished = False
        """Whether everything was answered."""
        self.thread = threading.Thread(target=self._run, name=calling)

    def _run(self) -> None:
        try:
            with RawPeer(("127.0.0.1", self._port), calling=self._calling, seconds=20.0) as peer:
                contexts = {2 * n + 1: (uid, [EXPLICIT]) for n, uid in enumerate(CLASSES.values())}
                peer.associate(contexts, max_pdu=1 << 20)
                numbers = {uid: number for number, (uid, _) in contexts.items()}
                for each in self._objects:
                    self._store(peer, numbers[each.sop_class_uid], each)
                self.finished = True
        except (OSError, Closed):
            pass  # the server was killed, which is the point
        finally:
            os.close(self._journal)

    def _store(self, peer: RawPeer, context_id: int, each: Sent) -> None:
        self._write({"uid": each.sop_instance_uid, "digest": each.digest})
        answer = peer.store(context_id, each.sop_class_uid, each.sop_instance_uid, each.data_set)
        self._write({"uid": each.sop_instance_uid, "status": answer.status})
        if answer.status != each.expected:
            self.surprises.append(f"{each.sop_instance_uid}: {answer.status:04X}, not {each.expected:04X}")

    def _write(self, entry: dict[str, object]) -> None:
        os.write(self._journal, json.dumps(entry).encode() + b"\n")
        os.fsync(self._journal)


def run_all(senders: Sequence[JournalSender], meanwhile: Callable[[], None] = lambda: None) -> list[str]:
    """Let all send, do something meanwhile, wait for all; gives answers that were not the expected ones."""
    for sender in senders:
        sender.thread.start()
    meanwhile()
    for sender in senders:
        sender.thread.join()
    return [surprise for sender in senders for surprise in sender.surprises]
