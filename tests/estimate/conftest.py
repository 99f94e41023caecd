"""Panels and reference values of the estimators' tests."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate.propensity import fit_logit, odds_weights


def load(name: str) -> None:
    """Load a file of this folder under its name; test folders are no packages."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


load("composition_panel")


def never(column: pd.Series) -> pd.Series:
    """The reference data write 0 for never treated."""
    return column.where(column > 0)


@pytest.fixture(scope="session")
def oracle():
    """Stored values of another package by id, as a script of tests/oracles wrote them."""

    def load(name: str) -> dict[str, dict]:
        text = (Path(__file__).parents[1] / "oracles" / "values" / f"{name}.json").read_text(encoding="utf-8")
        return {record["id"]: record for record in json.loads(text)["records"]}

    return load


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


EFFECT_ON_CASES = -0.08


@pytest.fixture(scope="session")
def invented_cases():
    """Draws cases with a known effect."""

    def draw(n, seed=7, hospitals=80, types=300):
        """Cases of hospitals in 20 cities over 36 months; three of four cities are reformed, one by one."""
        rng = np.random.default_rng(seed)
        hospital = rng.integers(0, hospitals, n)
        city = hospital % 20
        month = rng.integers(0, 36, n)
        start = np.array([6, 12, 18, 99])[city % 4]
        age, sex, surgery = rng.integers(0, 95, n), rng.integers(0, 2, n), rng.random(n) < 0.3
        kind = (rng.random(n) ** 2 * types).astype(int)
        log_cost = (
            9
            + 0.1 * rng.normal(size=hospitals)[hospital]
            + 0.05 * rng.normal(size=36)[month]
            + 0.5 * rng.normal(size=types)[kind]
            + 0.004 * age
            + 0.4 * surgery
            + np.where(month >= start, EFFECT_ON_CASES, 0)
            + rng.normal(size=n) * (0.5 + 0.3 * sex)
        )
        return pd.DataFrame(
            {
                "hospital": np.array([f"H{k:03d}" for k in range(hospitals)], object)[hospital],
                "discharge_date": (np.datetime64("2019-01") + month)
                .astype("datetime64[D]")
                .astype("datetime64[s]"),
                "sex": np.array(["male", "female"], object)[sex],
                "age": age.astype(float),
                "principal_procedure": np.where(surgery, "47.0", None),
                "principal_diagnosis": np.array([f"A{k:03d}" for k in range(types)], object)[kind],
                "total_cost": np.rint(100 * np.exp(log_cost)).astype("int64"),
                "number": hospital,
                "kind": kind // 10,
                "month": month,
            }
        )

    return draw
