"""Every specification is what it is by itself; those that cannot be estimated stay; bad choices are refused."""

import numpy as np
import pytest

from dipeval.describe.kinds.specification_curve import LISTED
from dipeval.describe.specification_curve import Choices, specification_curve, specifications
from dipeval.describe.specification_curve.choices import LABELS
from dipeval.describe.specification_curve.curve import trimmed
from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.vocabulary import outcomes

LOG, MEAN = "log_cost_per_case", "cost_per_case"
CHOICES = Choices(
    outcomes=(LOG,),
    estimators=("twfe", "imputation"),
    windows=(("", ""), ("2018-03", "2018-10")),
    clusters=("city", "hospital"),
    excluded=((), ("c", "h")),
    controls=((), ("case_mix",)),
    trims=(0.0, 0.05),
    least_cases=(0, 40),
)


@pytest.fixture(scope="module")
def curve(make_world):
    return specification_curve(make_world(1, -0.1), CHOICES)


def test_all_combinations_in_order(curve):
    frame = curve.frame()
    assert len(frame) == 2**7 and frame["number"].tolist() == list(range(1, 129))
    assert not frame.drop(columns=["number", "effect", "std_error"]).iloc[:, :11].duplicated().any()
    assert frame["effect"].between(-0.2, -0.02).all() and (frame["reason"] == "").all()


@pytest.mark.parametrize("number", [1, 38, 77, 128])
def test_a_specification_is_what_it_is_by_itself(curve, make_world, number):
    """Estimated here with nothing but the public calls."""
    row = curve.frame().set_index("number").loc[number]
    frame = make_world(1, -0.1)
    frame = frame[
        ~frame["city"].isin(row["excluded"].split("+")) & (frame["discharges"] >= int(row["least_cases"]))
    ]
    start, end = row["window"].split("/")
    frame = frame[frame["period"].between(start or "2018-01", end or "2018-12")].reset_index(drop=True)
    y = outcome_values(frame, outcomes()[LOG])[0]
    if float(row["trim"]):
        low, high = np.quantile(y, [0.05, 0.95])
        y = np.where((y < low) | (y > high), np.nan, y)
    frame["start"], frame["unit"] = frame["cohort"].replace("never", None), frame["city"] + frame["hospital"]
    controls = [name for name in row["controls"].split("+") if name]
    design = build_design(
        frame, unit="unit", time="period", cohort="start", clusters=["city", "unit"], covariates=controls
    )
    cluster = "unit" if row["clusters"] == "hospital" else "city"
    alone = infer(estimate(design, y, estimator=row["estimator"]), cluster=cluster).tidy().iloc[0]
    np.testing.assert_allclose(row["effect"], alone["estimate"], rtol=1e-10)
    np.testing.assert_allclose(row["std_error"], alone["std_error"], rtol=1e-10)
    np.testing.assert_allclose(row["p_value"], alone["p_value"], rtol=1e-8)
    np.testing.assert_allclose(
        [row["conf_low"], row["conf_high"]], [alone["conf_low"], alone["conf_high"]], rtol=1e-8
    )


def test_what_cannot_be_estimated_stays_with_its_reason(make_world):
    """A window that begins with the first reform, and without the second cohort nobody is left to be treated."""
    choices = Choices(
        outcomes=(LOG,),
        windows=(("", ""), ("2018-06", "")),
        excluded=((), ("a", "e", "b", "f")),
        clusters=("city",),
    )
    frame = specification_curve(make_world(1), choices).frame()
    assert len(frame) == 4 and np.isfinite(frame["effect"]).tolist() == [True, False, False, False]
    assert (
        "no data before its reform" in frame["reason"].iloc[2]
        and "no hospital is treated" in frame["reason"].iloc[1]
    )


def test_several_units_are_shown_in_per_cent(make_world):
    frame = make_world(1, -0.1)
    both = specification_curve(frame, Choices(outcomes=(LOG, MEAN)))
    one = specification_curve(frame, Choices(outcomes=(MEAN,)))
    log = specification_curve(frame, Choices(outcomes=(LOG,)))
    assert (both.unit, one.unit, log.unit) == ("per cent", "currency", "log points")
    mean = (frame["total_cost"] / frame["discharges"] / 100).mean()
    expected = [100 * log.every[0].effect, 100 * one.every[0].effect / mean]
    np.testing.assert_allclose(both.frame()["effect"], expected)


def test_trimming_by_hand():
    values = np.array([1.0, 2, 3, 4, np.nan, 5])
    assert trimmed(values, 0.0) is values
    np.testing.assert_array_equal(trimmed(values, 0.25), [np.nan, 2, 3, 4, np.nan, np.nan])


def test_listed_specifications_take_the_first_option_elsewhere():
    made = specifications(
        CHOICES, [{"window": "2018-03/2018-10", "excluded": "c+h"}, {"estimator": "imputation"}]
    )
    assert [s.number for s in made] == [1, 2]
    assert made[0].value("window") == ("2018-03", "2018-10") and made[0].value("excluded") == ("c", "h")
    assert made[0].value("estimator") == "twfe" and made[1].value("excluded") == ()
    assert tuple(LABELS) == LISTED


def test_bad_choices_are_refused_with_the_nearest(make_world):
    frame = make_world(1)

    def told(**choices):
        with pytest.raises(DesignError) as error:
            specification_curve(frame, Choices(**{"outcomes": (LOG,), **choices}))
        return str(error.value)

    assert "'imputation'" in told(estimators=("imputaton",)) and LOG in told(outcomes=("log_cost_per_cas",))
    text = told(controls=((), ("case_mx",)), excluded=((), ("z",)), windows=(("2016-01", ""),))
    assert "'case_mix'" in text and "'z' is no city" in text and "2016-01 lies outside" in text
    assert "stands twice" in told(estimators=("twfe", "twfe")) and "no share" in told(trims=(0.7,))
    assert "has no option" in told(estimators=())
    with pytest.raises(DesignError, match="limit of 100"):
        specification_curve(frame, CHOICES, most=100)
    with pytest.raises(DesignError, match="not among its options"):
        specification_curve(frame, CHOICES, listed=[{"estimator": "twfe_event_study", "windo": "x"}])
    with pytest.raises(DesignError, match="none can be estimated"):
        specification_curve(frame, Choices(outcomes=(LOG,), windows=(("2018-09", ""),)))
