"""Clusters of hospitals as exhibits, on a panel of which the numbers can be made by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.clusters.hospital_points import hospital_numbers
from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose.gate import gate
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["hospital_clusters"]
TOLD = {
    "outcomes": ("log_length_of_stay", "cost_per_case"),
    "shares": ("drug_cost", "examination_cost", "other_cost"),
    "scale": "standardise",
    "most": 3,
    "seed": 5,
    "reference_draws": 4,
    "stability_draws": 6,
    "against": "level",
}


@pytest.fixture(scope="module")
def panel():
    draw = np.random.default_rng(3)
    rows = []
    for h in range(30):
        tertiary = h < 18
        for period in ("2020", "2021"):
            n = int(draw.integers(80, 120))
            cost = int(n * (900_000 if tertiary else 300_000) * draw.lognormal(0, 0.08))
            drug = (0.3 if tertiary else 0.5) * draw.lognormal(0, 0.05)
            rows.append(
                {
                    "city": "a" if h % 2 else "b",
                    "hospital": f"h{h:02d}",
                    "period": period,
                    "level": "tertiary" if tertiary else "secondary",
                    "discharges": n,
                    "care_days": int(n * (11 if tertiary else 7) * draw.lognormal(0, 0.06)),
                    "total_cost": cost,
                    "drug_cost": int(cost * drug),
                    "examination_cost": int(cost * 0.2 * draw.lognormal(0, 0.05)),
                    "other_cost": int(cost * 0.1 * draw.lognormal(0, 0.05)),
                }
            )
    return pd.DataFrame(rows)


def made(panel, design=None, **options):
    plain = {name: getattr(key, "default", ()) for name, key in KIND.keys.items()}
    choice = DescriptionChoice("alike", "hospital_clusters", plain | TOLD | options)
    return {e.name: e for e in KIND.make(Given(panel, "year", "2020", "2021", "CNY", design=design), choice)}


def cell(exhibit, row, column):
    frame = exhibit.frame[(exhibit.frame["row"] == row) & (exhibit.frame["column"] == column)]
    assert len(frame) == 1
    return frame.iloc[0]


def test_numbers_of_a_hospital_are_those_of_its_sums(panel):
    found = hospital_numbers(panel, ["cost_per_case"], ["drug_cost", "other_cost"]).values
    one = panel[panel["hospital"] == "h03"]
    assert found.loc[("a", "h03"), "cost_per_case"] == pytest.approx(
        one["total_cost"].sum() / one["discharges"].sum() / 100
    )
    share = one["drug_cost"].sum() / (one["drug_cost"].sum() + one["other_cost"].sum())
    assert found.loc[("a", "h03"), "drug_cost"] == pytest.approx(share)


def test_levels_part_and_agree_with_what_is_declared(panel):
    found = made(panel.sample(frac=1, random_state=1))
    assert found["alike_sizes"].frame["value"].tolist() == [18, 12]
    assert "Adjusted Rand index of clusters and declared types: 1.00" in found["alike_agreement"].notes_en[-1]
    big = panel[panel["level"] == "tertiary"].groupby("hospital")[["total_cost", "discharges"]].sum()
    cost = cell(found["alike_profile"], "cost_per_case", "1")
    assert cost["value"] == pytest.approx((big["total_cost"] / big["discharges"] / 100).mean())
    assert cost["count"] == big["discharges"].sum()
    assert cost["largest_share"] == pytest.approx(big["discharges"].max() / big["discharges"].sum())
    again = made(panel)
    for name, exhibit in found.items():
        pd.testing.assert_frame_equal(again[name].frame, exhibit.frame, check_exact=True)


def test_other_methods_find_the_same(panel):
    for method in ("ward", "gaussian_mixture"):
        found = made(panel, method=method, k=2, against="", reference_draws=2, stability_draws=2)
        assert found["alike_sizes"].frame["value"].tolist() == [18, 12]
        assert "alike_agreement" not in found


def test_words_of_hospitals_are_clustered_beside_numbers(panel):
    # Without the level, costs that go with nothing part no hospitals; with it they part by level.
    draw = np.random.default_rng(1)
    cost = dict(zip(sorted(panel["hospital"].unique()), draw.integers(10**7, 2 * 10**7, 30), strict=True))
    noise = panel.assign(total_cost=panel["hospital"].map(cost), discharges=100)
    told = {"outcomes": ("cost_per_case",), "shares": (), "method": "k_medoids", "k": 2, "against": "level"}
    told |= {"distance": "gower", "scale": "range", "words": ("level",)}
    told |= {"reference_draws": 2, "stability_draws": 2}
    found = made(noise, **told)
    assert "Adjusted Rand index of clusters and declared types: 1.00" in found["alike_agreement"].notes_en[-1]
    assert cell(found["alike_profile"], "level=tertiary", "1")["value"] == 18
    assert cell(found["alike_profile"], "level=secondary", "effect")["value"] == pytest.approx(1)
    lacking = noise.assign(level=noise["level"].where(noise["hospital"] != "h03", None))
    with pytest.raises(DataError, match="level: is missing for some hospitals"):
        made(lacking, **told)
    left = made(lacking, missing="drop", **told)
    assert left["alike_sizes"].frame["value"].sum() == 29
    assert any("1 hospitals with a missing word are left out" in n for n in left["alike_sizes"].notes_en)
    with pytest.raises(DataError, match="which words have not"):
        made(noise, missing="median", **told)
    with pytest.raises(DataError, match="words: levle"):
        made(noise, **(told | {"words": ("levle",)}))


def test_hospitals_are_points_only_where_the_gate_lets_them_pass(panel):
    found = made(panel, hospitals=True, k=2, method="ward", reference_draws=2, stability_draws=2)
    points = found["alike_hospitals"].frame
    assert len(points) == 30 and (points["largest_share"] == 1).all()
    assert points.groupby("series")["x"].count().tolist() == [18, 12]
    one = panel[panel["hospital"] == "h07"]
    assert points.loc[points["label_en"] == "a h07", "count"].tolist() == [one["discharges"].sum()]
    held = [gate(found["alike_hospitals"], 10, share)[0].exhibit.frame["suppressed"] for share in (0.85, 1.0)]
    assert held[0].all() and not held[1].any()
    assert "alike_hospitals" not in made(panel, k=2, method="ward", reference_draws=2, stability_draws=2)
    assert "alike_tree" in found


def test_some_hospitals_alone_are_clustered_where_that_is_said(panel):
    told = {"method": "ward", "k": 2, "reference_draws": 2, "stability_draws": 2, "against": ""}
    told |= {"note_en": "As a trial.", "note_zh": "试验。"}
    found = made(panel, among={"level": ("tertiary",)}, **told)
    assert found["alike_sizes"].frame["value"].sum() == 18
    discharges = panel.loc[panel["level"] == "tertiary", "discharges"].sum()
    assert cell(found["alike_profile"], "hospitals", "total")["count"] == discharges
    for exhibit in found.values():
        assert "Hospitals that are clustered: Hospital level: Tertiary." in exhibit.notes_en
        assert "As a trial." in exhibit.notes_en and "试验。" in exhibit.notes_zh
    with pytest.raises(DataError, match="no hospital is primary"):
        made(panel, among={"level": ("primary",)}, **told)
    with pytest.raises(DataError, match="among: levle"):
        made(panel, among={"levle": ("primary",)}, **told)


def test_medians_of_hospitals(panel):
    found = made(panel, k=2, method="ward", reference_draws=2, stability_draws=2)
    sums = panel.groupby("hospital")[["total_cost", "discharges"]].sum()
    each = sums["total_cost"] / sums["discharges"] / 100
    line = cell(found["alike_profile"], "cost_per_case:median", "total")
    assert [line["low"], line["value"], line["high"]] == pytest.approx(list(each.quantile([0.25, 0.5, 0.75])))


def test_periods_after_a_reform_are_warned_of_on_every_exhibit(panel):
    cohort = panel["city"].map({"a": "2021", "b": "never"})
    told = {"method": "ward", "k": 2, "reference_draws": 2, "stability_draws": 2}
    design = SimpleNamespace(anticipation=0)
    found = made(panel.assign(cohort=cohort), design=design, **told)
    assert len(found) == 11 and all(any("after the reform" in n for n in e.notes_en) for e in found.values())
    for plain in (made(panel, **told), made(panel.assign(cohort=cohort), formed=("2020", "2020"), **told)):
        assert not any("after the reform" in n for e in plain.values() for n in e.notes_en)
    early = made(
        panel.assign(cohort=cohort), SimpleNamespace(anticipation=1), formed=("2020", "2020"), **told
    )
    assert any("after the reform" in n for n in early["alike_sizes"].notes_en)


def test_refusals(panel):
    with pytest.raises(DataError, match="name no number"):
        made(panel, outcomes=(), shares=())
    with pytest.raises(DataError, match="against: levl"):
        made(panel, against="levl")
    with pytest.raises(DataError, match="is missing in 1 rows"):
        made(panel.assign(care_days=panel["care_days"].where(panel["hospital"] != "h05", 0)))
    with pytest.raises(DataError, match="is 30 for 30 rows"):
        made(panel, k=30)
