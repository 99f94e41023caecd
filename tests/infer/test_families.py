"""Many hypotheses at once: against hand, brute force, and stored values of statsmodels."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import adjust, infer
from dipeval.infer.adjusted_p import holm, sharpened_q, step_up
from dipeval.infer.stepdown import romano_wolf, share_as_extreme

P = np.array([0.001, 0.008, 0.012, 0.03, 0.031, 0.2, 0.6, 0.9])


def test_holm_by_hand():
    """4 × 0.01, then 3 × 0.02, then 2 × 0.03 which the one before exceeds, then 0.5; NaN is not counted."""
    found = holm(np.array([0.02, np.nan, 0.5, 0.01, 0.03]))
    np.testing.assert_allclose(found, [0.06, np.nan, 0.5, 0.04, 0.06])


def test_holm_and_step_up_of_statsmodels():
    """multipletests(P, method="holm") and "fdr_bh", statsmodels 0.15."""
    np.testing.assert_allclose(holm(P), [0.008, 0.056, 0.072, 0.15, 0.15, 0.6, 1, 1])
    steps = [0.008, 0.032, 0.032, 0.0496, 0.0496, 0.2 * 8 / 6, 0.6 * 8 / 7, 0.9]
    np.testing.assert_allclose(step_up(P), steps)


def test_sharpened_q_by_hand():
    """One rejection from q' = 0.003 on: then 0.4 passes at q' · 3/2 = 0.6, so q = 0.4 / 0.6; 0.9 only at
    q' = 0.6, which is q above 1."""
    np.testing.assert_allclose(sharpened_q(np.array([0.4, 0.001, 0.9])), [0.4 / 0.6, 0.003 / 0.997, 1])
    np.testing.assert_allclose(sharpened_q(np.arange(1, 6) / 100), [0.05 / 0.95] * 5)
    assert sharpened_q(np.array([0.2, np.nan]))[0] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("rate", "rejected"), [(0.01, 1), (0.02, 1), (0.05, 5), (0.1, 5), (0.3, 6), (0.6, 8)]
)
def test_sharpened_q_rejects_what_statsmodels_rejects(rate, rejected):
    """multipletests(P, rate, method="fdr_tsbky")[0].sum(), statsmodels 0.15; its corrected p-values are not
    q-values, they depend on the rate."""
    assert (sharpened_q(P) <= rate).sum() == rejected


def test_sharpened_q_is_the_search_over_a_grid():
    """Anderson's (2008) search: both stages at each q of a grid, the smallest that rejects."""
    rng = np.random.default_rng(3)
    for _ in range(4):
        p = np.round(rng.uniform(size=6) ** 2, 3)
        exact = sharpened_q(p)
        grid = np.arange(1, 201) / 200
        for k in range(6):
            rejecting = [q for q in grid if _two_stages(p, q)[k]]
            least = rejecting[0] if rejecting else 1.0
            assert exact[k] - 1e-9 <= least <= exact[k] + 0.005 + 1e-9


def _two_stages(p, q):
    rate = q / (1 + q)
    first = _rejected(p, rate).sum()
    return np.ones(len(p), bool) if first == len(p) else _rejected(p, rate * len(p) / (len(p) - first))


def _rejected(p, rate):
    order = np.sort(p)
    passing = [i for i in range(len(p)) if order[i] <= rate * (i + 1) / len(p) * (1 + 1e-12)]
    return p <= (order[passing[-1]] if passing else -1)


@pytest.mark.parametrize("exact", [True, False])
def test_stepdown_by_brute_force(exact):
    """Romano & Wolf (2016, algorithm 4.1 in words): drop the largest, compare with the rest, never go down."""
    rng = np.random.default_rng(1)
    drawn = np.abs(rng.normal(size=(60, 4)) + rng.normal(size=(60, 1)))
    observed = drawn[0] if exact else np.array([2.5, 0.3, 1.4, 1.2])
    expected, left, before = {}, [0, 1, 2, 3], 0.0
    while left:
        k = max(left, key=lambda j: observed[j])
        count = sum(max(row[j] for j in left) >= observed[k] for row in drawn)
        before = expected[k] = max(before, count / 60 if exact else (count + 1) / 61)
        left.remove(k)
    found = romano_wolf(observed, drawn, exact=exact)
    np.testing.assert_allclose(found, [expected[k] for k in range(4)])
    single = [share_as_extreme(observed[k], drawn[:, k], exact) for k in range(4)]
    assert (found >= single).all() and found[np.argmin(observed)] < found.max() + 1e-12


