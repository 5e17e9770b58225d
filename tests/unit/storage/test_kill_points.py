"""A process that is killed at a kill point leaves what the ingest contract says: a table of point and pass."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from isocenter.faults import KillSwitch
from isocenter.storage.packs import LocalPackStore, PackOptions
from storage_harness import content, content_id_of, object_member

WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from storage_harness import content, object_member
from isocenter.storage.packs import LocalPackStore, PackOptions
store = LocalPackStore(Path(sys.argv[1]), PackOptions(reserve=0, seal_size=25_000))
lane = store.open_lane()
for number in range(6):
    lane.append([object_member(content(number, 9000))])
    lane.sync()
    print(number, flush=True)
spill = store.open_spill(content(6, 50_000)[:300])
spill.write(content(6, 50_000)[300:])
spill.finish(object_member(content(6, 50_000)).name)
print(6, flush=True)
"""


def test_a_switch_acts_once_at_the_pass_it_names() -> None:
    switch = KillSwitch("K5:3")
    assert [switch.passed(point) for point in ("K5", "K4", "K5", "K5", "K5")] == [False, False, False, True, False]
    assert KillSwitch("K4").passed("K4")
    assert not KillSwitch("").passed("K4")


@pytest.mark.parametrize(
    "order", [f"{point}:{nth}" for point in ("K4", "K5", "K6") for nth in (1, 2, 3)] + ["K4:7", "K5:7"]
)
def test_a_kill_loses_nothing_that_was_reported(tmp_path: Path, order: str) -> None:
    environment = {**os.environ, "ISOCENTER_KILL": order}
    tests = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", WRITER, tmp_path, tests], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    reported = {int(line) for line in done.stdout.split()}
    store = LocalPackStore(tmp_path, PackOptions(reserve=0))
    found = {one.member.name: one.placement for one in store.recover({}, content_id_of)}
    for number in reported:
        data = content(number, 9000 if number < 6 else 50_000)
        placement = found[object_member(data).name]
        assert store.read(placement.location, 0, len(data), placement.checks) == data
    assert len(found) <= len(reported) + 1
    for info in list(store.packs()):
        store.seal(info.name)
    assert all(info.sealed for info in store.packs())
    store.close()
