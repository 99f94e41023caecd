"""Clusters of cases as exhibits: found where they are, numbers that are those of the rows, labels, the gate, refusals."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.clusters.words import cluster_words, refuse_untrue_labels
from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["clusters"]
TOLD = {
    "levels": ("age",),
    "logs": ("total_cost",),
    "logs_plus_one": ("self_paid",),
    "scale": "standardise",
    "most": 4,
    "seed": 11,
    "choice_rows": 125,
    "reference_draws": 5,
    "stability_draws": 8,
    "profile": ("care_days",),
    "dimensions": ("sex",),
}


def made(engine, frame, **options):
    plain = {name: getattr(key, "default", ()) for name, key in KIND.keys.items()}
    choice = DescriptionChoice("kinds", "clusters", plain | TOLD | options)
    cases = engine.small_table(frame)
    given = Given(pd.DataFrame(), "month", "2022-01", "2022-12", "CNY", engine=engine, cases=cases)
    return {e.name: e for e in KIND.make(given, choice)}


@pytest.fixture(scope="module")
def found(engine, rows):
    return made(engine, rows[0])


def cell(exhibit, row, column):
    frame = exhibit.frame[(exhibit.frame["row"] == row) & (exhibit.frame["column"] == column)]
    assert len(frame) == 1
    return frame.iloc[0]


def test_the_groups_are_found_and_their_numbers_are_those_of_the_rows(found, rows):
    frame, truth = rows
    assert found["kinds_sizes"].frame["value"].tolist() == [240, 160, 100]
    profile = found["kinds_profile"]
    for c in range(3):
        part = frame[truth == c]
        cost = cell(profile, "total_cost", str(c + 1))
        assert cost["value"] == pytest.approx(part["total_cost"].mean() / 100)
        assert cost["spread"] == pytest.approx(part["total_cost"].std() / 100)
        assert cost["largest_share"] == pytest.approx(part["hospital"].value_counts(normalize=True).max())
        women = cell(profile, "sex=female", str(c + 1))
        assert women["value"] == (part["sex"] == "female").sum() == women["count"]
    days = frame["care_days"]
    between = sum((truth == c).sum() * (days[truth == c].mean() - days.mean()) ** 2 for c in range(3))
    assert cell(profile, "care_days", "effect")["value"] == pytest.approx(
        between / ((days - days.mean()) ** 2).sum()
    )
    assert cell(profile, "care_days", "total")["value"] == pytest.approx(days.mean())
    age = (frame["age"] - frame["age"].mean()) / frame["age"].std(ddof=0)
    assert cell(found["kinds_centres"], "age", "3")["value"] == pytest.approx(
        age[truth == 2].mean(), abs=1e-6
    )
    assert cell(found["kinds_choice"], "gap", "suggested")["value"] == 3
    assert set(found["kinds_stability"].frame["text_en"]) == {"", "stable"}


def test_the_order_of_rows_and_a_sample_change_no_more_than_they_must(engine, rows, found):
    frame, _ = rows
    turned = made(engine, frame.sample(frac=1, random_state=3))
    for name, exhibit in found.items():
        pd.testing.assert_frame_equal(turned[name].frame, exhibit.frame, check_exact=True)
    part = made(engine, frame, sample=100)
    assert part["kinds_sizes"].frame["value"].tolist() == [240, 160, 100]
    assert any("a sample of 100 of 500 cases" in note for note in part["kinds_sizes"].notes_en)


def test_labels_stand_on_the_clusters_that_bear_them_out(engine, rows):
    label = {
        "cluster": 3,
        "en": "heavy fund users",
        "zh": "基金高消耗",
        "highest": ("total_cost",),
        "lowest": (),
    }
    gap = rows[0].assign(age=rows[0]["age"].where(rows[0].index > 2))
    named = made(engine, gap, k=3, labels=(label,), missing="drop")
    assert named["kinds_sizes"].frame["label_zh"].tolist() == ["第1类", "第2类", "3 基金高消耗"]
    for said in ("set by the analyst", "3 cases with a missing number"):
        assert any(said in note for note in named["kinds_profile"].notes_en)
    means = np.array([[1.0, 5.0], [2.0, 4.0]])
    refuse_untrue_labels([label | {"cluster": 2, "lowest": ("age",)}], ["total_cost", "age"], means)
    refuse_untrue_labels([label | {"cluster": 2}], ["total_cost"], np.array([[1.0], [2.0], [np.nan]]))
    with pytest.raises(DataError, match="the highest mean of total_cost is in cluster 2"):
        refuse_untrue_labels([label | {"cluster": 1}], ["total_cost", "age"], means)
    with pytest.raises(DataError, match="is labelled twice"):
        cluster_words(3, [label, label])


def test_where_there_are_none_it_is_said_and_nothing_is_described(engine, rows):
    draw = np.random.default_rng(4)
    frame = rows[0].assign(
        age=draw.normal(60, 10, 500),
        total_cost=(np.exp(draw.normal(9, 0.5, 500)) * 100).astype("int64"),
        self_paid=(np.exp(draw.normal(7, 0.5, 500)) * 100).astype("int64"),
    )
    none = made(engine, frame)
    assert sorted(none) == ["kinds_choice", "kinds_criteria"]
    assert any("no clusters" in note for note in none["kinds_choice"].notes_en)
    forced = made(engine, frame, k=3)
    assert all(any("no clusters" in note for note in e.notes_en) for e in forced.values())


def test_the_gate_passes_them_and_holds_small_clusters_back(found):
    assert [len(withheld) for _, withheld in gate_together(list(found.values()), 10, 0.9)] == [0] * len(found)
    judged = [released.exhibit for released, _ in gate_together(list(found.values()), 120, 0.9)]
    for exhibit in (e for e in judged if e.name in ("kinds_sizes", "kinds_map")):
        assert exhibit.frame["suppressed"].astype(bool).tolist()[2] and exhibit.frame["value"].isna()[2]


def test_refusals(engine, rows):
    frame = rows[0]
    gap = frame.assign(age=frame["age"].where(frame.index > 2))
    with pytest.raises(DataError, match="missing in 3 cases"):
        made(engine, gap)
    with pytest.raises(DataError, match="has no logarithm"):
        made(engine, frame.assign(total_cost=frame["total_cost"].where(frame.index > 0, 0)))
    with pytest.raises(DataError, match="is named twice"):
        made(engine, frame, logs=("total_cost", "age"))
    with pytest.raises(DataError, match="constant"):
        made(engine, frame.assign(age=50.0))