def panel(n_cities=6, n_outcomes=3):
    rng = np.random.default_rng(5)
    unit, time = (g.ravel() for g in np.meshgrid(np.arange(2 * n_cities), np.arange(8), indexing="ij"))
    frame = pd.DataFrame({"unit": unit, "time": time, "city": [f"city_{u // 2}" for u in unit]})
    first = np.where(unit // 2 < 3, 3 + unit // 2, 99)
    frame["start"] = np.where(first < 99, first.astype(str), "never")
    common = rng.normal(size=len(frame))
    for k in range(n_outcomes):
        frame[f"y{k}"] = common + rng.normal(size=len(frame)) + 0.5 * k * (time >= first)
    return frame


COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
METHODS = {
    "cluster": {},
    "wild": {"n_draws": 99},
    "randomisation": {"n_draws": 120},
}


def fits(frame, method, estimator="twfe", **options):
    design = build_design(frame, **COLUMNS)
    names = [name for name in frame if name.startswith("y")]
    bare = [estimate(design, frame[name], estimator=estimator, outcome=name) for name in names]
    return [infer(e, method, **{**METHODS[method], **options}) for e in bare]


@pytest.mark.parametrize("method", METHODS)
def test_a_family_of_one_is_its_p_value(method):
    result = fits(panel(n_outcomes=1), method)
    row = adjust(result, seed=1).iloc[0]
    assert row["holm"] == row["p_value"] == result[0].pvalues.iloc[0]
    if method != "cluster":  # multiplier draws are not the t distribution of the error
        assert row["romano_wolf"] == pytest.approx(row["p_value"], rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_family_is_monotone_and_never_below(method):
    frame = adjust(fits(panel(), method, **({"seed": 4} if method != "cluster" else {})), seed=4)
    assert list(frame["outcome"]) == ["y0", "y1", "y2"] and frame["note"].eq("").all()
    for name in ("romano_wolf", "holm"):
        assert (frame[name] >= frame["p_value"]).all()
        assert frame.sort_values("p_value")[name].is_monotonic_increasing


@pytest.mark.parametrize("method", METHODS)
def test_the_same_outcome_twice_costs_nothing(method):
    """Draws are joint: the same weights or calendars in both, so the larger of two equal numbers is one."""
    one = fits(panel(n_outcomes=1), method)[0]
    frame = adjust([one, one], seed=2, n_draws=499)
    alone = adjust([one], seed=2, n_draws=499)
    assert frame["romano_wolf"].tolist() == alone["romano_wolf"].tolist() * 2
    assert frame["holm"].iloc[0] == pytest.approx(min(2 * alone["p_value"].iloc[0], 1))


def test_calendars_by_brute_force():
    """Each outcome under each calendar, written out: the stepdown over the largest of both."""
    frame = panel(n_cities=4, n_outcomes=2)
    results = fits(frame, "randomisation")
    rows = adjust(results)
    drawn = np.column_stack([r.inference.null_draws.drawn[:, 0] for r in results])
    errors = [np.sqrt((r.influence["city"][:, 0] ** 2).sum()) for r in results]
    observed = np.array([abs(r.params.iloc[0]) / e for r, e in zip(results, errors, strict=True)])
    order = np.argsort(-observed)
    first = (drawn.max(1) >= observed[order[0]] * (1 - 1e-9)).mean()
    second = max(first, (drawn[:, order[1]] >= observed[order[1]] * (1 - 1e-9)).mean())
    assert rows["romano_wolf"].to_numpy()[order].tolist() == [first, second] and len(drawn) == 24


def test_subgroups_of_other_cities_have_one_weight_a_city():
    frame = panel(n_outcomes=1)
    parts = [frame, frame[frame["city"] != "city_5"].reset_index(drop=True)]
    found = adjust([fits(part, "cluster")[0] for part in parts], seed=3)
    assert found["romano_wolf"].notna().all() and "6 clusters" in found["rule"].iloc[0]
    apart = adjust([fits(part, "wild")[0] for part in parts])
    assert apart["romano_wolf"].isna().all() and apart["holm"].notna().all()
    assert "not the same" in apart["rule"].iloc[0]


def test_what_cannot_be_joint_says_why():
    wild, clustered = fits(panel(n_outcomes=1), "wild")[0], fits(panel(n_outcomes=1), "cluster")[0]
    assert "different clusters or methods" in adjust([wild, clustered])["rule"].iloc[0]
    assert "need a seed" in adjust([clustered])["rule"].iloc[0]
    kept = replace(wild, inference=replace(wild.inference, null_draws=None))
    assert "keeps no draws" in adjust([kept])["rule"].iloc[0]
    with pytest.raises(DesignError, match="call infer on each"):
        adjust([replace(wild, inference=None)])
    with pytest.raises(DesignError, match="no estimate has a term of kind cohort"):
        adjust([wild], ["cohort"])


def test_event_times_are_a_family_too():
    found = adjust(fits(panel(n_outcomes=2), "wild", "twfe_event_study"), ["event_time"])
    known = found[found["p_value"].notna()]
    assert list(known["term"]) == [f"event_time={e}" for e in range(5)] * 2
    assert known["romano_wolf"].notna().all() and found["romano_wolf"].notna().sum() == len(known)
    assert (found.loc[found["p_value"].isna(), "note"] != "").all()
