"""Kind ``patient_spillover``: patients whom a reform does not reach, in hospitals that it does reach."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dipeval.describe.kind import CASES, EFFECTS, Kind
from dipeval.describe.kinds.spillover import COMMON
from dipeval.describe.spillover.residence import INBOUND, RESIDENCE, RESIDENT
from dipeval.errors import DataError, Problem
from dipeval.study.grammar import Key
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.estimate.spillover.effects import Spillover
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice

WORDS = tuple(n for n, c in columns().items() if c.kind in ("code", "text") and c.role != "record")


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """As kind ``spillover``, on hospitals by group of patients.

    Cost: one pass over the cases; then three estimates an outcome.

    Raises
    ------
    DataError
        A study without a design or cases, columns that are lacking, groups that overlap or that a city lacks.
    DesignError
        Nobody is exposed without being treated, or nobody is clean.
    """
    from dipeval.describe.spillover.exhibits import spillover_exhibits
    from dipeval.describe.spillover.residence import with_residence
    from dipeval.describe.spillover.words import GROUPS, KNOWN, PATIENTS
    from dipeval.describe.triple_differences.panels import two_groups
    from dipeval.estimate.spillover.effects import spillover_on_patients

    if choice.options["within"] == RESIDENCE:
        given, choice = with_residence(given), _by_residence(choice)
    groups = two_groups(given, choice, list(choice.options["outcomes"]))
    partition = groups.partition()

    def estimated(name: str) -> Spillover:
        estimator = str(choice.options["estimator"])
        return spillover_on_patients(partition, groups.values(name), estimator=estimator, outcome=name)

    return spillover_exhibits(given, choice, estimated, PATIENTS, [GROUPS, KNOWN], groups.clusters)


def _by_residence(choice: DescriptionChoice) -> DescriptionChoice:
    """Residents are eligible, patients from elsewhere are exposed; the study has no words to name."""
    said = [name for name in ("eligible", "comparison") if choice.options[name]]
    if said:
        what = "names words, but residence has its own: who is insured where the hospital is"
        raise DataError("spillover", [Problem(name, what, "leave it out") for name in said])
    words = {"eligible": (RESIDENT,), "comparison": (INBOUND,)}
    return replace(choice, options={**choice.options, **words})


KIND = Kind(
    CASES,
    make,
    {
        **COMMON,
        "within": Key(
            "text", default="insurance_type", choices=(*WORDS, RESIDENCE), doc="what tells the groups"
        ),
        "eligible": Key("texts", default=(), doc="words of those whom the reform reaches"),
        "comparison": Key("texts", default=(), doc="words of those who are only exposed"),
    },
    "Spillover on patients whom the reform does not reach",
    "对改革未覆盖患者的溢出效应",
    heading=EFFECTS,
)
