"""Spillovers: known effects, the bias by hand, joint errors against estimating anew, and refusals."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.design.partition import partition_of
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.estimate.spillover.effects import spillover_on_hospitals, spillover_on_patients
from dipeval.infer import infer

MAIN, SPILL = -0.2, -0.08


def panel(seed=1, cities=18, early=None, noise=0.05):
    """Cities in turn reformed in period 5, exposed from then on, and clean."""
    rng, rows = np.random.default_rng(seed), []
    for c in range(cities):
        role, shock = c % 3, rng.normal(0, 0.01, 10)
        for h in range(4):
            level = rng.normal()
            for t in range(10):
                y = level + 0.05 * t + shock[t] + (MAIN * (role == 0) + SPILL * (role == 1)) * (t >= 5)
                start = np.nan if role else (early if early and c % 2 else 5)
                rows.append((f"c{c:02d}", f"c{c:02d}/h{h}", t, start, y + rng.normal(0, noise), role))
    return pd.DataFrame(rows, columns=["city", "unit", "t", "start", "y", "role"])


def built(frame, **options):
    return build_design(frame, unit="unit", time="t", cohort="start", clusters=["city", "unit"], **options)


def exposure(frame, design, at=5.0):
    role = frame.drop_duplicates("unit").set_index("unit")["role"].reindex(design.unit_names)
    return np.where(role == 1, at, np.inf)


@pytest.fixture(scope="module")
def case():
    frame = panel()
    design = built(frame)
    return frame, design, exposure(frame, design)


@pytest.mark.parametrize("estimator", ["imputation", "twfe", "group_time"])
def test_known_effects_are_found_and_the_bias_is_the_spillover_times_its_share(case, estimator):
    frame, design, exposed = case
    found = infer(
        spillover_on_hospitals(design, frame["y"], exposed, estimator=estimator).joint, cluster="city"
    )
    effect, error = found.params, found.std_errors
    assert list(effect.index) == ["clean", "contaminated", "spillover", "bias"]
    assert abs(effect["clean"] - MAIN) < 3 * error["clean"]
    assert abs(effect["spillover"] - SPILL) < 3 * error["spillover"]
    assert effect["bias"] == pytest.approx(effect["contaminated"] - effect["clean"], abs=1e-14)
    # half of the untreated are exposed, so half of the spillover is taken for a trend
    assert effect["bias"] == pytest.approx(-effect["spillover"] / 2, abs=1e-9)


def test_influence_is_the_derivative_by_the_weight_of_a_city(case):
    """All three estimates are done anew with one city a little heavier."""
    frame, _, _ = case

    def run(city=None, extra=0.0):
        table = frame.assign(w=np.where(frame["city"] == city, 1 + extra, 1.0))
        design = built(table, weights="w")
        return spillover_on_hospitals(design, table["y"], exposure(table, design), estimator="twfe").joint

    whole = run()
    place = {name: k for k, name in enumerate(whole.clusters["city"].names)}
    for city in ("c00", "c01", "c02", "c10"):
        slope = (run(city, 1e-4).params - run(city, -1e-4).params) / 2e-4
        assert whole.influence["city"][place[city]] == pytest.approx(slope.to_numpy(), rel=1e-6, abs=1e-10)
    error = infer(whole, cluster="city").std_errors
    assert error["bias"] < 0.8 * np.hypot(error["contaminated"], error["clean"])


def test_each_part_is_the_estimator_on_its_hospitals(case):
    frame, design, exposed = case
    found = spillover_on_hospitals(design, frame["y"], exposed, estimator="imputation").joint.params
    clean = frame[frame["role"] != 1].reset_index(drop=True)
    assert found["clean"] == pytest.approx(
        estimate(built(clean), clean["y"], estimator="imputation").params.iloc[0], abs=1e-10
    )
    others = frame[frame["role"] > 0].reset_index(drop=True)
    others["start"] = np.where(others["role"] == 1, 5, np.nan)
    assert found["spillover"] == pytest.approx(
        estimate(built(others), others["y"], estimator="imputation").params.iloc[0], abs=1e-10
    )


def test_periods_of_exposure_before_the_own_reform_are_left_out_of_the_clean_estimate():
    frame = panel(early=7, noise=0.0)
    late = (frame["start"] == 7) & (frame["t"].between(5, 6))
    frame.loc[frame["start"] == 7, "y"] -= MAIN * frame.loc[frame["start"] == 7, "t"].between(5, 6)
    frame.loc[late, "y"] += SPILL
    design = built(frame)
    exposed = np.where(design.unit_cohort == 7, 5.0, exposure(frame, design))
    found = spillover_on_hospitals(design, frame["y"], exposed, estimator="imputation")
    left = design.n_obs - late.sum() - (frame["role"] == 1).sum()
    assert found.parts["clean"].n_obs == left
    ordered = frame.sample(frac=1, random_state=3).reset_index(drop=True)
    other = built(ordered)
    again = spillover_on_hospitals(other, ordered["y"], exposed, estimator="imputation")
    assert again.joint.params.to_numpy() == pytest.approx(found.joint.params.to_numpy(), abs=1e-12)


def test_patients_of_reformed_hospitals_who_are_not_reached():
    rng, rows = np.random.default_rng(4), []
    for h in range(40):
        reformed = h < 20
        for group in ("insured", "other"):
            level = rng.normal()
            for t in range(8):
                gain = (MAIN if group == "insured" else SPILL) * (reformed and t >= 4)
                trend = 0.02 * t * (group == "insured")
                rows.append((f"h{h}", group, t, 4 if reformed else np.nan, level + trend + gain))
    frame = pd.DataFrame(rows, columns=["hospital", "group", "t", "start", "y"])
    frame["y"] += rng.normal(0, 0.03, len(frame))
    frame["unit"] = frame["hospital"] + frame["group"]
    design = build_design(frame, unit="unit", time="t", cohort="start", clusters=["hospital"])
    partition = partition_of(design, frame["group"] == "insured", "hospital")
    found = infer(spillover_on_patients(partition, frame["y"], estimator="twfe").joint, cluster="hospital")
    effect = found.params
    assert abs(effect["clean"] - MAIN) < 0.03 and abs(effect["spillover"] - SPILL) < 0.03
    # the insured grow by 0.02 a period more anyway, over four periods
    assert abs(effect["contaminated"] - (MAIN - SPILL + 0.08)) < 0.03
    y = frame["y"].to_numpy().reshape(40, 2, 2, 4).mean(-1)
    change = y[:, :, 1] - y[:, :, 0]
    by_hand = change[:20, 0].mean() - change[:20, 1].mean()
    assert effect["contaminated"] == pytest.approx(by_hand, abs=1e-10)
    assert effect["clean"] == pytest.approx(change[:20, 0].mean() - change[20:, 0].mean(), abs=1e-10)


def test_nobody_exposed_or_nobody_clean_is_refused(case):
    frame, design, exposed = case
    never, all_of_them = np.full(design.n_units, np.inf), np.full(design.n_units, 5.0)
    with pytest.raises(DesignError, match="no hospital is exposed without being treated"):
        spillover_on_hospitals(design, frame["y"], never)
    with pytest.raises(DesignError, match="no hospital is clean"):
        spillover_on_hospitals(design, frame["y"], all_of_them)
    with pytest.raises(DesignError, match="is seen before"):
        spillover_on_hospitals(design, frame["y"], np.where(np.isfinite(exposed), -1.0, np.inf))
    with pytest.raises(DesignError, match="gives no overall effect"):
        spillover_on_hospitals(design, frame["y"], exposed, estimator="twfe_event_study")
