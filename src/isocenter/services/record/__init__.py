"""The record: what was received, what happened to it, and what is in force."""

from isocenter.services.record.entries import Arrived, Happening, Outcome, Result, Verdict
from isocenter.services.record.recorder import Recorder, RecorderOptions
from isocenter.services.record.source import Source
from isocenter.services.record.whole_object import Identity, WholeObject

__all__ = [
    "Arrived",
    "Happening",
    "Identity",
    "Outcome",
    "Recorder",
    "RecorderOptions",
    "Result",
    "Source",
    "Verdict",
    "WholeObject",
]
