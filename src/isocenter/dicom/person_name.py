"""Person names: three spellings of five components each (PS3.5 6.2.1)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ComponentGroup", "PersonName", "join_groups", "parse", "split_groups"]


@dataclass(frozen=True, slots=True)
class ComponentGroup:
    """One spelling of a name; any component may be empty."""

    family: str = ""
    given: str = ""
    middle: str = ""
    prefix: str = ""
    suffix: str = ""

    def __str__(self) -> str:
        """Write it with carets, without trailing empty components."""
        return "^".join((self.family, self.given, self.middle, self.prefix, self.suffix)).rstrip("^")

    def __bool__(self) -> bool:
        return bool(str(self))


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name as written in an alphabet, in ideographs, and as it is pronounced."""

    alphabetic: ComponentGroup = ComponentGroup()
    ideographic: ComponentGroup = ComponentGroup()
    phonetic: ComponentGroup = ComponentGroup()

    def __str__(self) -> str:
        """Write it as a PN value."""
        return join_groups(str(self.alphabetic), str(self.ideographic), str(self.phonetic))


def parse(text: str) -> PersonName:
    """Read one PN value; spaces around components do not count, a sixth component joins the suffix.

    A value without carets is a family name, as the standard has it.
    """
    return PersonName(*(_components(group) for group in split_groups(text)))


def split_groups(text: str) -> tuple[str, str, str]:
    """Part a PN value into its alphabetic, ideographic and phonetic group, without the spaces around them.

    A group beyond the third, which no edition allows, stays with the third, so that nothing is lost.
    """
    if "=" not in text:
        return text.strip(" \0"), "", ""
    groups = [group.strip(" \0") for group in text.split("=", 2)]
    groups += [""] * (3 - len(groups))
    return groups[0], groups[1], groups[2]


def join_groups(alphabetic: str, ideographic: str = "", phonetic: str = "") -> str:
    """Write a PN value from its groups, without trailing empty ones."""
    return f"{alphabetic}={ideographic}={phonetic}".rstrip("=")


def _components(group: str) -> ComponentGroup:
    return ComponentGroup(*(part.strip() for part in group.split("^", 4)))
