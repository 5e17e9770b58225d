"""Ten large multi-frames at once: memory stays bounded, every byte is kept, and small objects are served meanwhile.

200 MiB each in the default run, 1 GiB each with ISOCENTER_LONG=1 (10 GiB of disk while it runs).
"""

from __future__ import annotations

import json
import random
import shutil
import statistics
import struct
import tarfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from blake3 import blake3
from dicom_bytes import Encoding
from process import LONG, MIB, descriptors, forget_peak, peak_bytes, resident_bytes

from isocenter.services.samples import bench_instance
from support import pdu
from support.part10 import EXPLICIT_VR_LITTLE_ENDIAN, identity_inside, split_part10
from support.raw_sender import RawPeer
from support.server import Server, get, running_server

SENDERS = 10
FRAMES = 512 if LONG else 100
FRAME_BYTES = 2 * MIB
GROWTH = 300 * MIB
MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.7.3"
MR = "1.2.840.10008.5.1.4.1.1.4"
NOISE = memoryview(random.Random(1).randbytes(2 * FRAME_BYTES))


@dataclass(frozen=True, slots=True)
class Large:
    """One multi-frame, made while it is sent."""

    number: int
    frames: int = FRAMES
    bulk: tuple[int, bytes] = (0x7FE00010, b"OW")
    """The element that holds the noise; pixel data, unless a test wants something else."""
    mark: int = 0
    """Makes the first frame another one."""

    @property
    def uid(self) -> str:
        return f"2.25.777{self.number}"

    def buffers(self) -> Iterator[memoryview]:
        """The data set: its header, then frames of noise, each begun differently."""
        yield memoryview(self._header())
        for frame in range(self.frames):
            yield memoryview(struct.pack("<II", self.number + (self.mark if frame == 0 else 0), frame))
            start = (self.number * 9973 + frame * 4099) % FRAME_BYTES
            yield NOISE[start : start + FRAME_BYTES - 8]

    def content_id(self) -> bytes:
        digest = blake3(EXPLICIT_VR_LITTLE_ENDIAN.encode() + b"\0")
        for buffer in self.buffers():
            digest.update(buffer)
        return digest.digest()

    def _header(self) -> bytes:
        write = Encoding(implicit=False, big=False)
        uids = {0x00080016: MULTI_FRAME, 0x00080018: self.uid, 0x0020000D: "2.25.7771", 0x0020000E: "2.25.7772"}
        number = struct.Struct("<H").pack
        elements = [write.element(tag, b"UI", _even(uid.encode())) for tag, uid in uids.items()]
        elements.append(write.element(0x00280002, b"US", number(1)))
        elements.append(write.element(0x00280004, b"CS", b"MONOCHROME2 "))
        elements.append(write.element(0x00280008, b"IS", _even(str(self.frames).encode())))
        for tag, value in ((0x00280010, 1024), (0x00280011, 1024), (0x00280100, 16), (0x00280101, 16)):
            elements.append(write.element(tag, b"US", number(value)))
        elements.append(write.head(*self.bulk, self.frames * FRAME_BYTES))
        return b"".join(elements)


def _even(value: bytes) -> bytes:
    return value + b"\0" * (len(value) % 2)


def send_large(server: Server, large: Large) -> int:
    """Store it over an association of its own; gives the status."""
    with RawPeer(server.address, calling=f"LARGE{large.number}", seconds=600) as peer:
        peer.associate({1: (MULTI_FRAME, [EXPLICIT_VR_LITTLE_ENDIAN])})
        peer.send(next(peer.store_pdus(1, MULTI_FRAME, large.uid, b"")))
        step = peer.max_pdu - 6
        for buffer in large.buffers():
            for start in range(0, len(buffer), step):
                piece = buffer[start : start + step]
                head = struct.pack(">BBI", pdu.P_DATA, 0, len(piece) + 6) + struct.pack(">IBB", len(piece) + 2, 1, 0)
                peer.socket.sendall(head)
                peer.socket.sendall(piece)
        peer.send(pdu.pdu(pdu.P_DATA, pdu.pdv(1, b"", command=False, last=True)))
        status = peer.answer().status
        peer.release()
        return status


def send_small(server: Server, stop: threading.Event) -> list[float]:
    """Store small objects one after the other; gives the seconds that each took."""
    took: list[float] = []
    with RawPeer(server.address, calling="SMALL") as peer:
        peer.associate({1: (MR, [EXPLICIT_VR_LITTLE_ENDIAN])})
        while not stop.is_set():
            part10 = split_part10(bench_instance("mr", len(took)))
            uid = identity_inside(part10).sop_instance_uid
            started = time.monotonic()
            assert peer.store(1, MR, uid, part10.data_set).status == 0
            took.append(time.monotonic() - started)
        peer.release()
    return took


