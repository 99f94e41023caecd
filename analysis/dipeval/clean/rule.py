"""What a cleaning rule is: which rows it concerns, what happens to them, and who says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..study.model import City, Source
from ..vocabulary import columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

REJECT, FIX, FLAG, CONVENTION = "reject", "fix", "flag", "convention"


@dataclass(frozen=True)
class Setting:
    """What the rules are told: the city, its format, and the study's window and population.

    Attributes
    ----------
    start, end : str
        First and last period of the study, inclusive.
    keep : mapping of str to tuple of str
        Column → values that belong to the population.
    """

    city: City
    source: Source
    start: str
    end: str
    keep: Mapping[str, tuple[str, ...]]

    def is_on(self, rule: Rule) -> bool:
        """Whether the city leaves a rule on; only optional ones can be switched."""
        return not rule.optional or self.city.rules.get(rule.name, True)


Condition = Callable[["ir.Table", Setting], "ir.BooleanValue | None"]


@dataclass(frozen=True)
class Rule:
    """One rule of the cleaning.

    Attributes
    ----------
    name : str
        As the ledger, the rejects and the city files spell it.
    label_en, label_zh : str
        What it checks.
    action : {"reject", "fix", "flag", "convention"}
        A convention concerns no rows of its own: other rules ask whether it is on.
    source : str
        Who says so.
    function : callable
        From the prepared table and the setting to the rows concerned; None where the format lacks
        the columns for it.
    shows : tuple of str
        Columns whose values are the evidence; never identifying ones.
    optional : bool
        Whether a city may switch it off.
    """

    name: str
    label_en: str
    label_zh: str
    action: str
    source: str
    function: Condition
    shows: tuple[str, ...] = ()
    optional: bool = False


def amounts(table: ir.Table) -> list[str]:
    """The money columns of a table."""
    return [name for name in table.columns if name in columns() and columns()[name].kind == "money"]


def applies_to_none(table: ir.Table, setting: Setting) -> None:
    """The condition of a convention."""
