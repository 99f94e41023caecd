"""Reformed hospitals against their own past: by hand, against least squares with dummies, and what cannot be told."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate.own_past import own_past
from dipeval.estimate.sample import make_sample
from dipeval.infer import infer


def draw(seed=1, months=30, start=24):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(8 * months), months)
    labels = np.array([f"{2016 + t // 12}-{t % 12 + 1:02d}" for t in range(months)])
    frame = pd.DataFrame({"hospital": unit, "period": labels[time], "t": time})
    frame["cohort"] = np.where(unit < 5, labels[start], None)
    frame["weight"] = rng.integers(20, 60, len(frame))
    frame["y"] = (
        unit + 0.01 * time + 0.3 * (time >= start) * (unit < 5) + rng.normal(scale=0.1, size=len(frame))
    )
    return frame[rng.random(len(frame)) < 0.95].reset_index(drop=True)


def sample_of(frame, **options):
    design = build_design(
        frame,
        unit="hospital",
        time="period",
        cohort="cohort",
        clusters=["hospital"],
        n_cases="weight",
        **options,
    )
    return make_sample(design, frame["y"], None, "y", "y")


def test_before_and_after_by_hand():
    """Two hospitals, four months, means 2 → 5 and 4 → 9: the effect is 4, and the errors those of two clusters."""
    frame = pd.DataFrame(
        {
            "hospital": np.repeat([1, 2, 3], 4),
            "period": ["2020-01", "2020-02", "2020-03", "2020-04"] * 3,
            "cohort": ["2020-03"] * 8 + [None] * 4,
            "weight": 1,
            "y": [1.0, 3, 4, 6, 4, 4, 9, 9, 100, 200, 300, 400],
        }
    )
    found = infer(own_past(sample_of(frame), trend=False), "cluster", cluster="hospital", small_sample="CR0")
    assert found.params.to_dict() == {"att": 4.0}
    # each hospital's own difference is 3 and 5, with half of the weight: the influence is half the distance to 4
    np.testing.assert_allclose(sorted(found.influence["hospital"][:, 0]), [-0.5, 0.5], atol=1e-12)
    np.testing.assert_allclose(found.std_errors["att"], np.sqrt(0.5), atol=1e-12)
    assert (found.n_obs, found.n_hospitals) == (8, 2)


@pytest.mark.parametrize("weights", [None, "weight"])
def test_equals_least_squares_with_dummies(weights):
    import statsmodels.api as sm

    frame = draw()
    found = own_past(sample_of(frame, weights=weights))
    mine = frame[frame["cohort"].notna()]
    e = (mine["t"] - 24).to_numpy(float)
    after = (e >= 0).astype(float)
    columns = {"step": after, "slope": after * e, "trend": mine["t"].to_numpy(float)}
    season = pd.get_dummies(mine["t"] % 12, dtype=float).iloc[:, 1:].add_prefix("m")
    fixed = pd.get_dummies(mine["hospital"], dtype=float).add_prefix("h")
    x = pd.concat([pd.DataFrame(columns, index=mine.index), season, fixed], axis=1)
    weight = mine[weights] if weights else np.ones(len(mine))
    fit = sm.WLS(mine["y"], x, weights=weight).fit()
    for name in columns:
        np.testing.assert_allclose(found.params[name], fit.params[name], rtol=1e-8)
    mean = np.average(e[e >= 0], weights=np.asarray(weight)[e >= 0])
    np.testing.assert_allclose(
        found.params["att"], fit.params["step"] + mean * fit.params["slope"], rtol=1e-8
    )
    np.testing.assert_allclose(
        found.params["event_time=5"], fit.params["step"] + 5 * fit.params["slope"], rtol=1e-8
    )
    groups = {"groups": mine["hospital"]}
    plain = sm.WLS(mine["y"], x, weights=weight).fit(
        cov_type="cluster", cov_kwds={**groups, "use_correction": False}
    )
    errors = infer(found, "cluster", cluster="hospital", small_sample="CR0").std_errors
    np.testing.assert_allclose(errors[list(columns)], plain.bse[list(columns)], rtol=1e-6)


def test_others_do_not_matter_and_the_order_of_rows_neither():
    frame = draw()
    found = own_past(sample_of(frame))
    other = frame.copy()
    other.loc[other["cohort"].isna(), "y"] *= -7
    again = own_past(sample_of(other.sample(frac=1, random_state=3).reset_index(drop=True)))
    np.testing.assert_allclose(found.params, again.params, atol=1e-10)
    assert any(
        entry.rule == "own_past_alone" and entry.rows_after < entry.rows_before for entry in found.ledger
    )


def test_what_cannot_be_told_says_so():
    """One period before: no trend is identified, but the means are; no period before: refused."""
    frame = draw()
    short = frame[frame["t"].between(23, 25)].reset_index(drop=True)
    found = own_past(sample_of(short))
    assert np.isnan(found.params["step"]) and np.isnan(found.params["att"])
    assert found.terms["note"].str.startswith("not identified").any()
    assert np.isfinite(own_past(sample_of(short), trend=False).params["att"])
    late = frame[frame["t"] <= 24].copy()
    late.loc[(late["cohort"].notna()) & (late["t"] == 24), "y"] = np.nan
    with pytest.raises(DesignError, match="before and after"):
        own_past(sample_of(late.reset_index(drop=True)))
