"""Who records alone waits for all others, and all others for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from isocenter.services.record.gate import Gate


def started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_many_are_inside_together() -> None:
    gate = Gate()
    gate.enter()
    other = started(gate.enter)
    other.join(10)
    assert not other.is_alive()


def test_who_is_alone_waits_for_all_and_lets_nobody_pass() -> None:
    gate, steps, inside = Gate(), [], threading.Event()

    def alone() -> None:
        gate.enter_alone()
        steps.append("alone")
        inside.set()

    def late() -> None:
        inside.wait(10)
        gate.enter()
        steps.append("late")

    gate.enter()
    threads = [started(alone), started(late)]
    steps.append("first")
    gate.leave()
    threads[0].join(10)
    steps.append("still alone")
    gate.leave()
    threads[1].join(10)
    assert steps == ["first", "alone", "still alone", "late"]


def test_two_who_want_to_be_alone_take_turns() -> None:
    gate, steps = Gate(), []
    gate.enter_alone()
    waiting = started(lambda: (gate.enter_alone(), steps.append("second"), None)[-1])
    steps.append("first")
    gate.leave()
    waiting.join(10)
    assert steps == ["first", "second"]
