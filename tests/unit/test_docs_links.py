"""Every document says only what can be followed: links lead somewhere, named files, targets and samples exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from isocenter.services.samples.identity import sample_uid

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The anchors of a page as GitHub makes them: lower case, no punctuation, hyphens for spaces."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in _HEADING.findall(text)}


def links(page: Path) -> Iterator[tuple[Path, str]]:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in _LINK.findall(" ".join(text.split("\n"))):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield (page.parent / path).resolve() if path else page, anchor


def test_there_are_pages() -> None:
    assert {"README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= set(
        map(name_of, PAGES)
    )


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), f"{name_of(page)} links to {target}, which is not there"
        assert target.is_relative_to(ROOT), f"{name_of(page)} links out of the project"
        if anchor:
            assert anchor in anchors(target), f"{name_of(page)} links to {name_of(target)}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_source_file_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for named in re.findall(r"`((?:src/isocenter|tests|tools)/[\w./-]+\.py)`", text):
        assert "NAME" in named or (ROOT / named).is_file(), named
    for named in re.findall(
        r"`((?:dicom|protocol|storage|index|queue|peers|services|interfaces)/[\w/]+(?:\.py)?)/?`", text
    ):
        if "NAME" in named:
            continue
        assert (ROOT / "src/isocenter" / named).exists(), named


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = re.findall(r"(?:`|^    )make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= targets


def test_the_reading_path_exists_and_is_as_long_as_it_says() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    path = re.findall(r"^\d\. `(src/isocenter/[\w/]+\.py)`(, from \"([^\"]+)\"\s+to \"([^\"]+)\")?", text, re.MULTILINE)
    promised = int(re.findall(r"^About (\d+) lines", text, re.MULTILINE)[0])
    length = 0
    for name, part, first, last in path:
        source = (ROOT / name).read_text(encoding="utf-8")
        if part:
            source = source[source.index(f"# {first}") : source.index(f"# {last}")]
        length += source.count("\n")
    assert len(path) == 8
    assert abs(length - promised) <= 100, f"the reading path has {length} lines"


def test_the_readme_asks_for_what_is_in_the_demo() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"2\.25\.\d+", text))
    assert named == {sample_uid("study", "mr-head"), sample_uid("instance", "mr-head", 2, 1)}
