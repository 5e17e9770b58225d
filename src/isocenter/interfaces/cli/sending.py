"""Sends objects to a peer, as few associations as the bound on presentation contexts allows, and counts outcomes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from isocenter.dicom.uid import MAX_LENGTH
from isocenter.errors import AssociationError, IsocenterError, PeerUnreachable
from isocenter.interfaces.cli.outgoing import Sendable
from isocenter.interfaces.cli.targets import Target
from isocenter.peers.dimse.user import UserAssociation, associate
from isocenter.protocol.dimse import Category, Service, category, meaning
from isocenter.protocol.dimse.negotiation import Proposal, split, storage_proposals

__all__ = ["Reason", "SendReport", "send_all"]

ATTEMPTS = 3
"""Associations in a row that end before an object is answered; each object that ends one is passed over."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Objects that met the same answer."""

    text: str
    count: int
    example: str


@dataclass(slots=True)
class SendReport:
    """The outcome: found = sent + with warning + refused + not sent."""

    found: int
    sent: int = 0
    with_warning: int = 0
    refused: int = 0
    not_sent: int = 0
    """The association ended before their turn, and could not be opened again."""
    reached: bool = False
    """Whether an association came about at all."""
    reasons: list[Reason] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """How many objects the peer has answered."""
        return self.sent + self.with_warning + self.refused

    def add(self, text: str, example: str) -> None:
        """Count a reason."""
        for at, reason in enumerate(self.reasons):
            if reason.text == text:
                self.reasons[at] = Reason(text, reason.count + 1, reason.example)
                return
        self.reasons.append(Reason(text, 1, example))


Progress = Callable[[int], None]


async def send_all(peer: Target, sendables: Sequence[Sendable], progress: Progress) -> SendReport:
    """Send everything. Raises PeerUnreachable or AssociationError when not even the first association comes about."""
    report = SendReport(len(sendables))
    by_pair: dict[tuple[str, str], list[Sendable]] = {}
    for one in sendables:
        missing = _missing(one)
        if missing:
            report.refused += 1
            report.add(missing, one.shown)
            continue
        by_pair.setdefault((one.sop_class_uid, one.transfer_syntax_uid), []).append(one)
    for proposals in split(storage_proposals(by_pair)):
        await _group(peer, proposals, list(_of(proposals, by_pair)), report, progress)
    return report


def _missing(one: Sendable) -> str:
    """Say what an object lacks to be announced to a peer; empty when nothing."""
    uids = (one.sop_class_uid, one.sop_instance_uid, one.transfer_syntax_uid)
    if all(uid.isascii() and 0 < len(uid) <= MAX_LENGTH for uid in uids):
        return ""
    return "It has no usable SOP Class, SOP Instance or transfer syntax UID, so it cannot be announced to a peer."


def _of(proposals: Sequence[Proposal], by_pair: dict[tuple[str, str], list[Sendable]]) -> Iterator[Sendable]:
    for proposal in proposals:
        yield from by_pair[(proposal.abstract_syntax, proposal.transfer_syntaxes[0])]


async def _group(
    peer: Target, proposals: Sequence[Proposal], waiting: list[Sendable], report: SendReport, progress: Progress
) -> None:
    """Send what fits one association; opens it again when it breaks, as long as that gets further."""
    waiting.reverse()
    failures = 0
    while waiting:
        before = len(waiting)
        established = False
        try:
            async with associate(peer.address, proposals, peer.options) as association:
                established = True
                await _send(association, waiting, report, progress)
        except (AssociationError, PeerUnreachable) as error:
            if not established and not report.reached:
                raise
            failures = failures + 1 if before == len(waiting) else 0
            if failures == ATTEMPTS:
                report.not_sent += len(waiting)
                report.add(str(error), waiting[-1].shown)
                return
            if failures and established:
                report.refused += 1
                report.add(str(error), waiting.pop().shown)
        report.reached = True


async def _send(association: UserAssociation, waiting: list[Sendable], report: SendReport, progress: Progress) -> None:
    while waiting:
        one = waiting[-1]
        try:
            status = await association.store(
                one.sop_class_uid, one.sop_instance_uid, one.transfer_syntax_uid, _pieces(one)
            )
        except AssociationError:
            raise
        except IsocenterError as error:
            report.refused += 1
            report.add(str(error), one.shown)
        else:
            _count(report, one, status)
        waiting.pop()
        progress(report.answered)


def _count(report: SendReport, one: Sendable, status: int) -> None:
    kind = category(status)
    if kind is Category.SUCCESS:
        report.sent += 1
        return
    if kind is Category.WARNING:
        report.with_warning += 1
    else:
        report.refused += 1
    report.add(f"The peer answered {status:04X} ({meaning(status, Service.STORAGE)}).", one.shown)


async def _pieces(one: Sendable) -> AsyncIterator[bytes]:
    for piece in one.pieces():
        yield piece
