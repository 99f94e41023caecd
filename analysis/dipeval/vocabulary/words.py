"""The words of the field as data: columns, outcomes, units.

Read once from the TOML files beside this module. An entry added there shows up in the codebook,
the study grammar, the tables, the figures and the simulator without further code.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

COLUMN_KINDS = ("money", "count", "days", "number", "text", "code", "date", "period", "flag")
OUTCOME_KINDS = ("ratio", "log_ratio", "mean_log", "cv", "skewness", "sd_log", "iqr", "iqr_log")
RECORD = "record"
"""Role of the columns that number a person's records: they never leave the engine as they are."""
NANO = 1_000_000_000
"""Logarithms are summed as integers of 1e-9, so that sums do not depend on the order of rows."""


@dataclass(frozen=True)
class Column:
    """One column of the vocabulary.

    Attributes
    ----------
    name, kind, role, unit, label_en, label_zh : str
    values : tuple of str
        The closed list of a code column.
    sum, log_sum, component : bool
        Whether a panel row holds the sum, the sum of logarithms (``log_<name>``, in 1e-9), and
        whether it is a part of the cost structure.
    """

    name: str
    kind: str
    role: str
    label_en: str
    label_zh: str
    unit: str = ""
    values: tuple[str, ...] = ()
    sum: bool = False
    log_sum: bool = False
    component: bool = False


@dataclass(frozen=True)
class Outcome:
    """One outcome: how it is made from panel columns.

    Attributes
    ----------
    kind : {"ratio", "log_ratio", "mean_log", "cv", "skewness", "sd_log", "iqr", "iqr_log"}
    numerator, denominator : str
        Columns of the panel.
    unit : str
        ``log points``, ``share``, ``days``, ``years``, ``currency`` (major units).
    """

    name: str
    kind: str
    numerator: str
    denominator: str
    unit: str
    label_en: str
    label_zh: str

    @property
    def needs(self) -> tuple[str, str]:
        """The two panel columns that the outcome is made of."""
        first = f"log_{self.numerator}" if self.kind in ("mean_log", "sd_log") else self.numerator
        return first, self.denominator

    @property
    def is_amount(self) -> bool:
        """Whether it is a count, an amount or a ratio of such, from zero up: what a Poisson model takes."""
        return self.kind == "ratio"


@dataclass(frozen=True)
class Threshold:
    """A flag that is made of a number of the case: whether it lies above a threshold."""

    name: str
    column: str
    above: float


@dataclass(frozen=True)
class Account:
    """An outcome that is the sum of others in every hospital-period."""

    name: str
    total: str
    parts: tuple[str, ...]
    label_en: str
    label_zh: str


@dataclass(frozen=True)
class Unit:
    """A unit of money: one of it is `minor_per_unit` minor units of `currency`; `words` stand in headers."""

    name: str
    kind: str
    currency: str
    minor_per_unit: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plausible:
    """What a day in hospital costs in a currency, least and most, in a unit of it; and who says so."""

    unit: str
    least_a_day: float
    most_a_day: float
    source: str


@dataclass(frozen=True)
class PatientWord:
    """Something that a case-level model may adjust for, made of the column `needs`.

    Attributes
    ----------
    limits : tuple of int
        First number of each group but the lowest; empty where it is no number in groups.
    """

    name: str
    needs: str
    label_en: str
    label_zh: str
    limits: tuple[int, ...] = ()


def _table(name: str) -> dict[str, dict]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def columns() -> dict[str, Column]:
    """All columns by name."""
    found = {}
    for name, entry in _table("columns.toml").items():
        entry["values"] = tuple(entry.get("values", ()))
        found[name] = Column(name=name, **entry)
    return found


@cache
def outcomes() -> dict[str, Outcome]:
    """All outcomes by name."""
    return {name: Outcome(name=name, **entry) for name, entry in _table("outcomes.toml").items()}


@cache
def thresholds() -> dict[str, Threshold]:
    """All flags of stays above a threshold by name."""
    return {name: Threshold(name=name, **entry) for name, entry in _table("thresholds.toml").items()}


@cache
def accounts() -> dict[str, Account]:
    """All accounts by name."""
    return {
        name: Account(name=name, **{**entry, "parts": tuple(entry["parts"])})
        for name, entry in _table("accounts.toml").items()
    }


@cache
def patient_words() -> dict[str, PatientWord]:
    """What is made of a case's columns to adjust for, by name."""
    made = {}
    for name, entry in _table("patients.toml").items():
        made[name] = PatientWord(name=name, **{**entry, "limits": tuple(entry.get("limits", ()))})
    return made


@cache
def patient_covariates() -> tuple[str, ...]:
    """Everything that a case-level model may adjust for: made words, and columns that describe a case."""
    kinds, roles = ("code", "text", "flag"), ("attribute", "payer", "diagnosis")
    listed = [name for name, c in columns().items() if c.kind in kinds and c.role in roles]
    return (*patient_words(), *listed)


@cache
def units() -> dict[str, Unit]:
    """All units of money by name."""
    found = {}
    for name, entry in _table("units.toml").items():
        entry["words"] = tuple(entry.get("words", ()))
        found[name] = Unit(name=name, **entry)
    return found


@cache
def plausible_costs() -> dict[str, Plausible]:
    """Plausible cost of a day by currency."""
    return {name: Plausible(**entry) for name, entry in _table("plausible.toml").items()}


@cache
def value_labels() -> dict[str, tuple[str, str]]:
    """English and Chinese label of each word that stands in a coded column or names a group."""
    return {word: (entry["en"], entry["zh"]) for word, entry in _table("values.toml").items()}