@pytest.mark.timeout(1200)
def test_ten_large_multi_frames_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = FRAMES * FRAME_BYTES
    if shutil.disk_usage(tmp_path).free < 2 * SENDERS * size:
        pytest.skip("Not enough disk for ten large objects.")
    try:
        with running_server(tmp_path) as server:
            warm_up(server)
            pid = server.process.pid
            before, files = resident_bytes(pid), descriptors(pid)
            forget_peak(pid)
            stop = threading.Event()
            started = time.monotonic()
            with ThreadPoolExecutor(SENDERS + 1) as pool:
                small = pool.submit(send_small, server, stop)
                large = [Large(number) for number in range(SENDERS)]
                statuses = list(pool.map(lambda each: send_large(server, each), large))
                took = time.monotonic() - started
                stop.set()
                latencies = sorted(small.result())
            growth = peak_bytes(pid) - before
            with capsys.disabled():
                print(report(size, took, growth, resident_bytes(pid) - before, latencies))
            assert statuses == [0] * SENDERS
            assert growth < GROWTH
            assert latencies
            assert statistics.median(latencies) < 1.0
            assert len(descriptors(pid)) <= len(files) + 6, descriptors(pid)
            assert not list((server.data / "incoming").iterdir())
            assert server.health()["instances"] == SENDERS + 20 + len(latencies)
        assert stored_content_ids(server.data) >= {each.content_id() for each in large}
    finally:
        shutil.rmtree(tmp_path / "data", ignore_errors=True)


@pytest.mark.timeout(300)
def test_a_large_object_without_pixel_data_is_never_held_whole(tmp_path: Path) -> None:
    """Not while it arrives, not to make its header, not to compare it with another one under its UID."""
    try:
        with running_server(tmp_path) as server:
            warm_up(server)
            pid = server.process.pid
            before = resident_bytes(pid)
            forget_peak(pid)
            first = Large(1, 150, bulk=(0x7FE10010, b"OB"))
            assert send_large(server, first) == 0
            url = f"{server.dicomweb}/studies/2.25.7771/series/2.25.7772/instances/{first.uid}/metadata"
            [model] = json.loads(get(url, {"Accept": "application/dicom+json"}))
            assert "BulkDataURI" in model["7FE10010"]
            assert send_large(server, replace(first, mark=100)) == 0
            assert peak_bytes(pid) - before < 100 * MIB
            assert server.health()["instances"] == 21  # the second version took the first one's place
    finally:
        shutil.rmtree(tmp_path / "data", ignore_errors=True)


def warm_up(server: Server) -> None:
    """Take the memory that any server has after its first objects, a spilled one included."""
    with RawPeer(server.address, calling="WARM") as peer:
        peer.associate({1: (MR, [EXPLICIT_VR_LITTLE_ENDIAN])})
        for number in range(1_000_000, 1_000_019):
            part10 = split_part10(bench_instance("mr", number))
            assert peer.store(1, MR, identity_inside(part10).sop_instance_uid, part10.data_set).status == 0
        peer.release()
    assert send_large(server, Large(99, frames=8)) == 0


def stored_content_ids(folder: Path) -> set[bytes]:
    """Read every pack and compute what its large members really are; their names must say the same."""
    found = set()
    for pack in sorted(folder.glob("packs/*/*.tar")):
        with tarfile.open(pack, "r:") as tar:
            for member in tar:
                if member.size < FRAME_BYTES:
                    continue
                with pack.open("rb") as file:
                    file.seek(member.offset_data)
                    head = file.read(65536)
                    start = len(head) - len(split_part10(head).data_set)
                    digest = blake3(EXPLICIT_VR_LITTLE_ENDIAN.encode() + b"\0" + head[start:])
                    left = member.size - len(head)
                    while left:
                        chunk = file.read(min(left, 1 << 22))
                        digest.update(chunk)
                        left -= len(chunk)
                assert member.name == f"{digest.hexdigest()}.dcm"
                found.add(digest.digest())
    return found


def report(size: int, took: float, growth: int, kept: int, latencies: list[float]) -> str:
    rate = SENDERS * size / took / MIB
    p95 = latencies[int(len(latencies) * 0.95)]
    return (
        f"\n{SENDERS} x {size // MIB} MiB in {took:.1f} s ({rate:.0f} MiB/s); memory grew by {growth / MIB:.0f} MiB at "
        f"its peak, {kept / MIB:.0f} MiB afterwards\n  meanwhile {len(latencies)} small objects: median "
        f"{statistics.median(latencies) * 1000:.0f} ms, 95 % under {p95 * 1000:.0f} ms, slowest {latencies[-1]:.2f} s"
    )
