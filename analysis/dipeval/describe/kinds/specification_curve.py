"""Kind ``specification_curve``: one effect under all declared choices, with joint tests by permutation."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key, Tables
from dipeval.vocabulary import columns, outcomes

LISTED = (
    "outcome",
    "estimator",
    "window",
    "comparison",
    "anticipation",
    "weights",
    "clusters",
    "excluded",
    "controls",
    "trim",
    "least_cases",
)
"""Choices by the name that a listed specification calls them."""
MOST_DRAWS = 9999
CHOICE_KEYS = {
    "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="forms of one outcome"),
    "estimators": Key(
        "texts", default=(), doc="default: the study's main one; also before_after, own_trend …"
    ),
    "windows": Key(
        "text_lists", default=(), doc='first and last periods, like [["2017-01", "2019-12"], ["", ""]]'
    ),
    "comparisons": Key("texts", default=(), choices=("not_yet_treated", "never_treated")),
    "anticipations": Key("integers", default=(), doc="periods before the reform that count as treated"),
    "weights": Key("texts", default=(), choices=("none", "discharges")),
    "clusters": Key("texts", default=(), choices=tuple(columns())),
    "excluded": Key("text_lists", default=(), doc='sets of cities left out, like [[], ["city_a"]]'),
    "controls": Key("text_lists", default=(), doc='sets of columns or outcomes, like [[], ["case_mix"]]'),
    "trims": Key("numbers", default=(), doc="share of hospital-periods left out at each end, like [0, 0.01]"),
    "least_cases": Key("integers", default=(), doc="hospital-periods with fewer discharges are left out"),
}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A figure ``<name>`` and tables ``<name>_table`` and ``<name>_tests``.

    Cost: one estimate a specification and calendar; two-way fixed effects do all calendars at once.

    Raises
    ------
    DataError
        A study without a design.
    DesignError
        Choices that name unknown estimators, columns, cities or periods; too many specifications; no estimate at all;
        calendars drawn at random without a seed.
    """
    from dipeval.describe.specification_curve.exhibits import curve_exhibits
    from dipeval.describe.specification_curve.of_study import curve_of

    curve, tests = curve_of(given, choice)
    return curve_exhibits(
        curve,
        tests,
        name=choice.name,
        titles=(choice.title_en, choice.title_zh),
        currency=given.currency,
        synthetic=given.synthetic,
    )


KIND = Kind(
    PANEL,
    make,
    {
        **CHOICE_KEYS,
        "listed": Tables({name: Key("text", doc="one of its options") for name in LISTED}, doc="only these"),
        "most": Key("integer", default=400, low=1, doc="more specifications are refused"),
        "draws": Key(
            "integer", default=199, low=0, high=MOST_DRAWS, doc="calendars of the joint tests; 0 for none"
        ),
        "seed": Key("integer", low=0, doc="where calendars are drawn at random"),
        "assigned": Key(
            "text", default="city", choices=tuple(columns()), doc="level at which the reform was assigned"
        ),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of intervals and of significance"),
    },
    "Specification curve",
    "设定曲线",
    EFFECTS,
)
