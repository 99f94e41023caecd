"""Months, their labels, and what is common to all cities in them."""

import numpy as np
import pytest

from dipeval.simulate.calendar import (
    CITY_SHOCK_PERSISTENCE,
    city_shocks,
    months_between,
    national,
    period_labels,
    simulated_months,
)
from dipeval.simulate.streams import stream


def test_labels_of_months_quarters_and_years():
    months = simulated_months("2018-11", 4)
    assert list(period_labels(months, "month")) == ["2018-11", "2018-12", "2019-01", "2019-02"]
    assert list(period_labels(months, "quarter")) == ["2018Q4", "2018Q4", "2019Q1", "2019Q1"]
    assert list(period_labels(months, "year")) == ["2018", "2018", "2019", "2019"]


@pytest.mark.parametrize(("label", "months"), [("2020-01", 18), ("2018-06", -1), ("2019Q2", 9), ("2019", 6)])
def test_months_between(label, months):
    assert months_between(np.datetime64("2018-07", "M"), label) == months


def test_the_pandemic_dips_and_volumes_average_one():
    months = simulated_months("2018-07", 48)
    common = national(1, months)
    at = {str(month): value for month, value in zip(months, common.volume, strict=True)}
    assert common.volume.mean() == pytest.approx(1)
    assert at["2020-02"] < 0.75 * at["2019-02"] and at["2020-03"] < 0.95 * at["2019-03"]
    assert (common.log_drug_share <= 0).all()


def test_city_shocks_persist_around_zero():
    paths = np.array([city_shocks(stream(k, "x"), 48, 2.0) for k in range(800)])
    assert np.abs(paths.mean(axis=0)).max() < 5 * 2.0 / np.sqrt(800)
    assert paths.std() == pytest.approx(2.0, rel=0.03)
    assert np.corrcoef(paths[:, :-1].ravel(), paths[:, 1:].ravel())[0, 1] == pytest.approx(
        CITY_SHOCK_PERSISTENCE, abs=0.02
    )
