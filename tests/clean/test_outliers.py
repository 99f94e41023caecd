"""Outliers by a declared method: exact limits, computed anew here; the total cost is never touched."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DataError

WINDOW = {"start": "2018-01", "end": "2019-12"}
FREE = {"unit_alarm": False}


def stays(n: int, seed: int = 3) -> list[dict[str, str]]:
    rng = np.random.default_rng(seed)
    rows = []
    for total in (1000 * rng.lognormal(0, 1.5, n)).round(2):
        year, level = rng.choice(("2018", "2019")), rng.choice(("tertiary", "secondary", ""))
        days = {"in": f"{year}-03-01", "out": f"{year}-03-05"}
        rows.append(
            {
                "total": f"{total:.2f}",
                "drug": "0",
                "other": f"{total:.2f}",
                "self": "0",
                "level": level,
                **days,
            }
        )
    return rows


def at(values: pd.Series, share: float) -> int:
    """The smallest amount that at least this share does not exceed."""
    ordered = sorted(values)
    return ordered[max(1, -(-round(share * 10**6) * len(ordered) // 10**6)) - 1]


def times(amount: int, factor: float) -> int:
    """An amount times a factor of four decimals, half up."""
    return int((Fraction(round(factor * 10_000), 10_000) * int(amount) * 2 + 1) // 2)


def limits(values: pd.Series, told: dict) -> tuple[int, int]:
    if told["method"] == "percentile":
        return at(values, told.get("low", 0.01)), at(values, told.get("high", 0.99))
    if told["method"] == "iqr":
        reach = times(at(values, 0.75) - at(values, 0.25), told["factor"])
        return at(values, 0.25) - reach, at(values, 0.75) + reach
    middle = at(values, 0.5)
    reach = times(at((values - middle).abs(), 0.5), told["factor"] * 1.4826)
    return middle - reach, middle + reach


@pytest.mark.parametrize(
    "told",
    [
        {"method": "percentile", "low": 0.05, "high": 0.9, "by": ()},
        {"method": "percentile", "low": 0.07, "high": 0.93, "by": ("year", "level")},
        {"method": "iqr", "factor": 1.5, "by": ("year",)},
        {"method": "mad", "factor": 3.0, "by": ("level",)},
    ],
)
@pytest.mark.parametrize("action", ["flag", "winsorise"])
def test_limits_are_exact(clean, told, action):
    got = clean(stays(200), rules={"outlier": {**told, "action": action, "fewest": 20}, **FREE}, **WINDOW)
    frame = got.frame.assign(year=got.frame["period"].str[:4], level=got.frame["level"].fillna(""))
    groups = [*told["by"]] or ["city"]
    expected = pd.Series(False, index=frame.index)
    drawn = frame["total_cost"].copy()
    for _, group in frame.groupby(groups):
        low, high = limits(group["total_cost"], told)
        expected[group.index] = ~group["total_cost"].between(low, high)
        drawn[group.index] = group["total_cost"].clip(low, high)
    flagged = (frame["flags"] & got.flags["outlier"]) > 0
    assert expected.sum() > 5 and (flagged == expected).all()
    assert got.entry("outlier").rows_flagged == expected.sum() and len(got.rows) == 200
    if action == "winsorise":
        assert (frame["total_cost_trimmed"] == drawn).all()
        assert frame["total_cost_trimmed"].dtype == "int64"
    else:
        assert "total_cost_trimmed" not in frame


def test_the_total_is_never_touched(clean):
    told = {"method": "percentile", "low": 0.2, "high": 0.8, "action": "winsorise"}
    plain = clean(stays(100), rules=FREE, **WINDOW)
    got = clean(stays(100), rules={"outlier": told, **FREE}, **WINDOW)
    for name in ("total_cost", "drug_cost", "other_cost"):
        assert (got.frame[name] == plain.frame[name]).all()
    assert (got.frame["total_cost_trimmed"] != got.frame["total_cost"]).sum() > 20


def test_no_method_is_declared_by_default(clean):
    got = clean(stays(40), rules=FREE, **WINDOW)
    assert "outlier" not in [e.rule for e in got.ledger] and "total_cost_trimmed" not in got.frame


def test_the_limits_are_those_of_the_population(clean):
    """Rejected rows and other payers have no part in them."""
    rows = stays(60) + [{"total": "9000000", "drug": "9000000", "other": "0", "payer": "self_pay"}] * 30
    rows += [{"total": "9000000", "drug": "1", "other": "0"}] * 30
    told = {"outlier": {"method": "percentile", "low": 0.0, "high": 1.0, "by": ()}, **FREE}
    got = clean(rows, rules=told, keep={"insurance_type": ("employee",)}, **WINDOW)
    assert len(got.rows) == 60 and got.entry("outlier").rows_flagged == 0


def test_a_small_group_has_no_limits(clean):
    told = {"method": "percentile", "low": 0.4, "high": 0.6, "by": ("year",)}
    assert clean(stays(20), rules={"outlier": told, **FREE}, **WINDOW).entry("outlier").rows_flagged == 0


def test_outliers_can_be_left_out(clean):
    told = {"outlier": {"method": "percentile", "low": 0.1, "high": 0.9, "by": ()}, **FREE}
    marked = clean(stays(100), rules=told, **WINDOW).entry("outlier").rows_flagged
    got = clean(stays(100), rules=told, leave_out=("outlier",), **WINDOW)
    assert marked > 10 and got.entry("without_outlier").rows_rejected == marked == 100 - len(got.rows)


def test_groups_of_a_column_that_is_not_there(clean, source):
    kept = {name: rule for name, rule in source.columns.items() if name != "level"}
    bare = replace(source, columns=kept, ignored=("level",))
    told = {"outlier": {"method": "iqr", "by": ("level", "disease_type")}, **FREE}
    with pytest.raises(DataError, match="(?s)no level.*no disease_type"):
        clean(stays(40), rules=told, source=bare, **WINDOW)


def test_threads_change_nothing(clean):
    told = {"outlier": {"method": "mad", "action": "winsorise", "by": ("year",)}, **FREE}
    one, four = (clean(stays(120), rules=told, threads=n, **WINDOW) for n in (1, 4))
    assert one.frame.equals(four.frame) and one.ledger == four.ledger
