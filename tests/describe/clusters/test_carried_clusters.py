"""Clusters of hospitals carried on: labels by hand, the span on which they were formed, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.clusters.carried import carried, clustering_of, hospital_labels, nothing_found
from dipeval.describe.clusters.formed_periods import formed_rows, periods_after_reform
from dipeval.describe.clusters.formers import FORMERS
from dipeval.describe.dimensions import with_dimensions
from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["hospital_clusters"]
TOLD = {
    "outcomes": ("cost_per_case",),
    "scale": "standardise",
    "missing": "drop",
    "method": "ward",
    "k": 2,
    "most": 3,
    "seed": 5,
    "reference_draws": 2,
    "stability_draws": 2,
}
LABELS = ({"cluster": 2, "en": "dear", "zh": "高费用", "highest": (), "lowest": ()},)


@pytest.fixture(scope="module")
def panel():
    """Nine hospitals over four years: h0–h4 cheap, h5–h7 dear, h8 without cases before 2020; city a is reformed in 2020."""
    rows = []
    for h in range(9):
        for year in ("2018", "2019", "2020", "2021"):
            n = 0 if h == 8 and year < "2020" else 100
            cost = (30 + h) * (10 if 5 <= h <= 7 else 1)
            # After the reform two treated hospitals are dear: clusters formed on it would be its consequence.
            cost = 600 + h if h in (1, 3) and year >= "2020" else cost
            rows.append(("a" if h % 2 else "b", f"h{h}", year, n, n * cost * 100))
    frame = pd.DataFrame(rows, columns=["city", "hospital", "period", "discharges", "total_cost"])
    return frame.assign(cohort=frame["city"].map({"a": "2020", "b": "never"}))


def choice(**options):
    plain = {name: getattr(key, "default", ()) for name, key in KIND.keys.items()}
    return DescriptionChoice("alike", "hospital_clusters", plain | TOLD | options)


def made(panel, anticipation=0, **options):
    told = choice(**options)
    return carried(panel, told, *FORMERS[told.kind](panel, told), anticipation, ("Alike", "聚类"))


def test_every_hospital_has_its_label_from_the_periods_before(panel):
    before = made(panel, formed=("2018", "2019"), labels=LABELS)
    number = before.frame.set_index("hospital")["number"]
    assert number.to_dict() == {**{f"h{h}": 1 for h in range(5)}, "h5": 2, "h6": 2, "h7": 2, "h8": 0}
    assert (before.first, before.last, before.after_reform) == ("2018", "2019", ())
    assert before.column == "cluster:alike"
    assert before.labels == {
        "alike:1": ("Cluster 1", "第1类"),
        "alike:2": ("2 dear", "2 高费用"),
        "alike:none": ("In no cluster", "未归类"),
        "cluster:alike": ("Alike", "聚类"),
    }
    word = before.on(panel)
    assert word[panel["hospital"] == "h6"].unique().tolist() == ["alike:2"]
    assert word[panel["hospital"] == "h8"].unique().tolist() == ["alike:none"]
    assert before.on(panel.assign(city="elsewhere")).unique().tolist() == ["alike:none"]
    assert any("1 of 9 hospitals are in no cluster" in english for english, _ in before.said)
    turned = made(
        panel.sample(frac=1, random_state=2, ignore_index=True), formed=("2018", "2019"), labels=LABELS
    )
    pd.testing.assert_frame_equal(turned.frame, before.frame)


def test_what_was_formed_after_the_reform_is_refused_or_warned_of(panel):
    whole = made(panel)
    dear = whole.frame.set_index("hospital")["number"] == whole.frame.set_index("hospital")["number"]["h5"]
    assert sorted(dear.index[dear]) == ["h1", "h3", "h5", "h6", "h7"]
    assert whole.after_reform == ("2020", "2021")
    assert any(english.startswith("Warning") for english, _ in whole.said)
    given = Given(panel, "year", "2018", "2021", clusterings={"alike": whole})
    with pytest.raises(DataError, match="2 periods at or after the reform(?s:.*)before 2020"):
        hospital_labels(given, "cluster:alike")
    assert hospital_labels(given, "cluster:alike", effect=False) is whole
    allowed = made(panel, after_reform="allow")
    assert clustering_of({"alike": allowed}, "alike", effect=True) is allowed
    assert any(english.startswith("Warning") for english, _ in allowed.said)
    with pytest.raises(DataError, match="did you mean 'alike'"):
        hospital_labels(given, "cluster:alikee")
    with pytest.raises(DataError, match="is no clustering of hospitals"):
        clustering_of({}, "cluster:alike", effect=False)


def test_anticipation_and_any_treated_hospital_count(panel):
    early = formed_rows(panel, choice(formed=("2018", "2019")))
    assert periods_after_reform(panel, early, 0) == ()
    assert periods_after_reform(panel, early, 1) == ("2019",)
    assert periods_after_reform(panel.assign(cohort="never"), panel, 3) == ()
    assert periods_after_reform(panel.drop(columns="cohort"), panel, 0) == ()
    # A hospital that is treated and has no row in the span counts all the same.
    one = panel.assign(cohort=np.where(panel["hospital"] == "h8", "2019", "never"))
    assert periods_after_reform(one, early, 0) == ("2019",)


def test_where_there_are_no_clusters_nobody_has_one():
    draw = np.random.default_rng(8)
    rows = [("a", f"h{h:02d}", "2018", 100, int(3e6 + 1e5 * draw.normal())) for h in range(40)]
    frame = pd.DataFrame(rows, columns=["city", "hospital", "period", "discharges", "total_cost"])
    none = made(frame, k=0, method="k_means", reference_draws=10)
    assert none.clusters == () and set(none.frame["word"]) == {"alike:none"}
    assert none.labels["alike:none"] == ("No clusters found", "未见聚类结构")
    assert any("no clusters" in english for english, _ in none.said)
    told = nothing_found(DescriptionChoice("by_cluster", "heterogeneity", heading="effects"), none, True)
    assert told.frame["value"].tolist() == [0.0] and told.name == "by_cluster" and told.synthetic
    assert told.notes_en[0].startswith("No effect is estimated by clusters")
    ((released, withheld),) = gate_together([told], 10, 0.85)
    assert not withheld and released.exhibit.frame["value"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (("2018",), "names 1 periods"),
        (("2018-01", "2018-06"), "are no periods of the panel"),
        (("2019", "2018"), "2018 lies before 2019"),
        (("2010", "2011"), "has no row from 2010 to 2011"),
        (("soon", "later"), "is not a period"),
    ],
)
def test_spans_that_are_none(panel, span, told):
    with pytest.raises(DataError, match=told):
        formed_rows(panel, choice(formed=span))


def test_cases_are_divided_by_the_cluster_of_their_hospital(engine, panel):
    one = made(panel, formed=("2018", "2019"), labels=LABELS)
    words = one.frame[["city", "hospital"]].assign(**{one.column: one.frame["word"]})
    cases = engine.small_table(words.loc[words.index.repeat(3)].reset_index(drop=True))
    table, found = with_dimensions(engine, cases, [one.column], labels=one.labels)
    dimension = found[one.column]
    assert dimension.levels == ("alike:1", "alike:2", "alike:none")
    assert dimension.labels["alike:2"] == ("2 dear", "2 高费用") and dimension.label_zh == "聚类"
    counts = engine.to_frame(table.group_by(dimension.column).agg(n=table.count()))
    assert counts.set_index(dimension.column)["n"].to_dict() == {"alike:1": 15, "alike:2": 9, "alike:none": 3}
    with pytest.raises(DataError, match="did you mean 'cluster:alike'"):
        with_dimensions(engine, cases, ["cluster:alikes"])
