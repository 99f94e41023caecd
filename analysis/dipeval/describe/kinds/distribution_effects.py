"""Kind ``distribution_effects``: what the reform did to the whole distribution of cost or stay."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import CASES, EFFECTS, Kind
from dipeval.describe.outcome_models.hospital_sums import VOLUME, hospital_sums, modelled_columns
from dipeval.describe.selection import selected, told
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key

ESTIMATORS = ("imputation", "twfe", "two_stage", "extended_two_way", "group_time", "two_by_two")
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A table and two figures an outcome: ``<name>_<outcome>``, ``…_quantiles``, ``…_functions``.

    Cost: two passes over the cases an outcome; then one estimate a threshold (at most a hundred) on
    hospital-periods, and one pass over the classes a cluster.

    Raises
    ------
    DataError
        A study without a design, columns that the cases lack, values below zero, levels that are none.
    DesignError
        No cohort with cases in all four groups of changes-in-changes.
    """
    from dipeval.describe.outcome_models.class_query import value_classes
    from dipeval.describe.outcome_models.distribution_effects import Asked, effect_exhibits

    engine, cases = given.stays
    design = given.designed
    levels = _levels(choice)
    mine = selected(cases, choice.where)
    words = told(choice.where)
    made: list[Exhibit] = []
    for outcome in choice.options["outcomes"]:
        asked = Asked(
            f"{choice.name}_{outcome}",
            levels,
            str(choice.options["estimator"]),
            int(choice.options["seed"]),
            int(choice.options["draws"]),
            float(choice.options["level"]),
            given.currency,
            given.synthetic,
            (choice.title_en, choice.title_zh),
            (words,) if words[0] else (),
        )
        classes = value_classes(engine, mine, given.panel, outcome, int(choice.options["classes"]))
        sums = hospital_sums(engine, mine, given.panel, outcome)
        made += effect_exhibits(design, classes, sums, asked)
    return made


def _levels(choice: DescriptionChoice) -> tuple[float, ...]:
    levels = tuple(float(x) for x in choice.options["quantiles"])
    if not levels or list(levels) != sorted(set(levels)) or not 0 < levels[0] <= levels[-1] < 1:
        todo = "write levels in order, like [0.1, 0.5, 0.9]"
        raise DataError("describe", [Problem("quantiles", f"{list(levels)} are no levels", todo)])
    return levels


KIND = Kind(
    CASES,
    make,
    {
        "outcomes": Key(
            "texts",
            required=True,
            choices=tuple(n for n in modelled_columns() if n != VOLUME),
            doc="of cases",
        ),
        "quantiles": Key("numbers", default=QUANTILES, doc="levels of the table, above 0 and below 1"),
        "estimator": Key("text", default="imputation", choices=ESTIMATORS, doc="for means and shares"),
        "classes": Key("integer", default=200, low=20, high=1000, doc="classes of values"),
        "seed": Key("integer", required=True, doc="of the bands"),
        "draws": Key("integer", default=999, low=99, high=99999, doc="of the bands"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of intervals and bands"),
    },
    "Effects on the distribution",
    "对分布的效应",
    EFFECTS,
)
