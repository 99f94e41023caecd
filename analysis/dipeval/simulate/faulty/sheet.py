"""The rows of one raw file set while faults are put into them: what the files say, and what must come out.

A sheet is plain lists of Python values, one element a row, because faults touch single cells. It
grows (copies, reversals, interim settlements) and is sorted once, when the files are written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from .fields import Field

BLANK, TOTAL = "blank", "total"
"""Rows that are no stays: nothing at all, or a sum."""
Change = Callable[[str], str]
"""From the plain text of a cell to what is written there; only the file knows the plain text."""


def says(text: str) -> Change:
    """Write this, whatever stands there plainly."""
    return lambda plain: text


@dataclass(frozen=True)
class Mark:
    """One fault in one row.

    Attributes
    ----------
    row : int
        Number of the row in the sheet, not yet in a file.
    fault : str
        Name in the catalogue.
    rule : str
        The cleaning rule that must find this row; empty where nothing is to be said of it.
    detail : str
        What was done; never an identifying value.
    """

    row: int
    fault: str
    rule: str
    detail: str


@dataclass
class Sheet:
    """Rows of a city.

    Attributes
    ----------
    fields : tuple of Field
        The columns of the raw files.
    facts : dict of str to list
        By column of the vocabulary, no money: typed values (str, int, datetime.date, None).
    amounts : dict of str to list of int or None
        By key of a field of money: minor units; None stands for a cell without anything.
    place : list of float
        Rows are written in this order.
    person : list of int
        Whom a row is about; for what identifies a person.
    kept : list of bool
        Whether a row must come out of the cleaning.
    texts : dict of int to dict of str to callable
        By row and key of a field: from the plain text of a cell to what is written there.
    rights : dict of int to dict of str to object
        By row and column: what must come out where it is not what the file says.
    marks : list of Mark
    kinds : dict of int to str
        Rows that are no stays.
    gone : set of int
        Stays that never reached the files.
    episodes : dict of int to (int, int)
        Bills and stays that belong together: the first one's row, and which part this is.
    overlays : dict of int to (str, str, str)
        Fault, rule and detail of what concerns rows beside a fault of their own; told of rows that are kept.
    """

    fields: tuple[Field, ...]
    facts: dict[str, list]
    amounts: dict[str, list]
    place: list[float]
    person: list[int] = field(default_factory=list)
    kept: list[bool] = field(default_factory=list)
    texts: dict[int, dict[str, Change]] = field(default_factory=dict)
    rights: dict[int, dict[str, object]] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    kinds: dict[int, str] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    episodes: dict[int, tuple[int, int]] = field(default_factory=dict)
    overlays: dict[int, tuple[str, str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kept = self.kept or [True] * len(self.place)
        self.person = self.person or list(range(1, len(self.place) + 1))
        self._key_of = {name: f.key for f in reversed(self.fields) for name in f.columns}
        self._money = {}
        for f in self.fields:
            for name in f.columns if f.money else ():
                self._money.setdefault(name, []).append(f.key)

    def __len__(self) -> int:
        return len(self.place)

    def has(self, *columns: str) -> bool:
        """Whether the files have all these columns."""
        return all(name in self._key_of for name in columns)

    def key(self, column: str) -> str:
        """The field that a column's first item stands in."""
        return self._key_of[column]

    def items(self, column: str) -> list[str]:
        """The fields that a column of money is summed over."""
        return self._money.get(column, [])

    def amount(self, row: int, column: str) -> int | None:
        """What the file says of a column of money: the sum of its items, None where all are blank."""
        found = [self.amounts[key][row] for key in self.items(column)]
        told = [value for value in found if value is not None]
        return sum(told) if told else None

    def mark(self, row: int, fault: str, rule: str = "", detail: str = "") -> None:
        """Put a row on the list."""
        self.marks.append(Mark(row, fault, rule, detail))

    def write(self, row: int, column: str, change: Change) -> None:
        """Let a cell be written in another way than plainly."""
        self.texts.setdefault(row, {})[self.key(column)] = change

    def right(self, row: int, column: str, value: object) -> None:
        """Say what must come out where it is not what the file says."""
        self.rights.setdefault(row, {})[column] = value

    def copy(self, row: int, place: float) -> int:
        """Add a row equal to another, also in how its cells are written, and return its number."""
        for values in (*self.facts.values(), *self.amounts.values()):
            values.append(values[row])
        new = len(self.place)
        self.place.append(place)
        self.person.append(self.person[row])
        self.kept.append(self.kept[row])
        for known in (self.texts, self.rights):
            if row in known:
                known[new] = dict(known[row])
        if row in self.overlays:
            self.overlays[new] = self.overlays[row]
        return new

    def add(self, kind: str, place: float) -> int:
        """Add a row that is no stay and return its number."""
        for values in (*self.facts.values(), *self.amounts.values()):
            values.append(None)
        self.place.append(place)
        self.person.append(0)
        self.kept.append(False)
        new = len(self.place) - 1
        self.kinds[new] = kind
        return new

    def order(self) -> list[int]:
        """Rows in the order of the files."""
        there = [row for row in range(len(self)) if row not in self.gone]
        return sorted(there, key=lambda row: (self.place[row], row))

    def truth(self, row: int) -> dict[str, object]:
        """What must come out of a row: typed columns of the vocabulary."""
        found: dict[str, object] = {}
        for name, values in self.facts.items():
            value = values[row]
            found[name] = unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else value
        for name in self._money:
            found[name] = self.amount(row, name)
        return found | self.rights.get(row, {})
