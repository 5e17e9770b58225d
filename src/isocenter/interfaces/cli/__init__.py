"""The command line: a door like the others, for people and scripts."""

from isocenter.interfaces.cli.application import run
from isocenter.interfaces.cli.composition import Archive, Composition, Reader, RunningServer

__all__ = ["Archive", "Composition", "Reader", "RunningServer", "run"]
