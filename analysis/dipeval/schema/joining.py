"""Several cells of text → one, with a separator between those that say something."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from ..study.model import ColumnRule, Source
from .headers import item_name
from .text import normalised_cell

if TYPE_CHECKING:
    import ibis.expr.types as ir

GAP = r"[\s\x{A0}\x{3000}]*"


def joined(
    cells: Sequence[ir.StringValue], separator: str, parted_by: Sequence[str], empty: Sequence[str]
) -> ir.StringValue:
    """Join cells of text, without those that are empty.

    Parameters
    ----------
    cells : sequence of ibis text
        NULL is empty.
    separator : str
        One character or more, written between parts.
    parted_by : sequence of str
        What parts several values inside one cell, beside the separator.
    empty : sequence of str
        Cells and parts that mean: nothing was written.

    Returns
    -------
    ibis text
        Folded and trimmed parts in order; NULL when none is left. Where there is but one part, an empty one
        may stay as it is. Cost: one folding a row, and a few replacements.
    """
    import ibis

    from .functions import folded, told_parts

    text = folded(ibis.literal(separator).join(list(cells)))
    for sign in parted_by:
        text = text.replace(normalised_cell(sign), separator)
    words = "|".join("".join(_literal(c) for c in normalised_cell(word)) for word in empty)
    return told_parts(text, separator, rf"{GAP}(?:{words})?{GAP}").nullif("")


def joined_items(present: Collection[str], source: Source) -> dict[str, tuple[str, ...]]:
    """By joined item, ``<column>__0``: those of its items that the files have, in order."""
    joins = {}
    for name, rule in source.columns.items():
        names = tuple(i for k in range(len(rule.items)) if (i := item_name(name, k)) in present)
        if rule.combine == "join" and names:
            joins[item_name(name, 0)] = names
    return joins


def headers_told(headers: Mapping[str, str], source: Source) -> dict[str, str]:
    """The header behind each item of the raw table, for messages; of joined ones all of them."""
    joins = joined_items(headers, source)
    inside = {item for items in joins.values() for item in items}
    told = {item: header for item, header in headers.items() if item not in inside}
    return {**told, **{item: " + ".join(headers[name] for name in names) for item, names in joins.items()}}


def rule_of(source: Source, item: str) -> ColumnRule:
    """The rule of the column that an item belongs to."""
    return source.columns[item.split("__")[0]]


def _literal(character: str) -> str:
    """A character that stands for itself in a regular expression."""
    return rf"\x{{{ord(character):X}}}"
