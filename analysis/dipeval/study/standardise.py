"""What a study says of case mix: ``[standardise]``, the types whose means of a span are what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..vocabulary import patient_covariates
from .grammar import Checker, Key, Table

EXPECTED = ("expected_cost", "expected_days")
EXPECTED_BROAD = "expected_cost_broad"


@dataclass(frozen=True)
class StandardChoice:
    """Indirect standardisation of a study's panel.

    Attributes
    ----------
    types : tuple of str
        Words that make the type of a case.
    broad : tuple of str
        Words of broad groups around the types; empty for none. Shifts between broad groups are case mix,
        shifts of types inside them are coding.
    start, end : str
        First and last period of the span whose means are expected.
    """

    types: tuple[str, ...]
    start: str
    end: str
    broad: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the panel gets."""
        return (*EXPECTED, EXPECTED_BROAD) if self.broad else EXPECTED


def standard_grammar() -> Table:
    """``[standardise]`` of a study file."""
    return Table(
        {
            "types": Key("texts", default=(), choices=patient_covariates()),
            "broad": Key("texts", default=(), choices=patient_covariates()),
            "start": Key("period", default=""),
            "end": Key("period", default=""),
        }
    )


def standard_choice(checker: Checker, found: Mapping[str, object]) -> StandardChoice | None:
    """Read ``[standardise]``; problems are noted in `checker`."""
    if not any(found.values()):
        return None
    for key in ("types", "start", "end"):
        if not found[key]:
            checker.report(f"standardise.{key}", "is missing", "a standard needs types, start and end")
    if found["start"] and found["end"] and found["start"] > found["end"]:
        what = f"{found['end']} lies before {found['start']}"
        checker.report("standardise.end", what, "mend the span")
    if set(found["types"] or ()) == set(found["broad"] or ()) and found["broad"]:
        what = "are the words of the types themselves"
        checker.report("standardise.broad", what, "name coarser ones, or leave it out")
    return StandardChoice(**found)
