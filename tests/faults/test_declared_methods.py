"""Faults whose handling a city declares: outliers by a method."""

import numpy as np
import pytest
from proof_of_cleaning import city_with, clean, same_flags, same_ledger, same_rejects, same_stays, source

from dipeval.simulate.faulty import faulty_city
from dipeval.study.model import RawFile, RuleChoice

FILES = (RawFile("w/1.csv"), RawFile("w/2.csv"))
FACTOR = 100


def quantile(values: np.ndarray, share: float) -> int:
    """The smallest amount that at least this share does not exceed, by counting."""
    ordered = np.sort(values)
    return int(next(v for k, v in enumerate(ordered, 1) if k / len(ordered) >= share - 1e-12))


@pytest.mark.parametrize("method", ["iqr", pytest.param("mad", marks=pytest.mark.slow)])
def test_outliers_are_marked_and_the_total_is_never_touched(tmp_path, method):
    rules = {"outlier": RuleChoice(True, {"method": method, "factor": FACTOR, "action": "winsorise"})}
    format_ = source("settlement_list")
    asked = {"outlier": 0.01, "duplicate_row": 0.01, "zero_total_cost": 0.01, "costs_do_not_add_up": 0.01}
    made = faulty_city(city_with(format_, FILES, rules=rules), format_, seed=8, rows=500, asked=asked)
    got = clean(tmp_path, made)
    same_ledger(made, got)
    same_rejects(made, got)
    same_flags(made, got)
    trimmed = got.frame.pop("total_cost_trimmed")
    same_stays(made, got)
    expected = made.truth["total_cost"].astype("int64").copy()
    for _, rows in made.truth.groupby(made.truth["period"].str[:4]):
        totals = expected[rows.index].to_numpy()
        low, middle, high = (quantile(totals, share) for share in (0.25, 0.5, 0.75))
        if method == "iqr":
            reach = FACTOR * (high - low)
        else:
            low = high = middle
            reach = quantile(np.abs(totals - middle), 0.5) * round(FACTOR * 1.4826 * 10_000) // 10_000
        expected[rows.index] = np.clip(totals, low - reach, high + reach)
    assert trimmed.tolist() == expected.tolist()
    assert (trimmed.to_numpy() < got.frame["total_cost"].to_numpy()).sum() == made.counts()["outlier"]
