"""A DICOM sender on a bare socket: sends data sets unchanged, and breaks the rules where a test wants it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from support import pdu

VERIFICATION = "1.2.840.10008.1.1"


class Rejected(Exception):
    """The association was rejected: result, source, reason (PS3.8 9.3.4)."""

    @property
    def triple(self) -> tuple[int, int, int]:
        return self.args[0]  # type: ignore[no-any-return]


class Closed(Exception):
    """The other end aborted (source, reason) or closed (None)."""

    @property
    def abort(self) -> tuple[int, int] | None:
        return self.args[0]  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a C-STORE or C-ECHO was answered with."""

    status: int
    error_comment: str = ""
    offending_element: int = 0


class RawPeer:
    """One connection. Nothing is sent that a test did not ask for."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        called: str | bytes = "ISOCENTER",
        calling: str | bytes = "RAWPEER",
        source: str = "",
        seconds: float = 60.0,
    ) -> None:
        self.socket = socket.create_connection(address, timeout=seconds, source_address=(source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.called = called
        self.calling = calling
        self.accepted: dict[int, str] = {}
        self.results: dict[int, tuple[int, str]] = {}
        self.max_pdu = 16384
        self._message_id = 0

    def __enter__(self) -> RawPeer:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    # Whole steps.

    def associate(self, contexts: Mapping[int, tuple[str, Sequence[str]]], *, max_pdu: int = 65536) -> None:
        """Ask for an association. Raises Rejected, Closed."""
        self.send(pdu.associate_request(self.called, self.calling, contexts, max_pdu=max_pdu))
        kind, body = self.receive()
        if kind == pdu.ASSOCIATE_RJ:
            raise Rejected((body[1], body[2], body[3]))
        assert kind == pdu.ASSOCIATE_AC, kind
        self.results = pdu.context_results(body)
        self.accepted = pdu.accepted_contexts(body)
        self.max_pdu = pdu.max_pdu_of(body) or 1 << 20

    def store(
        self, context_id: int, sop_class_uid: str, sop_instance_uid: str, data_set: bytes, *, split: Sequence[int] = ()
    ) -> Answer:
        """Store one data set; ``split`` names offsets at which a new PDU begins, on top of the size limit."""
        for piece in self.store_pdus(context_id, sop_class_uid, sop_instance_uid, data_set, split=split):
            self.send(piece)
        return self.answer()

    def echo(self, context_id: int) -> Answer:
        """Verify that the other end still answers."""
        command = {pdu.COMMAND_FIELD: pdu.C_ECHO_RQ, pdu.AFFECTED_SOP_CLASS: VERIFICATION}
        self.send(self.command_pdu(context_id, command, has_data_set=False))
        return self.answer()

    def release(self) -> None:
        """Release in order."""
        self.send(pdu.pdu(pdu.RELEASE_RQ, bytes(4)))
        kind, _ = self.receive()
        assert kind == pdu.RELEASE_RP, kind
        self.socket.close()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # Pieces of steps.

    def store_pdus(
        self, context_id: int, sop_class_uid: str, sop_instance_uid: str, data_set: bytes, *, split: Sequence[int] = ()
    ) -> Iterator[bytes]:
        """The PDUs of one C-STORE, the command first, for tests that stop or wait between them."""
        command: dict[int, int | str] = {pdu.COMMAND_FIELD: pdu.C_STORE_RQ, pdu.PRIORITY: 0}
        command |= {pdu.AFFECTED_SOP_CLASS: sop_class_uid, pdu.AFFECTED_SOP_INSTANCE: sop_instance_uid}
        yield self.command_pdu(context_id, command, has_data_set=True)
        step = self.max_pdu - 6
        bounds = sorted({0, len(data_set), *range(0, len(data_set), step), *(at for at in split if at < len(data_set))})
        for start, stop in zip(bounds, bounds[1:] or [0], strict=False):
            last = stop == len(data_set)
            yield pdu.pdu(pdu.P_DATA, pdu.pdv(context_id, data_set[start:stop], command=False, last=last))

    def command_pdu(self, context_id: int, elements: Mapping[int, int | str], *, has_data_set: bool) -> bytes:
        self._message_id += 1
        type_of_data_set = 0x0001 if has_data_set else pdu.NO_DATA_SET
        whole = {**elements, pdu.MESSAGE_ID: self._message_id, pdu.DATA_SET_TYPE: type_of_data_set}
        return pdu.pdu(pdu.P_DATA, pdu.pdv(context_id, pdu.command_set(whole), command=True, last=True))

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except (ConnectionError, BrokenPipeError):
            raise Closed(self._abort_already_here()) from None

    def receive(self) -> tuple[int, bytes]:
        """Read one PDU. Raises Closed on an abort, the end, or a reset."""
        head = self._exactly(6)
        kind, _, length = struct.unpack(">BBI", head)
        body = self._exactly(length)
        if kind == pdu.ABORT:
            raise Closed((body[2], body[3]))
        return kind, body

    def answer(self) -> Answer:
        """Read PDUs up to the end of a response's command."""
        command = b""
        while True:
            kind, body = self.receive()
            assert kind == pdu.P_DATA, kind
            for fragment in pdu.pdvs(body):
                command += fragment.data
                if fragment.is_last:
                    elements = pdu.read_command_set(command)
                    return Answer(
                        int(elements[pdu.STATUS]),
                        str(elements.get(pdu.ERROR_COMMENT, "")),
                        int(elements.get(pdu.OFFENDING_ELEMENT, 0)),
                    )

    def ends_with(self) -> tuple[int, int] | None:
        """Read until the other end is gone; give its abort's source and reason, None for a mere close."""
        try:
            while True:
                self.receive()
        except Closed as closed:
            return closed.abort

    def _exactly(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            try:
                data = self.socket.recv(count - len(parts))
            except ConnectionError:
                data = b""
            if not data:
                raise Closed(None)
            parts += data
        return bytes(parts)

    def _abort_already_here(self) -> tuple[int, int] | None:
        try:
            return self.ends_with()
        except OSError:
            return None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One data set to send, with what its command says."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set: bytes


def send_all(address: tuple[str, int], objects: Sequence[Outgoing], *, calling: str = "RAWPEER") -> list[Answer]:
    """Store objects unchanged, each in its own transfer syntax, over as few associations as contexts allow."""
    pairs = list(dict.fromkeys((each.sop_class_uid, each.transfer_syntax_uid) for each in objects))
    answers: dict[int, Answer] = {}
    for start in range(0, len(pairs), 128):
        numbers = {pair: 2 * number + 1 for number, pair in enumerate(pairs[start : start + 128])}
        with RawPeer(address, calling=calling) as peer:
            peer.associate({number: (pair[0], [pair[1]]) for pair, number in numbers.items()})
            for position, each in enumerate(objects):
                number = numbers.get((each.sop_class_uid, each.transfer_syntax_uid))
                if number is None:
                    continue
                if number not in peer.accepted:
                    answers[position] = Answer(0x0122, f"context result {peer.results.get(number)}")
                    continue
                answers[position] = peer.store(number, each.sop_class_uid, each.sop_instance_uid, each.data_set)
            peer.release()
    return [answers[position] for position in range(len(objects))]
