"""Conformal inference: ranks by hand, level under a null world, intervals that invert the test."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.infer.conformal import Permuted, counterfactual_band
from dipeval.results.from_json import estimate_from_json


def world(seed, n_units=8, n_before=19, n_after=2, effect=0.0, rho=0.0):
    """Units that share factors; the first is treated in the last periods."""
    rng = np.random.default_rng(seed)
    n = n_before + n_after
    noise = rng.normal(size=(n_units, n))
    for t in range(1, n):
        noise[:, t] = rho * noise[:, t - 1] + np.sqrt(1 - rho**2) * noise[:, t]
    load = rng.dirichlet(np.ones(n_units - 1))
    common = rng.normal(size=(n_units - 1, n)).cumsum(1) / 2
    level = np.vstack([load @ common, common])
    y = level + 0.5 * noise
    y[0, n_before:] += effect
    unit, time = np.divmod(np.arange(y.size), n)
    start = np.where(unit == 0, float(n_before), np.nan)
    return pd.DataFrame({"unit": unit, "city": unit, "time": time, "start": start, "y": y.ravel()})


def fit(frame, name="synthetic_control", **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    design = build_design(frame, **columns, event_window=(-3, 4))
    return estimate(design, frame["y"], estimator=name, **options)


def test_the_orders():
    """Blocks keep their order; any order counts each choice of periods once."""
    blocks = Permuted("moving_block", 99, None).windows(4, 2)
    assert {tuple(sorted(row)) for row in blocks.tolist()} == {(2, 3), (1, 2), (0, 1), (0, 3)}
    every = Permuted("iid", 99, None).windows(5, 2)
    assert len(every) == 10 and len({tuple(row) for row in every.tolist()}) == 10
    drawn = Permuted("iid", 99, 1).windows(30, 9)
    assert drawn.shape == (100, 9) and all(len(set(row)) == 9 for row in drawn.tolist())
    for windows in (blocks, every):
        assert (
            windows[0].tolist() == sorted(windows[0])[: windows.shape[1]]
            and windows[0].max() == windows.max()
        )


@pytest.mark.parametrize("name", ["synthetic_control", "synthetic_difference"])
def test_two_donors_by_hand(name):
    """Donors' weight on a grid of the simplex, residuals of all periods, rank of the last ones."""
    frame = world(3, n_units=3, n_before=9, n_after=2, effect=1.5)
    found = infer(fit(frame, name), "conformal", permutations="iid")
    y = frame["y"].to_numpy().reshape(3, 11)
    before = np.diff(y[1:, :9], axis=1).std(ddof=1)
    level = name == "synthetic_difference"
    penalty = (np.sqrt(2) if level else 1e-12) * before**2

    def p_by_hand(kept, m):
        path = y[:, kept] - (y[:, kept].mean(1, keepdims=True) if level else 0)
        share = np.linspace(0, 1, 200_001)[:, None]
        cross = (path[0] - path[2]) @ (path[1] - path[2]), (path[1] - path[2]) @ (path[1] - path[2])
        loss = (
            share**2 * cross[1] - 2 * share * cross[0] + len(kept) * penalty * (share**2 + (1 - share) ** 2)
        )
        best = float(share[loss.argmin(), 0])
        left = np.abs(path[0] - best * path[1] - (1 - best) * path[2])
        own = left[-m:].sum()
        from itertools import combinations

        sums = [left[list(c)].sum() for c in combinations(range(len(kept)), m)]
        return np.mean(np.array(sums) >= own - 1e-12)

    assert found.pvalues["att"] == pytest.approx(p_by_hand(np.arange(11), 2), abs=1e-12)
    assert found.pvalues["event_time=1"] == pytest.approx(p_by_hand(np.r_[np.arange(9), 10], 1), abs=1e-12)


def test_intervals_invert_the_test():
    """Taking an end of the interval off the outcome gives a p-value at the border of rejection."""
    frame = world(5, effect=3.0)
    row = infer(fit(frame), "conformal", level=0.9).tidy().set_index("term").loc["event_time=1"]
    assert row["p_value"] == pytest.approx(0.05) and 0 < row["conf_low"] < 3.0 < row["conf_high"]
    treated = (frame["unit"] == 0) & (frame["time"] >= 19)
    for end, side in ((row["conf_low"], 1), (row["conf_high"], -1)):
        for step, inside in ((1e-3, True), (-1e-3, False)):
            moved = frame.assign(y=frame["y"] - (end + side * step) * treated)
            p_value = infer(fit(moved), "conformal").pvalues["event_time=1"]
            assert (p_value > 0.1) == inside


def test_the_path_without_the_reform_lies_in_its_band():
    frame = world(6, effect=4.0)
    result = fit(frame, "synthetic_difference")
    band = counterfactual_band(result, level=0.9).set_index("period")
    own = infer(result, "conformal", level=0.9).tidy().set_index("term").loc["event_time=0"]
    assert band.loc[19, "observed"] - band.loc[19, "high"] == pytest.approx(own["conf_low"], rel=1e-12)
    truth = frame.loc[frame["unit"] == 0, "y"].to_numpy() - 4.0 * (np.arange(21) >= 19)
    after = band.loc[19:]
    assert (after["low"] < truth[19:]).all() and (truth[19:] < after["high"]).all()
    assert (after["observed"] > after["high"]).all() and band.loc[:18, ["low", "high"]].isna().all().all()


def test_the_least_p_value_and_the_missing_error_are_said():
    found = infer(fit(world(1)), "conformal")
    assert "with 19 periods before the reform no p-value of one period can be below 0.05" in found.warnings
    assert found.std_errors.isna().all() and found.pvalues["att"] >= 1 / 21
    lead = found.tidy().set_index("term").loc["event_time=-2"]
    assert np.isnan(lead["p_value"]) and "what the others are compared with" in lead["note"]
    short = infer(fit(world(1, n_before=5, n_after=5)), "conformal")
    assert any("little power" in text for text in short.warnings)


def test_what_cannot_be_asked():
    result = fit(world(1, n_before=15, n_after=8))
    with pytest.raises(DesignError, match="drawn from at random"):
        infer(result, "conformal", permutations="iid")
    with pytest.raises(DesignError, match="permutations"):
        infer(result, "conformal", permutations="block")
    with pytest.raises(DesignError, match="all periods count alike"):
        infer(fit(world(1), method="augmented", penalty=1.0), "conformal")
    with pytest.raises(DesignError, match="has no path"):
        infer(fit(world(1), "twfe"), "conformal")
    with pytest.raises(DesignError, match="has no path"):
        infer(estimate_from_json(result.to_json()), "conformal")


def rejected(n, **options):
    """Share of null worlds, with a memory, in which no effect is rejected at 10 %."""
    p = [
        infer(fit(world(s, rho=0.4, **options), aggregate=("overall",)), "conformal").pvalues["att"]
        for s in range(n)
    ]
    return np.mean(np.array(p) <= 0.1 + 1e-9)


def test_the_null_is_rejected_at_its_level():
    """40 worlds leave an error of five points."""
    assert rejected(40, n_units=5, n_after=1) < 0.1 + 3 * 0.048


@pytest.mark.slow
@pytest.mark.parametrize("n_after", [1, 3])
def test_the_null_is_rejected_at_its_level_in_many_worlds(n_after):
    """1,000 worlds leave one of a point."""
    assert 0.05 < rejected(1000, n_units=6, n_after=n_after) < 0.13
