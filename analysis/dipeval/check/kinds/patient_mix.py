"""Kind ``patient_mix``: who the patients are and how they are coded, from the cases, as outcomes of the same design."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CASES, CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice

TRAITS = ("age", "sex", "secondary_diagnoses", "surgery")


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """As `case_mix`: ``<name>`` and ``<name>_deviations``, with the same verdict.

    Where the outcome is a mean over cases, its expectation by diagnosis is a trait, and the effect beyond it a line of
    the summary.

    Cost: two to five groupings of the cases, then one estimate a trait.
    """
    from dipeval.check.selection.mix import patient_mix

    return patient_mix(subject, choice)


KIND = CheckKind(
    check,
    {
        "traits": Key("texts", default=(), choices=TRAITS, doc="default: all whose columns are there"),
        "shares": Key("texts", default=(), doc="columns whose levels' shares are traits: insurance_type"),
        "diagnoses": Key("flag", default=True, doc="the outcome expected by diagnosis is a trait too"),
        "tolerance": Key(
            "number", default=0.25, low=0, high=10, doc="standard deviations; less matters little"
        ),
    },
    "Patients and coding as outcomes",
    "患者特征与编码作为结果变量",
    CASES,
)
