"""The columns of a raw format, read off its source file: which headers stand in an invented file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...study.model import Source
from ...vocabulary import columns
from ..dress import dresses

NUMBERS = ("count", "days", "number")
JOINED = 2
"""Values of a list that an invented stay has at most."""


@dataclass(frozen=True)
class Field:
    """One column of a raw file.

    Attributes
    ----------
    key : str
        Its first alias; unique.
    aliases : tuple of str
        The headers that the format knows for it.
    columns : tuple of str
        The columns of the vocabulary that read it; empty for what is never read.
    money : bool
    number : bool
        Whether a spreadsheet holds numbers here.
    content : str
        For a column that would identify a person: what fills it.
    nth : int
        Of several values that are joined: which one stands here; -1 for all.
    """

    key: str
    aliases: tuple[str, ...]
    columns: tuple[str, ...] = ()
    money: bool = False
    number: bool = False
    content: str = ""
    nth: int = -1


def fields_of(source: Source, known: Iterable[str]) -> tuple[Field, ...]:
    """Return the columns of a raw file of a format: those of `known` columns, then what is never read.

    A header that several columns of the vocabulary read (surgical treatment is part of treatment)
    stands once; of numbered items that are joined the first two do.

    Parameters
    ----------
    known : iterable of str
        Columns of the vocabulary that can be invented; others are left out.
    """
    known = set(known)
    found: dict[str, Field] = {}
    for name, rule in source.columns.items():
        items = rule.items[:JOINED] if rule.combine == "join" else rule.items
        for k, aliases in enumerate(items if name in known else ()):
            key = aliases[0]
            if key in found:
                found[key] = replace(found[key], columns=(*found[key].columns, name))
                continue
            kind = columns()[name].kind
            nth = k if rule.combine == "join" and len(items) > 1 else -1
            is_money = kind == "money"
            found[key] = Field(key, aliases, (name,), is_money, is_money or kind in NUMBERS, nth=nth)
    read = {alias for field in found.values() for alias in field.aliases}
    return (*found.values(), *_parts(source, read), *_persons(source, read))


def _parts(source: Source, read: set[str]) -> list[Field]:
    """Sub-items that the format knows and does not read."""
    parts = {part.headers[0]: part for dress in dresses().values() for part in dress.parts}
    return [
        Field(key, part.headers, (), True, True)
        for key, part in parts.items()
        if key not in read and key in source.ignored
    ]


def _persons(source: Source, read: set[str]) -> list[Field]:
    """Columns that identify a person: one for each content that the format declares as such."""
    found: dict[str, Field] = {}
    for dress in dresses().values():
        for person in dress.persons:
            declared = tuple(h for h in person.headers if h in source.identifiers and h not in read)
            if declared and person.content not in found:
                found[person.content] = Field(declared[0], declared, content=person.content)
    return list(found.values())
