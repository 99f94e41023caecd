"""Panels and reference values of the estimators' tests."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate.propensity import fit_logit, odds_weights


def never(column: pd.Series) -> pd.Series:
    """The reference data write 0 for never treated."""
    return column.where(column > 0)


@pytest.fixture(scope="session")
def hospitals(shared) -> pd.DataFrame:
    """Generated hospital panel with 5 % of its rows missing."""
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel.csv")
    return frame.assign(cohort=never(frame["cohort"]))


@pytest.fixture(scope="session")
def counties(shared) -> pd.DataFrame:
    """County teen employment, 2003-2007."""
    frame = pd.read_csv(shared / "reference" / "data" / "mpdta.csv")
    return frame.assign(start=never(frame["first.treat"]))


@pytest.fixture(scope="session")
def hospital_design(hospitals):
    """A design on the hospital panel."""

    def build(**options):
        columns = {"unit": "hospital", "time": "month", "cohort": "cohort", "clusters": ["city", "hospital"]}
        return build_design(hospitals, **{**columns, **options})

    return build


@pytest.fixture(scope="session")
def county_design(counties):
    """A design on the county panel."""

    def build(**options):
        columns = {"unit": "countyreal", "time": "year", "cohort": "start", "clusters": ["countyreal"]}
        return build_design(counties, **{**columns, "event_window": (-4, 3), **options})

    return build


@pytest.fixture(scope="session")
def sign_of_drdid():
    """What DRDID 1.2.3 has too much in the influence on doubly robust effects from cross-sections.

    It adds, where it must subtract, what the estimation of the comparison's base-period outcome regression
    carries into the treated and the control part: twice that influence, by row. Ours is the derivative by
    the weight of each row (test_two_period_influence).
    """

    def excess(cells):
        own, _, control, _ = cells
        x, w = (np.concatenate([getattr(rows, part) for rows in cells]) for part in "xw")
        treated = np.arange(len(w)) < len(own.w) + len(cells[1].w)
        kappa = odds_weights(
            control.x @ fit_logit(x, treated, w, np.zeros(x.shape[1])).coefficients, control.w
        )
        gram = (control.x * control.w[:, None]).T @ control.x
        left = control.y - control.x @ np.linalg.solve(gram, control.x.T @ (control.w * control.y))
        apart = own.w @ own.x / own.w.sum() - kappa @ control.x / kappa.sum()
        term = control.w * left * (control.x @ np.linalg.solve(gram, apart))
        start = len(own.w) + len(cells[1].w)
        by_row = np.zeros(len(w))
        by_row[start : start + len(control.w)] = -2 * term
        return by_row

    return excess
