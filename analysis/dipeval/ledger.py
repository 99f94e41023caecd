"""The ledger: where rows and hospitals went, stage by stage, rule by rule.

Rows before = rows after + rows rejected, always; :class:`Ledger` refuses an entry that breaks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

COLUMNS = (
    "stage",
    "part",
    "rule",
    "rows_before",
    "rows_after",
    "rows_rejected",
    "rows_flagged",
    "hospitals_before",
    "hospitals_after",
    "note",
)
COUNTS = tuple(name for name in COLUMNS if name.startswith(("rows_", "hospitals_")))
"""The columns that count rows or hospitals."""


@dataclass(frozen=True)
class Entry:
    """One rule at one stage.

    Attributes
    ----------
    stage : str
        ``read``, ``clean``, ``panel``, ``link``, ``design`` …
    part : str
        The city, file or outcome concerned; empty for the whole.
    rule : str
        The rule's name, as the code and the codebook spell it.
    rows_before, rows_after : int
        Rows in and rows kept.
    rows_flagged : int
        Rows kept and marked (or mended) by the rule.
    hospitals_before, hospitals_after : int or None
        None where hospitals are not yet known.
    note : str
        Why, in words; never values of identifying columns.
    """

    stage: str
    part: str
    rule: str
    rows_before: int
    rows_after: int
    rows_flagged: int = 0
    hospitals_before: int | None = None
    hospitals_after: int | None = None
    note: str = ""

    @property
    def rows_rejected(self) -> int:
        return self.rows_before - self.rows_after

    def row(self) -> dict[str, object]:
        """The entry as a row with the columns of `COLUMNS`."""
        return {name: getattr(self, name) for name in COLUMNS}


@dataclass(frozen=True)
class Ledger:
    """An ordered, immutable list of entries that add up."""

    entries: tuple[Entry, ...] = ()

    def __post_init__(self) -> None:
        for entry in self.entries:
            if not 0 <= entry.rows_after <= entry.rows_before:
                raise ValueError(f"ledger entry does not add up: {entry}")
        self._check_chain()

    def _check_chain(self) -> None:
        """Within one stage and part, each rule starts with what the rule before it left."""
        last: dict[tuple[str, str], Entry] = {}
        for entry in self.entries:
            before = last.get((entry.stage, entry.part))
            if before is not None and before.rows_after != entry.rows_before:
                raise ValueError(f"ledger breaks between {before} and {entry}")
            last[entry.stage, entry.part] = entry

    def add(self, *entries: Entry) -> Ledger:
        """Return a new ledger with `entries` at its end."""
        return Ledger((*self.entries, *entries))

    def __add__(self, other: Ledger) -> Ledger:
        return Ledger((*self.entries, *other.entries))

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def rows(self) -> list[dict[str, object]]:
        """All entries as rows with the columns of `COLUMNS`."""
        return [entry.row() for entry in self.entries]
