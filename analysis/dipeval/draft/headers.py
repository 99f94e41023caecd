"""Headers of an undeclared file against the aliases of a format: exact, after normalising, or merely near."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..schema.header_units import split_unit
from ..schema.text import normalised_header
from ..study.model import Source
from ..vocabulary import columns
from .likeness import ALIKE, most_alike

EXACT, NORMALISED, NEAR, UNKNOWN = "exact", "normalised", "nearest", "unknown"
IDENTIFIER, IGNORED = "(identifies a person)", "(ignored)"
CHARGE, AMOUNT = "(names the charge)", "(amount of the charge)"
"""What stands in place of a column for headers that a format knows and does not read."""
PERSONAL = re.compile(
    "姓名|证件|身份证|电话|手机|住址|地址|联系人|出生|卡号|name|phone|mobile|tel|address|birth|certno", re.I
)
"""Words in headers that may identify a person: such a column is never looked into."""


@dataclass(frozen=True)
class FoundHeader:
    """One header of a file, and what a format says about it.

    Attributes
    ----------
    text : str
        As it stands in the file.
    position : int
        From 0.
    confidence : {"exact", "normalised", "nearest", "unknown"}
        The same text; the same after normalising; only near some alias; near none.
    columns : tuple of str
        Columns of the vocabulary that it feeds, or `IDENTIFIER` or `IGNORED`; for a near one those of
        the nearest alias, which nobody has confirmed.
    alias : str
        The alias meant; empty when unknown.
    similarity : float
        0 to 1 (Ratcliff and Obershelp, as in `difflib`).
    unit : str
        A unit of money in the header's text; empty when there is none.
    """

    text: str
    position: int
    confidence: str
    columns: tuple[str, ...] = ()
    alias: str = ""
    similarity: float = 0.0
    unit: str = ""

    @property
    def is_matched(self) -> bool:
        """Whether the format reads, ignores or drops it as it stands."""
        return self.confidence in (EXACT, NORMALISED)

    @property
    def may_be_personal(self) -> bool:
        """Whether its own words, or those of the alias near it, point to a person."""
        return IDENTIFIER in self.columns or bool(PERSONAL.search(normalised_header(self.text)))


def aliases_of(source: Source) -> dict[str, tuple[str, ...]]:
    """Every header that a format knows, with the columns that it feeds."""
    found: dict[str, list[str]] = {}
    for name, rule in source.columns.items():
        for alias in (alias for item in rule.items for alias in item):
            found.setdefault(alias, []).append(name)
    if source.long is not None:
        for alias in source.long.item:
            found.setdefault(alias, []).append(CHARGE)
        for alias in (alias for aliases in source.long.amounts.values() for alias in aliases):
            found.setdefault(alias, []).append(AMOUNT)
    for alias in source.ignored:
        found.setdefault(alias, []).append(IGNORED)
    for alias in source.identifiers:
        found.setdefault(alias, []).append(IDENTIFIER)
    return {alias: tuple(dict.fromkeys(columns)) for alias, columns in found.items()}


def found_headers(cells: Sequence[str], source: Source) -> tuple[FoundHeader, ...]:
    """Match the cells of a header row; empty cells are left out.

    Cost: one look-up a header; a header that is not matched is compared with every alias.
    """
    known = aliases_of(source)
    folded: dict[str, str] = {}
    for alias in known:
        folded.setdefault(normalised_header(alias), alias)
    return tuple(
        _found(text, position, known, folded)
        for position, text in enumerate(cells)
        if normalised_header(text)
    )


def fed_columns(headers: Sequence[FoundHeader], source: Source) -> set[str]:
    """Columns of the vocabulary that matched headers feed; in a long form also those fed by charges."""
    matched = [header for header in headers if header.is_matched]
    fed = {name for header in matched for name in header.columns}
    long = source.long
    if long is None or not {CHARGE, AMOUNT} <= fed:
        return fed
    here = {header.alias for header in matched}
    amounts = [name for name, aliases in long.amounts.items() if here & set(aliases)]
    made = {normalised_header(f"{amount}_{item}") for amount in amounts for item in long.items}
    by_charge = {
        name
        for name, rule in source.columns.items()
        if any(normalised_header(alias) in made for item in rule.items for alias in item)
    }
    return fed | by_charge


def _found(
    text: str, position: int, known: Mapping[str, tuple[str, ...]], folded: Mapping[str, str]
) -> FoundHeader:
    unit = unit_in(text)
    if text in known:
        return FoundHeader(text, position, EXACT, known[text], text, 1.0, unit)
    # A unit behind the word does not keep the reading from knowing it; see `schema.headers`.
    alias = folded.get(normalised_header(text)) or _amount_named(
        split_unit(text)[0] if unit else "", known, folded
    )
    if alias is not None:
        return FoundHeader(text, position, NORMALISED, known[alias], alias, 1.0, unit)
    alias, similarity = nearest_alias(text, known)
    if similarity < ALIKE:
        return FoundHeader(text, position, UNKNOWN, unit=unit)
    return FoundHeader(text, position, NEAR, known[alias], alias, similarity, unit)


def _amount_named(base: str, known: Mapping[str, tuple[str, ...]], folded: Mapping[str, str]) -> str | None:
    """The alias that a header without its unit is, where all that it feeds is money."""
    alias = folded.get(base)
    kinds = {columns()[name].kind for name in known.get(alias or "", ()) if name in columns()}
    return alias if kinds <= {"money"} else None


def unit_in(header: str) -> str:
    """The unit of money at the end of a header: ``总费用（万元）``; empty when there is none."""
    return split_unit(header)[1]


def nearest_alias(header: str, known: Iterable[str]) -> tuple[str, float]:
    """The alias most like a header, a unit at its end left out, and how alike they are."""
    return most_alike(split_unit(header)[0], known)
