"""What a study says of its comparison of cities: ``[compare]``, all of which may be left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..vocabulary import columns, outcomes
from .grammar import Checker, Key, Table

CITY = "city"
COST_INDEX, TIME_INDEX = "cost_consumption_index", "time_consumption_index"
PLACES = (
    CITY,
    *(n for n, c in columns().items() if c.kind in ("text", "code") and c.role in ("identity", "attribute")),
)
KINDS = tuple(n for n, c in columns().items() if c.kind == "code" and c.role == "attribute")
SHOWN = (
    *outcomes(),
    *(n for n, c in columns().items() if c.component or c.kind == "number"),
    COST_INDEX,
    TIME_INDEX,
)


@dataclass(frozen=True)
class CompareChoice:
    """Which places are compared, by what.

    Attributes
    ----------
    by : str
        ``city``, or a column of hospitals that says where they belong.
    indicators : tuple of str
        None: the study's outcomes, the variables of its Table 1 and its components of cost.
    reference : str
        A place that others are seen beside; empty: all together.
    within : str
        A column of kinds of hospitals, within which errors are taken; empty: hospitals are all of one kind.
    said : bool
        Whether the study has the table at all.
    """

    by: str = CITY
    indicators: tuple[str, ...] = ()
    reference: str = ""
    within: str = ""
    said: bool = False


def compare_grammar() -> Table:
    """``[compare]`` of a study file."""
    return Table(
        {
            "by": Key("text", choices=tuple(dict.fromkeys(PLACES)), doc="what is compared"),
            "indicators": Key("texts", default=(), choices=SHOWN, doc="none: those of the study"),
            "within": Key("text", default="", choices=("", *KINDS), doc="kinds of hospitals"),
            "reference": Key("text", default="", doc="a place to compare with; none: all together"),
        }
    )


def compare_choice(checker: Checker, told: Mapping[str, object]) -> CompareChoice:
    """Read ``[compare]``; problems are noted in `checker`."""
    names = tuple(told["indicators"] or ())
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            checker.report("compare.indicators", f"'{name}' stands twice", "write it once")
    within, reference = str(told["within"] or ""), str(told["reference"] or "")
    said = bool(told["by"] or names or reference or within)
    return CompareChoice(str(told["by"] or CITY), names, reference, within, said)
