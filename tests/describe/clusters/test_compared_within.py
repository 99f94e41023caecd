"""Effects where hospitals are compared within clusters that were formed before the reform: found; formed after: refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.clusters.carried import carried
from dipeval.describe.clusters.formers import FORMERS
from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.design import build_design
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

CLUSTERS, KIND = KINDS["hospital_clusters"], KINDS["cluster_comparison"]
EFFECT = {"small": -0.02, "big": -0.2}


@pytest.fixture(scope="module")
def panel():
    """36 hospitals, 8 years: big ones grow dearer on their own and are treated more often; the reform of 2016 saves them
    ten times as much."""
    draw = np.random.default_rng(4)
    rows = []
    for h in range(36):
        big = h % 2 == 0
        treated = draw.random() < (0.7 if big else 0.3)
        for year in range(2012, 2020):
            n = int(draw.integers(400, 500)) * (4 if big else 1)
            effect = EFFECT["big" if big else "small"] if treated and year >= 2016 else 0.0
            log = (9.5 if big else 8.0) + 0.06 * big * (year - 2012) + effect + draw.normal(0, 0.01)
            rows.append(
                (
                    "abc"[h % 3],
                    f"h{h:02d}",
                    str(year),
                    n,
                    round(n * np.exp(log)) * 100,
                    2016 if treated else 0,
                )
            )
    frame = pd.DataFrame(rows, columns=["city", "hospital", "period", "discharges", "total_cost", "start"])
    frame["unit"] = frame["city"] + "/" + frame["hospital"]
    return frame.assign(cohort=np.where(frame["start"] > 0, "2016", "never"))


def clustering(panel, **options):
    plain = {name: getattr(key, "default", ()) for name, key in CLUSTERS.keys.items()}
    told = {
        "outcomes": ("log_cost_per_case",),
        "scale": "standardise",
        "method": "ward",
        "k": 2,
        "most": 3,
        "seed": 1,
    }
    told |= {"reference_draws": 2, "stability_draws": 2, "formed": ("2012", "2015")}
    choice = DescriptionChoice("size", "hospital_clusters", plain | told | options)
    return carried(panel, choice, *FORMERS[choice.kind](panel, choice), 0, ("Size", "规模"))


def given(panel, one):
    design = build_design(
        panel.assign(cohort=panel["cohort"].where(panel["cohort"] != "never", None), hospital=panel["unit"]),
        unit="hospital",
        time="period",
        cohort="cohort",
        clusters=["hospital"],
        n_cases="discharges",
        event_window=(-3, 3),
    )
    rows = panel.assign(**{one.column: one.on(panel)})
    return Given(rows, "year", "2012", "2019", "CNY", design=design, clusterings={"size": one})


def made(panel, one, **options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    told = {"by": "cluster:size", "outcomes": ("log_cost_per_case",)}
    choice = DescriptionChoice("fair", KIND.layer, plain | told | options, heading="effects")
    return {e.name: e for e in KIND.make(given(panel, one), choice)}


def test_trends_of_clusters_pass_for_an_effect_only_between_them(panel):
    one = clustering(panel)
    found = made(panel, one)
    forest = found["fair_log_cost_per_case"].frame.set_index("label_en")["value"]
    treated = panel[(panel["start"] > 0) & (panel["period"] >= "2016")]
    share = (treated["hospital"].str[1:].astype(int) % 2 == 0).mean()
    truth = share * EFFECT["big"] + (1 - share) * EFFECT["small"]
    assert forest["Each cluster within itself"] == pytest.approx(truth, abs=0.01)
    assert abs(forest["All with all"] - truth) > 0.03
    assert list(forest.index)[1] == "Clusters with both sides, common periods"
    counts = found["fair_clusters"].frame.pivot(index="row", columns="column", values="value")
    ever = panel.drop_duplicates("hospital").assign(word=lambda x: one.on(x))
    wanted = ever.groupby("word")["start"].agg(["sum", "size"])
    assert counts["treated"].tolist() == (wanted["sum"] // 2016).tolist()
    assert (counts["treated"] + counts["compared"]).tolist() == wanted["size"].tolist()
    gated = gate_together(list(found.values()), 10, 0.85)
    assert [len(withheld) for _, withheld in gated] == [0] * len(found)
    again = made(panel.sample(frac=1, random_state=6, ignore_index=True), one)
    for name, exhibit in found.items():
        pd.testing.assert_frame_equal(again[name].frame, exhibit.frame)


def test_the_two_way_regression_says_the_same_kind_of_thing(panel):
    rows = made(panel, clustering(panel), estimator="twfe")["fair_log_cost_per_case"].frame
    assert len(rows) == 3 and rows["low"].lt(rows["high"]).all()


def test_clusters_of_periods_after_the_reform_are_refused_or_warned_of(panel):
    late = clustering(panel, formed=())
    with pytest.raises(DataError, match="the reform itself may have made the clusters"):
        made(panel, late)
    assert "fair_clusters" in made(panel, clustering(panel, formed=(), after_reform="allow"))


def test_where_nothing_can_be_compared_within_it_is_said(panel):
    one = clustering(panel)
    none = replace(one, clusters=(), frame=one.frame.assign(number=0, word="size:none"))
    found = made(panel, none)
    assert list(found) == ["fair_log_cost_per_case", "fair_log_cost_per_case_table"]
    assert len(found["fair_log_cost_per_case"].frame) == 1
    assert any("no clusters were found" in note for note in found["fair_log_cost_per_case"].notes_en)
    few = made(panel, one, least=10)
    assert any(
        "no cluster holds hospitals of both sides" in n for n in few["fair_log_cost_per_case"].notes_en
    )
    assert set(few["fair_clusters"].frame["text_en"]) == {"", "no: too few hospitals"}
    with pytest.raises(DataError, match="did you mean 'size'"):
        made(panel, one, by="cluster:sizes")
