"""Comparison within groups: against dummies of every group and period, and what cannot be compared."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate.call import estimate
from dipeval.estimate.heterogeneity.groups import Groups
from dipeval.estimate.heterogeneity.within_groups import two_sided, within_groups
from dipeval.infer import infer

PERIODS = 8


@pytest.fixture(scope="module")
def frame():
    """Three groups with trends of their own, of which the steeper one holds more treated hospitals; the effect is 1."""
    draw = np.random.default_rng(12)
    rows = []
    for h in range(48):
        group = h % 3
        treated = draw.random() < (0.25, 0.5, 0.7)[group]
        cohort = draw.choice([2004, 2006]) if treated else np.nan
        level = draw.normal()
        for t in range(2000, 2000 + PERIODS):
            y = level + 0.4 * group * (t - 2000) + (t >= cohort) + draw.normal(0, 0.1)
            rows.append((f"h{h:02d}", f"c{h // 2:02d}", group, t, cohort, y, 50 + h))
    frame = pd.DataFrame(rows, columns=["hospital", "city", "group", "year", "cohort", "y", "discharges"])
    return frame.drop(frame.index[::29]).reset_index(drop=True)


def designed(frame, **options):
    return build_design(
        frame,
        unit="hospital",
        time="year",
        cohort="cohort",
        clusters=["hospital"],
        event_window=(-4, 4),
        n_cases="discharges",
        **options,
    )


def groups_of(design, frame):
    of = frame.drop_duplicates("hospital").set_index("hospital")["group"].reindex(design.unit_names)
    return Groups(("a", "b", "c"), of.to_numpy())


def dummies(rows):
    cell = rows["group"].astype(str) + ":" + rows["year"].astype(str)
    return pd.get_dummies(rows["hospital"]).join(pd.get_dummies(cell)).to_numpy(float)


def test_imputation_is_that_with_a_dummy_of_each_group_and_period(frame):
    design = designed(frame)
    found = within_groups(
        design, frame["y"].to_numpy(), groups_of(design, frame), estimator="imputation"
    ).estimate
    treated = (frame["year"] >= frame["cohort"]).to_numpy()
    columns = dummies(frame)
    fit = np.linalg.lstsq(columns[~treated], frame["y"].to_numpy()[~treated], rcond=None)[0]
    wanted = (frame["y"].to_numpy() - columns @ fit)[treated].mean()
    assert found.params["att"] == pytest.approx(wanted, abs=1e-9)
    assert found.terms["n_treated"].iloc[0] == frame.loc[frame["cohort"].notna(), "hospital"].nunique()
    assert found.terms["count"].iloc[0] == frame["discharges"][treated].sum()
    assert abs(found.params["att"] - 1) < 0.05
    # Compared with all, trends of groups pass for an effect.
    assert estimate(design, frame["y"].to_numpy(), estimator="imputation").params["att"] > 1.2


def test_two_way_effects_are_the_regression_with_these_dummies(frame):
    design = designed(frame)
    found = within_groups(design, frame["y"].to_numpy(), groups_of(design, frame), estimator="twfe").estimate
    treated = (frame["year"] >= frame["cohort"]).to_numpy(float)
    columns = np.column_stack([treated, dummies(frame)])
    wanted = np.linalg.lstsq(columns, frame["y"].to_numpy(), rcond=None)[0][0]
    assert found.params["att"] == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("estimator", ["imputation", "two_stage"])
def test_one_group_is_the_plain_estimate_with_its_error(frame, estimator):
    design = designed(frame)
    whole = Groups(("all",), np.zeros(design.n_units, int))
    values = frame["y"].to_numpy()
    found = infer(within_groups(design, values, whole, estimator=estimator).estimate, cluster="hospital")
    plain = infer(estimate(design, values, estimator=estimator), cluster="hospital")
    assert found.params["att"] == pytest.approx(plain.params["att"], abs=1e-12)
    assert found.std_errors["att"] == pytest.approx(plain.std_errors["att"], rel=1e-9)


def test_weights_are_those_of_the_estimator(frame):
    design = designed(frame, weights="discharges")
    found = within_groups(
        design, frame["y"].to_numpy(), groups_of(design, frame), estimator="imputation"
    ).estimate
    treated = (frame["year"] >= frame["cohort"]).to_numpy()
    columns, w = dummies(frame), frame["discharges"].to_numpy(float)
    root = np.sqrt(w[~treated])
    fit = np.linalg.lstsq(
        columns[~treated] * root[:, None], frame["y"].to_numpy()[~treated] * root, rcond=None
    )[0]
    wanted = np.average((frame["y"].to_numpy() - columns @ fit)[treated], weights=w[treated])
    assert found.params["att"] == pytest.approx(wanted, abs=1e-9)


def test_groups_without_both_sides_are_left_out_and_said(frame):
    alone = frame.assign(cohort=frame["cohort"].where(frame["group"] != 0, np.nan))
    alone["cohort"] = alone["cohort"].where(alone["group"] != 2, 2004)
    design = designed(alone)
    groups = groups_of(design, alone)
    assert two_sided(design, groups) == {
        "a": "no hospital of it is treated",
        "c": "it holds no hospital to compare with",
    }
    found = within_groups(design, alone["y"].to_numpy(), groups, estimator="imputation")
    inside = alone[alone["group"] == 1].reset_index(drop=True)
    plain = estimate(designed(inside), inside["y"].to_numpy(), estimator="imputation")
    assert found.estimate.params["att"] == pytest.approx(plain.params["att"], abs=1e-12)
    assert set(found.left_out) == {"a", "c"}
    never = designed(frame, comparison="never_treated")
    both = np.where(groups_of(never, frame).code == 1, 0, -1)
    assert two_sided(never, Groups(("b",), both)) == {}
    with pytest.raises(DesignError, match="no group holds both"):
        within_groups(
            design, alone["y"].to_numpy(), Groups(("a",), np.where(groups.code == 0, 0, -1)), estimator="twfe"
        )
    with pytest.raises(DesignError, match="has no effects by group and period"):
        within_groups(design, alone["y"].to_numpy(), groups, estimator="sun_abraham")
