"""Covariates, weights and gaps against dense matrices written down from the papers."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer


def draw(seed):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(24 * 9), 9)
    city = unit // 3
    start = np.array([4, 6, np.inf, 4, 7, np.inf, 6, np.inf])[city]
    frame = pd.DataFrame(
        {"unit": unit, "time": time, "city": city, "start": start, "w": rng.uniform(0.3, 4, len(unit))}
    )
    frame["x"] = rng.normal(size=len(unit)) + 0.1 * time
    frame["z"] = rng.normal(size=len(unit))
    frame["y"] = (
        rng.normal(size=len(unit)) + 0.2 * frame["x"] + (time >= start) * 0.5 * (time - start + 1).clip(-9, 9)
    )
    return frame[rng.random(len(unit)) < 0.85].reset_index(drop=True)


def brute_force(frame, names, weighted, picked):
    """Estimate and error by equations (6) and (8)-(10), dense and unhurried."""
    treated = (frame["time"] >= frame["start"]).to_numpy()
    w = frame["w"].to_numpy() if weighted else np.ones(len(frame))
    z = np.hstack([pd.get_dummies(frame["unit"]), pd.get_dummies(frame["time"]), frame[names]]).astype(float)
    y = frame["y"].to_numpy()
    z0, w0 = z[~treated], w[~treated]
    inverse = np.linalg.pinv(z0.T @ (w0[:, None] * z0))
    residual = y - z @ (inverse @ (z0.T @ (w0 * y[~treated])))
    omega = np.where(treated & picked, w, 0)
    omega = omega / omega.sum()
    v = np.where(treated, omega, -w * (z @ (inverse @ (z.T @ np.where(treated, omega, 0)))))
    assert v @ y == pytest.approx(omega @ residual, rel=1e-9)
    cells = frame.assign(v2=v**2, tau=residual)[treated].groupby(["start", "time"])
    centre = cells.apply(lambda g: np.average(g["tau"], weights=g["v2"]) if g["v2"].sum() > 0 else 0.0)
    keys = pd.MultiIndex.from_frame(frame.loc[treated, ["start", "time"]])
    residual[treated] -= centre.reindex(keys).to_numpy()
    by_city = pd.Series(v * residual).groupby(frame["city"]).sum()
    return omega @ y + (v - omega) @ y, np.sqrt((by_city**2).sum())


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("names", [[], ["x"], ["x", "z"]])
def test_all_terms(weighted, names):
    frame = draw(5)
    columns = {
        "unit": "unit",
        "time": "time",
        "cohort": "start",
        "clusters": ["city"],
        "event_window": (-3, 4),
    }
    design = build_design(frame, **columns, covariates=names, weights="w" if weighted else None)
    result = infer(estimate(design, frame["y"], estimator="imputation", leads=0), small_sample="CR0")
    event_time = (frame["time"] - frame["start"]).to_numpy()
    picks = {"att": np.ones(len(frame), bool), "cohort=6": (frame["start"] == 6).to_numpy()}
    picks |= {f"event_time={e}": event_time == e for e in range(5)}
    for term, picked in picks.items():
        point, error = brute_force(frame, names, weighted, picked)
        assert result.params[term] == pytest.approx(point, rel=1e-9)
        assert result.std_errors[term] == pytest.approx(error, rel=1e-8)


@pytest.mark.parametrize("weighted", [False, True])
def test_event_study_with_bins(weighted):
    """All dummies written out; errors are the plain sandwich by city."""
    frame = draw(6)
    columns = {
        "unit": "unit",
        "time": "time",
        "cohort": "start",
        "clusters": ["city"],
        "event_window": (-2, 2),
    }
    design = build_design(frame, **columns, covariates=["x"], weights="w" if weighted else None)
    result = infer(estimate(design, frame["y"], estimator="twfe_event_study"), small_sample="CR0")
    clamped = (frame["time"] - frame["start"]).clip(-2, 2).where(np.isfinite(frame["start"]))
    w = frame["w"].to_numpy() if weighted else np.ones(len(frame))
    regressors = np.column_stack([clamped == e for e in (-2, 0, 1, 2)] + [frame["x"]]).astype(float)
    effects = np.hstack([pd.get_dummies(frame["unit"]), pd.get_dummies(frame["time"])]).astype(float)
    z, y = np.hstack([regressors, effects]), frame["y"].to_numpy()
    bread = np.linalg.pinv(z.T @ (w[:, None] * z))
    beta = bread @ (z.T @ (w * y))
    scores = pd.DataFrame(z * (w * (y - z @ beta))[:, None]).groupby(frame["city"]).sum().to_numpy() @ bread
    terms = [*(f"event_time={e}" for e in (-2, 0, 1, 2)), "covariate=x"]
    np.testing.assert_allclose(result.params[terms], beta[:5], rtol=1e-9)
    np.testing.assert_allclose(
        result.cov.loc[terms, terms], (scores.T @ scores)[:5, :5], rtol=1e-8, atol=1e-14
    )
    whole = result.terms.set_index("term").loc["covariate=x"]
    treated_hospitals = frame.loc[np.isfinite(frame["start"]), "unit"].nunique()
    assert (whole["n_obs"], whole["n_treated"]) == (len(frame), treated_hospitals)
