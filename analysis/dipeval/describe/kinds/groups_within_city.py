"""Kind ``groups_within_city``: patients whom the reform reaches against others of the same reformed cities."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.inferences import inference_keys
from dipeval.describe.kind import CASES, EFFECTS, Kind
from dipeval.describe.kinds.triple_difference import WORDS
from dipeval.design.validation import NOBODY
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """``<name>_<outcome>`` and ``…_events`` an outcome, and ``<name>_table``.

    Cost: one pass over the cases; then estimates on hospital-group-periods.

    Raises
    ------
    DataError
        A study without a design or cases, columns that are lacking, groups that overlap or that a city lacks.
    DesignError
        Nothing to compare, or a method of inference that does not go.
    """
    from dipeval.describe.inferences import inferred, refusals
    from dipeval.describe.triple_differences import within_words, words
    from dipeval.describe.triple_differences.exhibits import outcome_exhibits, table_exhibit
    from dipeval.describe.triple_differences.panels import PLACE, two_groups
    from dipeval.describe.triple_differences.within_city import within_effects

    names = list(choice.options["outcomes"])
    groups = two_groups(given, choice, names)
    alone = given.designed.comparison == NOBODY
    notes = [within_words.ASSUMED, within_words.UNTESTED if alone else within_words.TESTED]
    if groups.frame.loc[groups.frame["cohort"].notna(), "city"].nunique() == 1:
        notes.append(within_words.ONE_CITY)
    if groups.outside:
        notes.append(tuple(word.format(count=f"{groups.outside:,}") for word in words.NEITHER))
    made, every, refused = [], [], {}
    for name in names:
        found = within_effects(groups, name, choice.options["estimators"])
        under = {key: inferred(one, choice.options, PLACE) for key, one in found.items()}
        by_name = {key: several for key, (several, _) in under.items()}
        made += outcome_exhibits(
            given,
            choice,
            outcomes()[name],
            by_name,
            notes,
            labels=within_words.LABELS,
            figure=within_words.FIGURE,
        )
        every += [one for several in by_name.values() for one in several]
        refused = {key: why for key, (_, why) in under.items()}
    told = [*notes, within_words.TWICE, *refusals(refused, within_words.LABELS)]
    table = table_exhibit(given, choice, every, told, labels=within_words.LABELS, title=within_words.TABLE)
    return [*made, table]


KIND = Kind(
    CASES,
    make,
    {
        "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="of hospital-periods"),
        "within": Key("text", default="insurance_type", choices=WORDS, doc="what tells the groups"),
        "eligible": Key("texts", required=True, doc="words of those whom the reform reaches"),
        "comparison": Key("texts", required=True, doc="words of those whom it does not"),
        "estimators": Key("texts", default=("regression",), choices=("regression", "imputation")),
        **inference_keys(),
    },
    "Patients reached and not reached in the same city",
    "同城纳入与未纳入改革患者的比较",
    EFFECTS,
)
