"""Patients who are insured where they are treated, and those who come from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dipeval.describe.given import require_columns

if TYPE_CHECKING:
    from dipeval.describe.given import Given

RESIDENCE = "residence"
RESIDENT, INBOUND = "resident", "inbound"
PLACES = ("insured_place", "treatment_place")


def with_residence(given: Given) -> Given:
    """Give cases the column ``residence``: resident or inbound; NULL where a place is not known.

    Parameters
    ----------
    given : Given
        Whose cases name the place of insurance and of treatment, in the same words.

    Raises
    ------
    DataError
        Without cases, or without both places.
    """
    import ibis

    _, cases = given.stays
    require_columns(cases, list(PLACES), "spillover")
    insured, treated = (cases[name] for name in PLACES)
    known = insured.notnull() & treated.notnull()
    word = ibis.cases((known & (insured == treated), RESIDENT), (known, INBOUND), else_=ibis.null("string"))
    return replace(given, cases=cases.mutate(**{RESIDENCE: word}))
