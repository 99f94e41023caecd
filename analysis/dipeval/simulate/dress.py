"""How invented discharges are dressed in a raw format: what fills its headers, what it lacks."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Item:
    """A raw item of a component: its relative weight and when it occurs."""

    weight: float
    chance: float = 1.0
    operated: bool = False


@dataclass(frozen=True)
class Part:
    """A sub-item ("of which"): a share of an item, under one of its headers."""

    headers: tuple[str, ...]
    of: str
    share: float


@dataclass(frozen=True)
class Person:
    """A column that would identify a person, under one of its headers; the content is plainly invented."""

    headers: tuple[str, ...]
    content: str


@dataclass(frozen=True)
class Dress:
    """One raw format.

    Attributes
    ----------
    empty : str
        What stands in a cell that is no fee and has no value.
    insurance : tuple of str
        The schemes that the format knows.
    items : mapping of str to Item
        By the item's first header alias.
    folded : mapping of str to str
        Components that the format has no item for, and the component that they are part of there.
    """

    empty: str
    insurance: tuple[str, ...]
    items: Mapping[str, Item]
    parts: tuple[Part, ...] = ()
    persons: tuple[Person, ...] = ()
    folded: Mapping[str, str] = field(default_factory=dict)


@cache
def dresses() -> dict[str, Dress]:
    """All formats that can be invented, by the name of their source file."""
    text = files(__package__).joinpath("dress.toml").read_text(encoding="utf-8")
    return {name: _dress(table) for name, table in tomllib.loads(text).items()}


def _dress(table: dict) -> Dress:
    return Dress(
        empty=table["empty"],
        insurance=tuple(table["insurance"]),
        items={name: Item(**item) for name, item in table["items"].items()},
        parts=tuple(Part(tuple(p["headers"]), p["of"], p["share"]) for p in table.get("parts", ())),
        persons=tuple(Person(tuple(p["headers"]), p["content"]) for p in table.get("persons", ())),
        folded=table.get("folded", {}),
    )
