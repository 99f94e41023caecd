"""Spread between and within hospitals: parts add up, and follow pandas, statsmodels' anova and the limits of theory."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from dipeval.describe.cases.dispersion import dispersion
from dipeval.disclose import gate_together
from dipeval.errors import DataError
from dipeval.present import draw, tabulate


def sums(groups):
    return [(len(g), int(sum(g)), int(sum(x * x for x in g))) for g in groups]


def test_parts_by_hand():
    """{1, 3} and {6}: mean 10/3; within 2, between 2 (4/3)² + (8/3)² = 32/3."""
    made = dispersion(sums([[1, 3], [6]]))
    assert (made.within, made.between) == pytest.approx((2 / 3, 32 / 9))
    assert made.total == pytest.approx(np.var([1, 3, 6])) == pytest.approx(made.within + made.between)
    assert made.largest_share == 2 / 3 and made.hospitals == 2 and made.mean == pytest.approx(10 / 3)
    typical = 3 - 5 / 3
    assert made.intraclass == pytest.approx((32 / 3 - 2) / (32 / 3 + (typical - 1) * 2))


def test_alike_hospitals_and_alike_cases():
    alike = dispersion(sums([[1, 5], [1, 5], [1, 5]]))
    assert alike.between == 0 and alike.intraclass == pytest.approx(-1)  # 1 / (1 - n₀), the least it can be
    apart = dispersion(sums([[2, 2, 2], [7, 7]]))
    assert apart.within == 0 and apart.intraclass == apart.between_share == 1
    one = dispersion(sums([[1, 4, 9]]))
    assert one.between == 0 and np.isnan(one.intraclass)
    assert np.isnan(dispersion(sums([[4, 4], [4]])).between_share) and dispersion([]).cases == 0


@pytest.mark.parametrize("seed", range(5))
def test_parts_add_up_whatever_the_numbers(seed):
    draw = np.random.default_rng(seed)
    groups = [(10**10 + draw.integers(0, 10**9, draw.integers(1, 40))).tolist() for _ in range(12)]
    made = dispersion(sums(groups), 10**9)
    assert made.within + made.between == pytest.approx(made.total, rel=1e-13)
    frame = pd.DataFrame([(i, x / 1e9) for i, g in enumerate(groups) for x in g], columns=["h", "y"])
    fitted = smf.ols("y ~ C(h)", frame).fit()
    assert made.within == pytest.approx(fitted.ssr / len(frame), rel=1e-9)
    sizes = frame.groupby("h").size()
    typical = (len(frame) - (sizes**2).sum() / len(frame)) / 11
    rho = (fitted.mse_model - fitted.mse_resid) / (fitted.mse_model + (typical - 1) * fitted.mse_resid)
    assert made.intraclass == pytest.approx(rho, rel=1e-8)


def test_a_known_intraclass_correlation_is_found():
    draw = np.random.default_rng(9)
    effects = draw.normal(0, np.sqrt(0.3), 400)
    groups = [
        np.round((5 + u + draw.normal(0, np.sqrt(0.7), 30)) * 1e9).astype(int).tolist() for u in effects
    ]
    assert dispersion(sums(groups), 10**9).intraclass == pytest.approx(0.3, abs=0.03)


def test_the_table_is_that_of_the_cases(stays, make, cell):
    made = make("dispersion", by="level", over="city", measures=("total_cost", "care_days"))
    assert list(made) == ["d_total_cost", "d_total_cost_parts", "d_care_days", "d_care_days_parts"]
    for name in ("total_cost", "care_days"):
        for (level, city), part in stays.groupby(["level", "city"]):
            log = np.log(part[name])
            means = log.groupby(part["hospital"]).transform("mean")
            row = f"{city}/{level}"
            assert cell(made[f"d_{name}"], row, "total")["value"] == pytest.approx(log.var(ddof=0), rel=1e-7)
            within = cell(made[f"d_{name}"], row, "within")
            assert within["value"] == pytest.approx(((log - means) ** 2).mean(), rel=1e-7)
            assert within["count"] == len(part)
    for released, _ in gate_together(list(made.values())):
        assert not released.exhibit.frame["suppressed"].any()
        drawn = draw if released.exhibit.kind == "bars" else tabulate
        assert drawn(released, "zh")


def test_cases_of_zero_are_left_out_and_another_cell(stays, make_of, cell):
    some = stays.assign(total_cost=stays["total_cost"].mask(stays.index < 100, 0))
    table = make_of(some, "dispersion", by="city")["d_total_cost"]
    assert cell(table, "total", "cases")["value"] == len(stays) - 100
    assert cell(table, "total", "cases")["cell"] == "cases[]/positive total_cost"


def test_one_dimension_named_twice_is_refused(make):
    with pytest.raises(DataError, match="is the same as by"):
        make("dispersion", by="level", over="level")
