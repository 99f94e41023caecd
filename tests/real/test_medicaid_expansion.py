"""The expansion of Medicaid by state and year: insurance coverage, with the published estimates.

Published: two-way fixed effects 0.070321 (0.007401); effect of 2014 in 2014 0.04670243; simple average of
the group-time effects, not-yet-treated states compared, 0.068 (0.0077 by the multiplier bootstrap).
"""

import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer


@pytest.fixture(scope="module")
def states(shared):
    """The file as it is; states that never expanded have no year."""
    frame = pd.read_csv(shared / "real" / "ehec_medicaid" / "ehec_data.csv", dtype={"year": str})
    frame["start"] = frame["yexp2"].map("{:.0f}".format).where(frame["yexp2"].notna(), "never")
    return frame


@pytest.fixture(scope="module")
def published(states):
    """From an estimator and a term to its estimate and its error by state."""
    design = build_design(states, unit="stfips", time="year", cohort="start", clusters=["stfips"])

    def read(estimator, term, **options):
        found = estimate(design, states["dins"], estimator=estimator, **options)
        row = infer(found, cluster="stfips").tidy().set_index("term").loc[term]
        return row["estimate"], row["std_error"]

    return read


def test_two_way_fixed_effects(published):
    assert published("twfe", "treated") == (
        pytest.approx(0.070321, abs=5e-7),
        pytest.approx(0.007401, abs=5e-7),
    )


def test_first_cohort_in_its_first_year(published):
    effect, _ = published("group_time", "cohort=2014,period=2014", aggregate=["cell"])
    # The file has seven digits; with the eighth, means of 22 and 24 states move by some 1e-8.
    assert effect == pytest.approx(0.04670243, abs=2e-8)


def test_simple_average_of_group_time_effects(published):
    effect, error = published("group_time", "att")
    assert effect == pytest.approx(0.068, abs=5e-4)
    # The published error is a quantile range of 1,000 draws, which lies about 2 % around its limit.
    assert error == pytest.approx(0.0077, rel=0.06)


def test_estimators_without_forbidden_comparisons_agree(published):
    """Without covariates and weights, imputation, two-stage and extended two-way are one number."""
    imputed, _ = published("imputation", "att")
    for name in ("two_stage", "extended_two_way"):
        assert published(name, "att")[0] == pytest.approx(imputed, rel=1e-10)


def test_published_weights_of_the_decomposition(states):
    design = build_design(states, unit="stfips", time="year", cohort="start", clusters=["stfips"])
    notes = estimate(design, states["dins"], estimator="bacon").terms.set_index("term")["note"]
    published = {
        "type=treated_against_untreated": 0.79262,
        "type=earlier_against_later": 0.14911,
        "type=later_against_earlier": 0.05827,
    }
    for term, weight in published.items():
        assert float(notes[term].split()[1]) == pytest.approx(weight, abs=5e-6)
