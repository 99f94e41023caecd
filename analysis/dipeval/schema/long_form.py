"""Formats with one row a charge: what their files hold, and what one settlement is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..study.model import City, ColumnRule, LongForm, Source
from .headers import item_name
from .text import normalised_cell, normalised_header
from .unit_spans import plain_unit

CHARGE = "charge"
"""The column that names the charge; ``charge_<amount>`` are its amounts. No words of the vocabulary."""


def made_header(amount: str, code: str) -> str:
    """The header under which a format reads an amount of a charge: ``amt_09``."""
    return f"{amount}_{code}"


def made_items(source: Source) -> Iterator[tuple[str, str, str]]:
    """Items that are made of charges, each with its amount and the charge's code."""
    if source.long is None:
        return
    headers = {
        normalised_header(made_header(amount, code)): (amount, code)
        for amount in source.long.amounts
        for code in source.long.items
    }
    for name, rule in source.columns.items():
        for k, aliases in enumerate(rule.items):
            known = [headers[h] for h in map(normalised_header, aliases) if h in headers]
            if known:
                yield item_name(name, k), *known[0]


def file_format(source: Source, city: City) -> Source:
    """The format as its files are: charges and amounts in place of the items made of them.

    A format with one row a settlement is its own.
    """
    if source.long is None:
        return source
    made = {item.split("__")[0]: amount for item, amount, _ in made_items(source)}
    units = {amount: plain_unit(city, source, column) for column, amount in made.items()}
    columns = {name: rule for name, rule in source.columns.items() if name not in made}
    columns[CHARGE] = ColumnRule(CHARGE, (source.long.item,))
    for k, (amount, aliases) in enumerate(source.long.amounts.items()):
        name = f"{CHARGE}_{amount}"
        columns[name] = ColumnRule(name, (aliases,), unit=units.get(amount, ""), required=k == 0)
    return replace(source, columns=columns, long=None)


def made_of_charges(source: Source) -> dict[str, str]:
    """The header behind each item that is made of charges, for messages."""
    return {item: f"{source.long.amounts[amount][0]} of {code}" for item, amount, code in made_items(source)}


def charge_words(long: LongForm) -> dict[str, str]:
    """The code of a charge by each word for it, as cells are compared."""
    return {normalised_cell(word): code for code, words in long.items.items() for word in words}
