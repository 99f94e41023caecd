"""Trajectories: what is compared by hand, gaps by rule, shapes found apart from levels, cities, refusals."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.clusters.formers import FORMERS
from dipeval.describe.clusters.paths import Paths, completed, paths_of, smoothed
from dipeval.describe.clusters.trajectories import compared, dominating, in_one_scale
from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import outcomes

KIND = KINDS["trajectory_clusters"]
TOLD = {
    "outcomes": ("length_of_stay",),
    "scale": "standardise",
    "most": 4,
    "seed": 3,
    "reference_draws": 8,
    "stability_draws": 6,
}
YEARS = [str(y) for y in range(2010, 2018)]


@pytest.fixture(scope="module")
def panel():
    """36 hospitals of three shapes (falling, flat, rising) and, across these, three levels; one city a shape and level."""
    draw = np.random.default_rng(9)
    rows = []
    for h in range(36):
        shape, level = h % 3, (h // 3) % 3
        for t, year in enumerate(YEARS):
            stay = 8 + 4 * level + (shape - 1) * 0.35 * (t - 3.5) + draw.normal(0, 0.12)
            rows.append((f"c{shape}{level}", f"h{h:02d}", year, 1000, round(1000 * stay), 1000 * (5 + level)))
    columns = ["city", "hospital", "period", "discharges", "care_days", "total_cost"]
    return pd.DataFrame(rows, columns=columns)


def choice(**options):
    plain = {name: getattr(key, "default", ()) for name, key in KIND.keys.items()}
    return DescriptionChoice("moves", "trajectory_clusters", plain | TOLD | options)


def made(panel, **options):
    given = Given(panel, "year", "2010", "2017", "CNY")
    return {e.name: e for e in KIND.make(given, choice(**options))}


def paths(values, name="length_of_stay"):
    return Paths(outcomes()[name], pd.DataFrame(values, dtype="float64"))


def test_what_is_compared_by_hand():
    one = paths([[1.0, 2, 6], [3, 3, 3]])
    assert compared(one, "level")["mean"].tolist() == [3, 3]
    assert compared(one, "shape").to_numpy().tolist() == [[-2, -1, 3], [0, 0, 0]]
    growth = compared(one, "growth").to_numpy()
    assert np.allclose(growth, [[np.log(2), np.log(3)], [0, 0]])
    assert compared(paths([[1.0, 2, 6]], "log_length_of_stay"), "growth").to_numpy().tolist() == [[1, 4]]
    own = compared(paths([[1.0, 2, 6]]), "shape", unit_spread=True).to_numpy()
    assert np.allclose(own, np.array([[-2, -1, 3]]) / np.sqrt(14 / 3))
    # What all units share in a period is in no distance, and an outcome counts by one number.
    points = in_one_scale([compared(one, "shape")], "standardise")
    assert np.allclose(points[0] - points[1], np.array([-2, -1, 3]) / np.sqrt(14 / 4))
    assert np.allclose(in_one_scale([compared(one, "shape")], "none")[0], [-2, -1, 3])
    assert dominating(np.array([[0.0], [0.1], [-0.1], *[[0.0]] * 30, [9.0]])) > 0.9
    assert dominating(np.random.default_rng(0).normal(size=(40, 3))) == 0
    assert smoothed(one, 3).values.to_numpy().tolist() == [[1.5, 3, 4], [3, 3, 3]]


def test_a_path_is_that_of_the_sums(panel):
    of_hospital = paths_of(panel, "length_of_stay", "hospital").values
    row = panel[(panel["hospital"] == "h05") & (panel["period"] == "2012")].iloc[0]
    assert of_hospital.loc[(row["city"], "h05"), "2012"] == row["care_days"] / row["discharges"]
    of_city = paths_of(panel, "length_of_stay", "city").values
    mine = panel[(panel["city"] == "c01") & (panel["period"] == "2013")]
    assert of_city.loc["c01", "2013"] == mine["care_days"].sum() / mine["discharges"].sum()
    assert of_city.shape == (9, 8) and of_hospital.shape == (36, 8)


def test_gaps_need_a_rule():
    holes = [[1.0, np.nan, 3], [4, 4, 4], [np.nan, 5, 6], [1, 2, 3], [3, 2, 1]]
    with pytest.raises(DataError, match="is missing in 2 periods of 2 units"):
        completed([paths(holes)], "")
    kept, out, filled = completed([paths(holes)], "interpolate")
    assert (out, filled) == (1, 1) and kept[0].values.loc[0].tolist() == [1, 2, 3]
    kept, out, filled = completed([paths(holes)], "drop")
    assert (out, filled, len(kept[0].values)) == (2, 0, 3)
    with pytest.raises(DataError, match="2 of 5 units have every period"):
        completed([paths(holes), paths([[1.0, 1, 1]] * 4 + [[np.nan, 1, 1]], "drug_share")], "drop")


def test_shapes_are_found_apart_from_levels(panel):
    found = made(panel.sample(frac=1, random_state=5, ignore_index=True))
    assert found["moves_sizes"].frame["value"].tolist() == [12, 12, 12]
    cluster, _ = FORMERS["trajectory_clusters"](panel, choice())
    shape = [int(hospital[1:]) % 3 for _, hospital in cluster.index]
    assert pd.Series(shape).groupby(cluster.to_numpy()).nunique().tolist() == [1, 1, 1]
    table = found["moves_agreement"]
    assert table.frame["value"].tolist() == [4] * 9
    assert any("adjusted Rand index -0.0" in n or "adjusted Rand index 0.0" in n for n in table.notes_en)
    curves = found["moves_length_of_stay"].frame
    falling = panel[(panel["hospital"].str[1:].astype(int) % 3 == 0)]
    stay = falling["care_days"] / falling["discharges"]
    means = (stay - stay.groupby(falling["hospital"]).transform("mean")).groupby(falling["period"]).mean()
    first = curves.loc[curves[curves["x"] == "2010"]["value"].idxmax(), "panel"]
    assert np.allclose(curves.loc[curves["panel"] == first, "value"], means)
    assert (curves["count"] == 12_000).all()
    assert [len(w) for _, w in gate_together(list(found.values()), 10, 0.85)] == [0] * len(found)
    again = made(panel)
    for name, exhibit in found.items():
        pd.testing.assert_frame_equal(again[name].frame, exhibit.frame, check_exact=True)


def test_levels_are_found_apart_from_shapes_and_hospitals_have_that_of_their_city(panel):
    level = {
        "compare": "level",
        "k": 3,
        "beside_k": 3,
        "method": "ward",
        "reference_draws": 2,
        "stability_draws": 2,
    }
    found = made(panel, unit="city", **level)
    assert found["moves_sizes"].frame["value"].tolist() == [3, 3, 3]
    cluster, _ = FORMERS["trajectory_clusters"](panel, choice(unit="city", **level))
    assert len(cluster) == 36
    high = cluster[[city[2] == "2" for city, _ in cluster.index]]
    assert len(high) == 12 and high.nunique() == 1
    assert "moves_agreement" in found and found["moves_length_of_stay"].frame["value"].min() > 6


def test_growth_season_and_labels(panel):
    told = {"k": 3, "method": "average_linkage", "reference_draws": 2, "stability_draws": 2}
    label = {"cluster": 1, "en": "falling", "zh": "下降", "highest": (), "lowest": ("length_of_stay:change",)}
    grown = made(panel, compare="growth", outcomes=("log_length_of_stay",), smooth=3, **told)
    assert grown["moves_log_length_of_stay"].frame["x"].nunique() == 7
    assert any("moving means over 3 periods" in note for note in grown["moves_sizes"].notes_en)
    lowest = grown["moves_profile"].frame.query("row == 'log_length_of_stay:change' and form == 'mean_sd'")
    number = int(lowest.loc[lowest[lowest["column"] != "total"]["value"].idxmin(), "column"])
    change = label | {"cluster": number, "lowest": ("log_length_of_stay:change",)}
    named = made(panel, compare="growth", outcomes=("log_length_of_stay",), labels=(change,), **told)
    assert f"{number} falling" in set(named["moves_sizes"].frame["label_en"])
    other = change | {"cluster": number % 3 + 1}
    with pytest.raises(DataError, match="the lowest mean of log_length_of_stay:change is in cluster"):
        made(panel, compare="growth", outcomes=("log_length_of_stay",), labels=(other,), **told)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"smooth": 2}, "write an odd number"),
        ({"smooth": 9}, "paths have 8 periods"),
        ({"seasonal": "stl"}, "years have no seasons"),
        ({"formed": ("2010", "2011")}, "2 periods have no shape"),
        ({"outcomes": ("cost_per_case",)}, "is alike in all units"),
        ({"outcomes": ("cost_per_case",), "unit_spread": True}, "does not move in some units"),
        ({"k": 36}, "is 36 for 36 rows"),
    ],
)
def test_refusals(panel, options, told):
    with pytest.raises(DataError, match=told):
        made(panel, **{"reference_draws": 2, "stability_draws": 2, **options})


def test_where_all_move_alike_it_is_said():
    draw = np.random.default_rng(2)
    rows = [
        ("a", f"h{h:02d}", year, 1000, round(1000 * (8 + draw.normal(0, 0.3))))
        for h in range(40)
        for year in YEARS
    ]
    frame = pd.DataFrame(rows, columns=["city", "hospital", "period", "discharges", "care_days"])
    none = made(frame)
    assert sorted(none) == ["moves_choice", "moves_criteria"]
    assert any("no clusters" in note for note in none["moves_choice"].notes_en)
    cluster, found = FORMERS["trajectory_clusters"](frame, choice())
    assert found.partition is None and (cluster == 0).all()
