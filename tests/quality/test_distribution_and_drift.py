"""Bins, quantiles read off them, and the index that says how far a distribution moved."""

import math

import numpy as np
import pandas as pd
import pytest

from dipeval.quality.distribution import MISSING, STEPS, binned, coarse, quantile
from dipeval.quality.drift import CHANCE, chance_limit, stability_index, steps

GENERATOR = np.random.default_rng(20200101)


def by_quarter(costs: list[np.ndarray]) -> pd.DataFrame:
    dates = ["2019-02-01", "2019-05-01", "2019-08-01", "2019-11-01"]
    parts = [pd.DataFrame({"discharge_date": d, "total_cost": c}) for d, c in zip(dates, costs, strict=False)]
    return pd.concat(parts, ignore_index=True)


def draw(median: float, n: int = 4000) -> np.ndarray:
    return np.exp(GENERATOR.normal(np.log(median), 0.8, n)).round().astype("int64")


def test_every_stay_is_in_one_bin(engine, stays):
    frame = by_quarter([draw(500_000, 200), draw(800_000, 300)])
    frame["total_cost"] = frame["total_cost"].astype("Int64")
    frame.loc[0, "total_cost"], frame.loc[1, "total_cost"], frame.loc[2, "total_cost"] = 0, -5, None
    told = binned(engine, stays(frame), "quarter")
    assert set(told["column"]) == {"total_cost"}
    assert told.groupby("period")["rows"].sum().to_dict() == {"2019Q1": 200, "2019Q2": 300}
    assert set(told["bin"]) >= {"zero", "negative", MISSING}


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_quantiles_come_out_within_half_a_step(engine, stays, share):
    costs = draw(500_000)
    told = binned(engine, stays(by_quarter([costs])), "quarter")
    found = quantile(list(told["bin"]), list(told["rows"]), share)
    assert abs(math.log2(found / np.quantile(costs, share))) < 0.5 / STEPS


def test_quantiles_of_nothing():
    assert math.isnan(quantile(["zero", MISSING], [5, 5], 0.5))
    assert quantile(["8"], [3], 1.0) == pytest.approx(2 ** (9 / STEPS))


def test_coarse_bins_are_of_about_equal_size():
    rows = np.array([10] * 40 + [7])
    names = coarse([*(str(k) for k in range(40)), MISSING], rows)
    sizes = pd.Series(rows).groupby(names).sum()
    assert names[-1] == MISSING and sizes[MISSING] == 7
    assert len(sizes) == 11 and set(sizes.drop(MISSING)) == {40}


def test_the_index_by_hand():
    """0.3 ln(0.6/0.3) - 0.3 ln(0.4/0.7) = 0.3758 for many rows; half a row a bin matters for few."""
    many = stability_index(np.array([300_000, 700_000]), np.array([600_000, 400_000]))
    assert many == pytest.approx(0.3758, abs=1e-4)
    p, q = np.array([30.5, 70.5]) / 101, np.array([60.5, 40.5]) / 101
    few = stability_index(np.array([30, 70]), np.array([60, 40]))
    assert few == pytest.approx(float(((q - p) * np.log(q / p)).sum())) and few < many
    assert stability_index(np.array([30, 70]), np.array([30, 70])) == 0
    assert stability_index(np.array([30, 70]), np.array([0, 100])) < math.inf


def test_chance_alone_stays_below_the_limit_as_often_as_it_says():
    """1,000 pairs of samples without any change, of 200 and 300 rows over 10 bins."""
    p = np.full(10, 0.1)
    limit = (1 / 200 + 1 / 300) * chance_limit(10)
    draws = [
        stability_index(GENERATOR.multinomial(200, p), GENERATOR.multinomial(300, p)) for _ in range(1000)
    ]
    beyond = np.mean(np.array(draws) > limit)
    assert beyond <= 6 * (1 - CHANCE)
    assert np.mean(np.array(draws) > limit / 2) > 0.01


def moves(engine, table, **ends):
    frame = binned(engine, table, "quarter")
    return {
        (s.column, s.period): s for s in steps(frame, ends.get("first", "2019Q1"), ends.get("last", "2019Q4"))
    }


def test_a_column_that_moves_is_found_where_it_moves(engine, stays):
    found = moves(engine, stays(by_quarter([draw(500_000), draw(500_000), draw(1_500_000), draw(1_500_000)])))
    assert [found["total_cost", f"2019Q{k}"].state for k in (1, 2, 3, 4)] == [
        "first",
        "calm",
        "large",
        "calm",
    ]
    step = found["total_cost", "2019Q3"]
    assert step.before == "2019Q2" and step.rows == 4000 and step.missing == 0
    assert step.median / found["total_cost", "2019Q2"].median == pytest.approx(3, rel=0.08)


def test_a_column_that_goes_missing_moves(engine, stays):
    frame = by_quarter([draw(500_000), draw(500_000)])
    frame["total_cost"] = frame["total_cost"].astype("Int64")
    frame.loc[4000:5999, "total_cost"] = None
    step = moves(engine, stays(frame))["total_cost", "2019Q2"]
    assert step.state == "large" and step.missing == 0.5 and step.values == 2000


def test_small_periods_are_not_compared(engine, stays):
    found = moves(engine, stays(by_quarter([draw(500_000), draw(5, 9), draw(500_000)])))
    assert math.isnan(found["total_cost", "2019Q2"].index)
    assert found["total_cost", "2019Q3"].before == "2019Q1" and found["total_cost", "2019Q3"].state == "calm"


def test_codes_are_followed_by_word_and_diagnoses_by_chapter(engine, stays):
    n = 400
    frame = pd.DataFrame(
        {
            "discharge_date": ["2019-02-01"] * n + ["2019-05-01"] * n,
            "sex": ["male", "female"] * n,
            "principal_diagnosis": ["J18.9"] * n + ["i10.x", "I25.1"] * (n // 2),
            "principal_procedure": ["47.0100"] * n + [None] * n,
        }
    )
    told = binned(engine, stays(frame), "quarter")
    assert set(told[told["column"] == "principal_diagnosis"]["bin"]) == {"J", "I"}
    found = moves(engine, stays(frame))
    assert found["sex", "2019Q2"].state == "calm"
    assert found["principal_diagnosis", "2019Q2"].state == "large"
    procedure = found["principal_procedure", "2019Q2"]
    assert procedure.missing == 1 and math.isnan(procedure.median)
