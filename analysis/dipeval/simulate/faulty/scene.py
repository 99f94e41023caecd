"""Where a fault is put in: the sheet, the format and the city, and which fault it is just now."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...study.model import City, Source
from ...vocabulary import columns, units
from ..style import minor_per_unit
from .catalogue import Fault
from .sheet import Sheet
from .units import declared_units


@dataclass(frozen=True)
class Scene:
    """One fault about to be put into a sheet.

    Attributes
    ----------
    end : float
        A place behind all stays.
    latest : datetime.date
        The last discharge of the city before anything was put in.
    """

    sheet: Sheet
    source: Source
    city: City
    generator: np.random.Generator
    fault: Fault
    end: float
    latest: datetime.date

    def mark(self, row: int, detail: str = "", rule: str | None = None) -> None:
        """List a row under the fault; by default with the rule that the catalogue names."""
        self.sheet.mark(row, self.fault.name, self.fault.rule if rule is None else rule, detail)

    def reject(self, row: int, detail: str = "", rule: str | None = None) -> None:
        """List a row that must not come out of the cleaning."""
        self.sheet.kept[row] = False
        self.mark(row, detail, rule)

    def per_unit(self, column: str) -> int:
        """Minor units in one unit of the city's amounts, where it declares no other."""
        return minor_per_unit(self.city, self.source.columns[column])

    def largest_unit(self, column: str) -> int:
        """Minor units in one of the largest unit that the city's amounts may be written in."""
        return max(units()[name].minor_per_unit for name in declared_units(self.city, self.source, column))

    def components(self) -> list[str]:
        """Columns that the format's identity adds up to the total."""
        return [name for i in self.source.identities if i.total == "total_cost" for name in i.parts]

    def charge(self, row: int, key: str, amount: int) -> None:
        """Set a fee and let the total follow, where the fee is a part of it."""
        fees = self.sheet.amounts
        if any(key in self.sheet.items(name) for name in self.components()):
            fees[self.sheet.key("total_cost")][row] += amount - (fees[key][row] or 0)
        fees[key][row] = amount

    def move_admission(self, row: int, day: datetime.date) -> None:
        """Admit on another day: the age stays right, an operation happens on the day."""
        facts = self.sheet.facts
        shift = day - facts["admission_date"][row]
        facts["admission_date"][row] = day
        for name in ("birth_date", "settlement_begin"):
            if name in facts:
                facts[name][row] += shift
        if "procedure_date" in facts and facts["procedure_date"][row]:
            facts["procedure_date"][row] = day


Put = Callable[[Scene, int], None]
Ready = Callable[[Scene, int], bool]


@dataclass(frozen=True)
class Injection:
    """How a fault is put into a row, and which rows can take it."""

    put: Put
    ready: Ready


def always(scene: Scene, row: int) -> bool:
    """Any stay can take the fault."""
    return True


def amount_text(minor: int, per_unit: int) -> str:
    """An amount as decimal text, exact to the minor unit; negative ones with a minus sign.

    Parameters
    ----------
    per_unit : int
        A power of ten: minor units in one unit.
    """
    decimals = len(str(per_unit)) - 1
    whole, rest = divmod(abs(minor), per_unit)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}" + (f".{rest:0{decimals}d}" if decimals else "")


def is_money(column: str) -> bool:
    """Whether a column of the vocabulary holds money."""
    return columns()[column].kind == "money"
