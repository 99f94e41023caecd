"""What a study says of the evaluation that it plans: ``[plan]``, all of which may be left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..vocabulary import outcomes
from .grammar import Checker, Key, Named, Table

DECLARED = "declared"
"""The calendar of the study itself: the dates of its cities, as many periods apart as they are."""


@dataclass(frozen=True)
class PlannedCalendar:
    """Who among the cities of a plan is reformed when.

    Attributes
    ----------
    name : str
    treated : float
        Share of the cities (below 1), or their number.
    waves : int
        Dates; the treated cities are spread over them.
    apart : int
        Periods between two dates; 0: spread over the first part of the periods after.
    title_en, title_zh : str
    """

    name: str
    treated: float = 0.5
    waves: int = 1
    apart: int = 0
    title_en: str = ""
    title_zh: str = ""


USUAL = (
    PlannedCalendar("at_once", title_en="half of them at once", title_zh="半数同时改革"),
    PlannedCalendar("waves", waves=3, title_en="half of them in three waves", title_zh="半数分三批改革"),
    PlannedCalendar("one_city", treated=1, title_en="one of them alone", title_zh="仅其中一个改革"),
)


@dataclass(frozen=True)
class PlanChoice:
    """Over what an evaluation is planned.

    Attributes
    ----------
    outcome : str
        Empty: the first of the study.
    effects : tuple of float
        Effects whose power is shown, in the outcome's unit; none: 2, 5 and 10 %.
    cities, before, after : tuple of int
        Numbers of cities, and of periods before and from the first date on; none: as the data allow.
    calendars : tuple of PlannedCalendar
        Beside the study's own; none: the usual ones.
    draws : int
        Simulated studies of each plan.
    seed : int
    level, power : float
        Of the test, and what power counts as enough.
    """

    outcome: str = ""
    effects: tuple[float, ...] = ()
    cities: tuple[int, ...] = ()
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    calendars: tuple[PlannedCalendar, ...] = ()
    draws: int = 500
    seed: int = 20260101
    level: float = 0.95
    power: float = 0.80


def plan_grammar() -> Table:
    """``[plan]`` of a study file."""
    calendar = {
        "treated": Key("number", default=0.5, low=0, doc="share of the cities (below 1), or their number"),
        "waves": Key("integer", default=1, low=1, doc="dates"),
        "apart": Key("integer", default=0, low=0, doc="periods between dates; 0: spread out"),
        "title_en": Key("text", default=""),
        "title_zh": Key("text", default=""),
    }
    return Table(
        {
            "outcome": Key("text", default="", choices=("", *outcomes()), doc="none: the study's first"),
            "effects": Key("numbers", default=(), doc="effects whose power is shown; none: 2, 5, 10 %"),
            "cities": Key("integers", default=(), doc="numbers of cities"),
            "before": Key("integers", default=(), doc="periods before the first date"),
            "after": Key("integers", default=(), doc="periods from the first date on"),
            "calendars": Named(Table(calendar), doc="none: half at once, in three waves, one city"),
            "draws": Key("integer", default=500, low=100, high=100_000, doc="simulated studies of a plan"),
            "seed": Key("integer", default=20260101, low=0),
            "level": Key("number", default=0.95, low=0.5, high=0.999, doc="one minus the level of the test"),
            "power": Key("number", default=0.80, low=0.5, high=0.999, doc="what power is enough"),
        }
    )


def plan_choice(checker: Checker, told: Mapping[str, object]) -> PlanChoice:
    """Read ``[plan]``; problems are noted in `checker`."""
    _check_numbers(checker, "cities", told["cities"], 3, "three cities or more: one treated, two beside it")
    _check_numbers(checker, "before", told["before"], 1, "1 or more periods")
    _check_numbers(checker, "after", told["after"], 1, "1 or more periods")
    for effect in told["effects"] or ():
        if not effect:
            checker.report("plan.effects", "an effect of nothing is asked for", "leave 0 out")
    calendars = []
    for name, one in told["calendars"].items():
        treated = one["treated"]
        if treated is not None and (treated <= 0 or (treated >= 1 and treated != int(treated))):
            what = f"{treated} is neither a share nor a number of cities"
            checker.report(
                f"plan.calendars.{name}.treated", what, "write a share like 0.5, or a number like 2"
            )
        if name == DECLARED:
            todo = "call it otherwise: this is the name of the study's own dates"
            checker.report(f"plan.calendars.{name}", "stands for the dates of the cities", todo)
        titles = one["title_en"] or name.replace("_", " "), one["title_zh"] or name
        calendars.append(PlannedCalendar(name, treated, one["waves"], one["apart"], *titles))
    numbers = {
        name: tuple(dict.fromkeys(told[name] or ())) for name in ("cities", "before", "after", "effects")
    }
    rest = {name: told[name] for name in ("draws", "seed", "level", "power")}
    return PlanChoice(outcome=told["outcome"] or "", calendars=tuple(calendars), **numbers, **rest)


def _check_numbers(checker: Checker, key: str, told: Sequence[int] | None, least: int, todo: str) -> None:
    for number in told or ():
        if number < least:
            checker.report(f"plan.{key}", f"{number} is too few", f"write {todo}")
