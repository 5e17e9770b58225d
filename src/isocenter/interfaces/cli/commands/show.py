"""``isocenter show``."""

from __future__ import annotations

import mmap
import os
import stat
from pathlib import Path
from typing import Annotated

import typer

from isocenter.dicom.dataset import read_data_set
from isocenter.dicom.dictionary import tag_text
from isocenter.dicom.dump import DEFAULT_WIDTH, DumpLine, dump
from isocenter.dicom.json_model import to_json
from isocenter.dicom.part10 import PREAMBLE_LENGTH, FileMeta, read_file_meta
from isocenter.dicom.transfer_syntax import EXPLICIT_VR_LITTLE_ENDIAN
from isocenter.errors import BadRequest, DataSetError
from isocenter.interfaces.cli.output import Output
from isocenter.interfaces.cli.session import JsonOption, session

__all__ = ["show"]

HEAD_BYTES = 64 * 1024
BULK_BYTES = 1024
"""Longer values are shown as their place."""


def show(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A DICOM file.")],
    width: Annotated[
        int, typer.Option("--width", metavar="N", min=8, help="Characters of a value that are shown.")
    ] = DEFAULT_WIDTH,
    json: JsonOption = False,
) -> None:
    """Show what is in a DICOM file: a readable dump, or DICOM JSON with long values by reference."""
    output = session(context).output
    with file.open("rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise BadRequest(f"{file} is not a file.")
        if not os.fstat(opened.fileno()).st_size:
            raise BadRequest(f"{file} is empty.")
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as whole:
            _show(output, file, whole, width, json=json)


def _show(output: Output, file: Path, whole: memoryview, width: int, *, json: bool) -> None:
    head = bytes(whole[:HEAD_BYTES])
    meta = read_file_meta(head)
    if meta is None:
        raise BadRequest(f"{file} does not look like DICOM.")
    with whole[meta.data_set_offset :] as data_set:
        read = read_data_set(data_set, meta.transfer_syntax_uid, bulk_threshold=BULK_BYTES)
    if json:
        output.json(to_json(read, bulk_threshold=BULK_BYTES))
        return
    for line in _meta_lines(head, meta, width):
        _print(output, line)
    if meta.transfer_syntax_guessed:
        output.note("The file states no transfer syntax; it was guessed.")
    for line in dump(read, width=width):
        _print(output, line)


def _meta_lines(head: bytes, meta: FileMeta, width: int) -> list[DumpLine]:
    start = PREAMBLE_LENGTH + 4 if meta.has_preamble else 4 if head[:4] == b"DICM" else 0
    try:
        group_two = read_data_set(head[start : meta.data_set_offset], EXPLICIT_VR_LITTLE_ENDIAN)
    except DataSetError:
        return []  # file meta in implicit VR: odd, and nothing in it is needed to read the data set
    return list(dump(group_two, width=width))


def _print(output: Output, line: DumpLine) -> None:
    head = f"{'  ' * line.depth}{tag_text(line.tag)} {line.vr or '  '} {line.length:>8}"
    output.dump_line(head, f"{line.name:<36}", line.value)
