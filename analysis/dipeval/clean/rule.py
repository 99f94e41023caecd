"""What a cleaning rule is: which rows it concerns, what happens to them, and who says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..study.grammar import Key
from ..study.model import City, Source
from ..vocabulary import columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

REJECT, FIX, FLAG, CONVENTION, STOP = "reject", "fix", "flag", "convention", "stop"


@dataclass(frozen=True)
class Setting:
    """What the rules are told: the city, its format, and the study's window and population.

    Attributes
    ----------
    start, end : str
        First and last period of the study, inclusive.
    keep : mapping of str to tuple of str
        Column → values that belong to the population.
    without : tuple of str
        Rules whose marked stays the study leaves out.
    """

    city: City
    source: Source
    start: str
    end: str
    keep: Mapping[str, tuple[str, ...]]
    without: tuple[str, ...] = ()

    def is_on(self, rule: Rule) -> bool:
        """Whether the city leaves a rule on; only optional ones can be switched."""
        told = self.city.rules.get(rule.name)
        return not rule.optional or told is None or told.on

    def value(self, rule: Rule, name: str):
        """A setting of a rule: what the city says, else the rule's default."""
        told = self.city.rules.get(rule.name)
        default = rule.settings[name].default
        return default if told is None else told.settings.get(name, default)


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
    action : {"reject", "fix", "flag", "convention", "stop"}
        A convention concerns no rows of its own: other rules ask whether it is on. What stops the run
        is found before rows are judged.
    source : str
        Who says so.
    function : callable
        From the prepared table and the setting to the rows concerned; None where the format lacks
        the columns for it.
    shows : tuple of str
        Columns whose values are the evidence; never identifying ones.
    optional : bool
        Whether a city may switch it off.
    settings : mapping of str to Key
        What a city may set, each with its kind, its default and its bounds; nothing else may.
    """

    name: str
    label_en: str
    label_zh: str
    action: str
    source: str
    function: Condition
    shows: tuple[str, ...] = ()
    optional: bool = False
    settings: Mapping[str, Key] = field(default_factory=dict)


def settings_text(rule: Rule) -> str:
    """What a city may set in a rule, as its file would write the defaults: ``on = true, days = 365``."""
    shown = {"on": True} if rule.optional else {}
    shown |= {name: key.default for name, key in rule.settings.items()}
    return ", ".join(f"{name} = {_as_toml(value)}" for name, value in shown.items())


def _as_toml(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_as_toml(v) for v in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value}"


def has(table: ir.Table, *names: str) -> bool:
    """Whether a table has all these columns."""
    return all(name in table.columns for name in names)


def amounts(table: ir.Table) -> list[str]:
    """The money columns of a table."""
    return [name for name in table.columns if name in columns() and columns()[name].kind == "money"]


def applies_to_none(table: ir.Table, setting: Setting) -> None:
    """The condition of a convention."""
