"""What a portrait says, parsed and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..points_city import PointsTold

OWN_NUMBERS = ("visit", "settlement", "record_number")
"""Numbers of records: running numbers with letters before them, so that nobody takes them for real ones."""


@dataclass(frozen=True)
class ColumnTold:
    """How one column of a group of cases is filled.

    Attributes
    ----------
    way : str
        One of `grammar.WAYS`.
    options : mapping of str to object
        The keys of that way.
    each : mapping of str to ColumnTold
        For the way ``by``: what holds for the cases of each word of the other column.
    """

    way: str
    options: Mapping[str, object]
    each: Mapping[str, ColumnTold] = field(default_factory=dict)

    def needs(self) -> tuple[str, ...]:
        """Columns that must be filled before."""
        own = [self.options[key] for key in ("by", "of", "rest_of", "within") if self.options.get(key)]
        own += list(self.options.get("less") or ())
        return tuple(dict.fromkeys([*own, *(name for told in self.each.values() for name in told.needs())]))


@dataclass(frozen=True)
class Group:
    """Cases that are described alike.

    Attributes
    ----------
    name : str
    cases : int
    columns : mapping of str to ColumnTold
        What all groups share, replaced by what this one says itself.
    split : mapping of str to mapping of str to float
        By amount: its parts and their usual shares; the parts of a case add up to it exactly.
    """

    name: str
    cases: int
    columns: Mapping[str, ColumnTold]
    split: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Portrait:
    """Invented cases of one city, with figures that somebody has printed.

    Attributes
    ----------
    name, title_en, title_zh : str
    city : str
        Whose file the cases fill.
    figures : str
        Whose figures these are, and which.
    seed : int
    groups : tuple of Group
    points : PointsTold or None
        In place of groups: the city that is paid by points.
    """

    name: str
    city: str
    title_en: str
    title_zh: str
    figures: str
    seed: int
    groups: tuple[Group, ...]
    points: PointsTold | None = None

    @property
    def cases(self) -> int:
        """How many cases there are in all."""
        return sum(group.cases for group in self.groups)
