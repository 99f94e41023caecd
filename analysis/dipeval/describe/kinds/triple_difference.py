"""Kind ``triple_difference``: the effect on one group of patients against another in the same hospitals."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.inferences import inference_keys
from dipeval.describe.kind import CASES, EFFECTS, Kind
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key
from dipeval.vocabulary import columns, outcomes

WORDS = tuple(n for n, c in columns().items() if c.kind in ("code", "text") and c.role != "record")


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """``<name>_<outcome>``, ``…_events``, ``…_cells`` an outcome, and ``<name>_table``.

    Cost: one pass over the cases; then estimates on hospital-group-periods.

    Raises
    ------
    DataError
        A study without a design or cases, columns that are lacking, groups that overlap or that a city lacks.
    DesignError
        Nothing to compare, or a method of inference that does not go.
    """
    from dipeval.describe.inferences import inferred, refusals
    from dipeval.describe.triple_differences import words
    from dipeval.describe.triple_differences.estimates import effects
    from dipeval.describe.triple_differences.exhibits import outcome_exhibits, table_exhibit
    from dipeval.describe.triple_differences.panels import two_groups

    names = list(choice.options["outcomes"])
    groups = two_groups(given, choice, names)
    cluster = next(iter(given.designed.unit_clusters))
    notes = [words.ASSUMED]
    if "group_time" in choice.options["estimators"]:
        notes.append(words.WEIGHTED[str(choice.options["shares"])])
    for count, told in ((groups.absent, words.ABSENT), (groups.outside, words.NEITHER)):
        if count:
            notes.append(tuple(word.format(count=f"{count:,}") for word in told))
    made, every = [], []
    for name in names:
        found = effects(groups, name, choice.options)
        under = {key: inferred(one, choice.options, cluster) for key, one in found.items()}
        by_name = {key: several for key, (several, _) in under.items()}
        made += outcome_exhibits(given, choice, outcomes()[name], by_name, notes)
        every += [one for several in by_name.values() for one in several]
        refused = {key: why for key, (_, why) in under.items()}
    return [*made, table_exhibit(given, choice, every, refusals(refused, words.LABELS))]


KIND = Kind(
    CASES,
    make,
    {
        "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="of hospital-periods"),
        "within": Key("text", default="insurance_type", choices=WORDS, doc="what tells the groups"),
        "eligible": Key("texts", required=True, doc="words of those whom the reform reaches"),
        "comparison": Key("texts", required=True, doc="words of those whom it does not"),
        "estimators": Key(
            "texts", default=("regression", "group_time"), choices=("regression", "imputation", "group_time")
        ),
        "method": Key(
            "text",
            default="doubly_robust",
            choices=("doubly_robust", "outcome_regression", "inverse_probability"),
        ),
        "base_period": Key("text", default="varying", choices=("varying", "universal")),
        "combine": Key("text", default="optimal", choices=("optimal", "pooled")),
        "overall": Key("text", default="simple", choices=("simple", "dynamic", "group", "calendar")),
        "shares": Key("text", default="eligible", choices=("eligible", "all"), doc="that weigh cohorts"),
        **inference_keys(),
    },
    "Triple differences within hospitals",
    "院内三重差分",
    EFFECTS,
)
