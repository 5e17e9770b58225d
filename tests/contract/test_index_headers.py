"""Headers come back as they were kept, whichever dictionary they were compressed with."""

from __future__ import annotations

import json

from sqlalchemy import Engine, func, select

from index_harness import Feed, content_id, write
from isocenter.index.headers import Headers
from isocenter.index.read import RetrieveLookups
from isocenter.index.schema import header, header_dictionary
from isocenter.index.write import DeleteUnit, IndexWriter, PurgeUnit


def header_json(number: int) -> bytes:
    values = {f"0010{tag:04X}": {"vr": "LO", "Value": [f"Some text of tag {tag * 7919}"]} for tag in range(16, 140)}
    values["00200013"] = {"vr": "IS", "Value": [str(number)]}
    return json.dumps(values).encode()


def test_the_first_header_of_a_series_serves_the_others(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    arrivals = [feed.arrival(f"1.{n}", number=n) for n in range(20)]
    arrivals += [feed.arrival(f"2.{n}", number=n, series="1.2.3.2") for n in range(20)]
    [received] = write(writer, feed.receipt(*arrivals))
    wanted = {one.content_ref: header_json(number) for number, one in enumerate(received)}
    headers = Headers(index, writer)
    first, rest = dict(list(wanted.items())[:3]), dict(list(wanted.items())[3:])
    headers.put(first)
    headers.put(rest)
    headers.put(first)
    assert Headers(index, writer).get_many(list(wanted)) == wanted
    with index.connect() as connection:
        assert connection.execute(select(func.count()).select_from(header_dictionary)).scalar_one() == 2
        sizes = list(connection.execute(select(func.length(header.c.body))).scalars())
    assert max(sizes) < 100 < len(header_json(0))


def test_a_header_that_was_not_made_is_not_there(index: Engine, writer: IndexWriter) -> None:
    assert Headers(index, writer).get(1) is None


def test_an_empty_header_is_a_header(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    [(one,)] = write(writer, feed.receipt(feed.arrival("1.1")))
    headers = Headers(index, writer)
    headers.put({one.content_ref: b"{}"})
    assert headers.get(one.content_ref) == b"{}"


def test_purging_takes_the_header_along(index: Engine, writer: IndexWriter) -> None:
    feed = Feed()
    [(one,)] = write(writer, feed.receipt(feed.arrival("1.1")))
    headers = Headers(index, writer)
    headers.put({one.content_ref: header_json(1)})
    write(writer, DeleteUnit(feed.event("deleted"), (content_id("1.1"),)))
    assert headers.get(one.content_ref) is not None
    write(writer, PurgeUnit(feed.event("purged"), (content_id("1.1"),)))
    assert headers.get(one.content_ref) is None
    assert RetrieveLookups(index).contents([one.content_ref])[0].purged
