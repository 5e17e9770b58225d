"""``isocenter find``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from enum import StrEnum
from typing import Annotated

import typer

from isocenter.dicom import tags
from isocenter.dicom.charset import best_character_set
from isocenter.dicom.dataset import DataSet
from isocenter.dicom.dictionary import entry
from isocenter.dicom.sop_class import PATIENT_ROOT_FIND, STUDY_ROOT_FIND
from isocenter.errors import BadRequest
from isocenter.index.keys import KeyRules, read_keys
from isocenter.index.query import Level, Path, Query
from isocenter.interfaces.cli.composition import Reader
from isocenter.interfaces.cli.configuration import ConfigOption, DataOption, configuration
from isocenter.interfaces.cli.keys import attribute_name, read_keys_typed
from isocenter.interfaces.cli.rows import COLUMNS, print_found, row_to_data_set
from isocenter.interfaces.cli.session import JsonOption, session
from isocenter.interfaces.cli.targets import PeerOption, Target, target
from isocenter.peers.dimse.pull import QUERY_SYNTAXES
from isocenter.peers.dimse.user import associate
from isocenter.protocol.dimse.negotiation import Proposal, QueryOptions

__all__ = ["find"]

Keys = Sequence[tuple[Path, str]]


class LevelName(StrEnum):
    """What to list."""

    PATIENT = "patient"
    STUDY = "study"
    SERIES = "series"
    INSTANCE = "instance"


_LEVELS = {
    LevelName.PATIENT: Level.PATIENT,
    LevelName.STUDY: Level.STUDY,
    LevelName.SERIES: Level.SERIES,
    LevelName.INSTANCE: Level.IMAGE,
}


def find(
    context: typer.Context,
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY=VALUE]...",
            help="By keyword or tag: PatientName='DOE*' StudyDate=20240101- 0020,000D. Without a value: only shown.",
        ),
    ] = None,
    level: Annotated[
        LevelName, typer.Option("--level", metavar="|".join(LevelName), help="What to list.")
    ] = LevelName.STUDY,
    peer: PeerOption = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="List at most so many.")] = 1000,
    fuzzy: Annotated[bool, typer.Option("--fuzzy", help="Find names that sound alike, too; a peer may not.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List patients, studies, series or instances: of this archive, also while its server runs, or of a peer."""
    at = session(context)
    settings = configuration(data, config).settings
    asked, chosen = read_keys_typed(keys or []), _LEVELS[level]
    columns = tuple(dict.fromkeys((*COLUMNS[chosen], *(path[0] for path, _ in asked))))
    if peer is None:
        with at.composition.open_reader(settings) as reader:
            found, more = _here(reader, Query(chosen, relational=True, limit=limit, fuzzy=fuzzy), asked, columns)
    else:
        identifier = _identifier(chosen, asked, columns)
        found, more = asyncio.run(_there(target(settings, peer), chosen, identifier, limit, fuzzy=fuzzy))
    print_found(at.output, found, columns, json=json)
    if more:
        at.output.note(f"There are more than {limit}: narrow the keys, or raise --limit.")
    elif not json:
        at.output.note(f"{len(found)} found.")


def _here(reader: Reader, query: Query, keys: Keys, columns: Sequence[int]) -> tuple[list[DataSet], bool]:
    wanted = [*keys, *(((tag,), "") for tag in columns if all(path[0] != tag for path, _ in keys))]
    rules = KeyRules(combined_date_time=True, empty_value=True, multiple_values=True)
    read = read_keys(query, wanted, rules)
    for path, value in keys:
        if value and path in read.ignored:
            name = ".".join(attribute_name(tag) for tag in path)
            raise BadRequest(f"{name} cannot be searched at this level.")
    result = reader.find.find(read)
    return [row_to_data_set(row) for row in result], result.more


def _identifier(level: Level, keys: Keys, columns: Sequence[int]) -> DataSet:
    made = DataSet()
    sets = best_character_set([value for _, value in keys], ())
    if sets:
        made.set(tags.SPECIFIC_CHARACTER_SET, "CS", list(sets))
    made.set(tags.QUERY_RETRIEVE_LEVEL, "CS", level.name)
    for tag in columns:
        _put(made, (tag,), "")
    for path, value in keys:
        _put(made, path, value)
    return made


def _put(made: DataSet, path: Path, value: str) -> None:
    known = entry(path[0])
    vr = (known.vr if known is not None else "LO")[:2]
    if len(path) == 1:
        if vr in ("US", "UL", "SS", "SL"):
            made.set(path[0], vr, [int(part) for part in value.split("\\") if part])
        elif vr == "SQ":
            made.set(path[0], vr, [])
        else:
            made.set(path[0], vr, value)
        return
    items = made.items_of(path[0]) or [DataSet(character_sets=made.character_sets)]
    _put(items[0], path[1:], value)
    made.set(path[0], "SQ", items)


async def _there(
    peer: Target, level: Level, identifier: DataSet, limit: int, *, fuzzy: bool
) -> tuple[list[DataSet], bool]:
    """Ask a peer; it is asked for relational queries and fuzzy matching, which it may turn down (PS3.4 C.5.1.1)."""
    model = PATIENT_ROOT_FIND if level is Level.PATIENT else STUDY_ROOT_FIND
    options = QueryOptions(relational_queries=True, fuzzy_name_matching=fuzzy)
    found: list[DataSet] = []
    proposals = [Proposal(model, QUERY_SYNTAXES, options=options)]
    async with (
        associate(peer.address, proposals, peer.options) as association,
        aclosing(association.find(model, identifier)) as answers,
    ):
        async for answer in answers:
            if len(found) == limit:
                return found, True
            found.append(answer)
    return found, False
