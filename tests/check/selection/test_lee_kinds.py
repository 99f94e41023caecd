"""Lee's bounds as findings: verdicts, intervals, sentences and strata."""

import numpy as np
import pandas as pd
import pytest

from dipeval.check.finding import Alternative
from dipeval.check.kinds import lee_bounds, lee_cases
from dipeval.check.selection.bounds_estimate import LOWER, PLAIN, UPPER, interval_of
from dipeval.check.selection.hospital_bounds import OVERALL, hospital_bounds
from dipeval.check.selection.imbens_manski import critical_reach
from dipeval.check.selection.lee import verdict_on
from dipeval.errors import DataError
from dipeval.store.engine import Engine


@pytest.fixture(scope="module")
def engine():
    with Engine(memory_limit="500MB", threads=1) as opened:
        yield opened


def _gone(frame, share, seed=1):
    """From the reform on, some reformed hospitals report no more."""
    rng = np.random.default_rng(seed)
    unit = frame["city"] + frame["hospital"]
    out = {name for name in sorted(set(unit)) if rng.random() < share}
    return frame[~(unit.isin(out) & frame["after"])]


def test_bounds_pass_where_little_is_lost(make_stays, make_subject, ask):
    subject = make_subject(_gone(make_stays(effect=-2.0, hospitals=8), 0.08))
    found = lee_bounds.check(subject, ask("lee", "lee_bounds", base=3, block=3))
    assert found.verdict == "passed"
    assert "of hospitals out of the data" in found.sentence[0]
    assert "数据中减少" in found.sentence[1]
    assert [e.name for e in found.exhibits] == ["lee", "lee_events"]
    plain, lower, upper = found.effects
    assert lower.value < plain.value < upper.value < 0


def test_bounds_fail_where_half_is_lost(make_stays, make_subject, ask):
    subject = make_subject(_gone(make_stays(effect=-0.4, hospitals=8), 0.6))
    assert lee_bounds.check(subject, ask("lee", "lee_bounds", base=3, block=1)).verdict == "failed"


def test_interval_is_that_of_imbens_and_manski(make_stays, make_subject):
    subject = make_subject(_gone(make_stays(hospitals=8), 0.2))
    bounds = hospital_bounds(subject.design, subject.values)[OVERALL]
    found = interval_of(subject.design, bounds, "length_of_stay", 0.95)
    errors = found.estimate.std_errors
    influence, g = bounds.lower["city"].influence, 16
    assert errors[LOWER] == pytest.approx(np.sqrt((influence**2).sum() * g / (g - 1)))
    reach = critical_reach((found.upper - found.lower) / max(errors[LOWER], errors[UPPER]), 0.95, g - 1)
    assert found.low == pytest.approx(found.lower - reach * errors[LOWER])
    assert found.high == pytest.approx(found.upper + reach * errors[UPPER])
    assert found.estimate.params[PLAIN] == pytest.approx(bounds.plain["hospital"].value)


@pytest.mark.parametrize(
    ("main", "bounds", "ends", "verdict"),
    [
        ((-1, -2, -0.5), (-1.5, -0.5), (-2, -0.1), "passed"),
        ((-1, -2, -0.5), (-1.5, -0.5), (-2, 0.1), "informative"),
        ((-1, -2, -0.5), (-1.5, 0.2), (-2, 0.5), "failed"),
        ((1, 0.5, 2), (0.5, 1.5), (0.2, 2), "passed"),
        ((1, 0.5, 2), (-0.1, 1.5), (-0.2, 2), "failed"),
        ((1, -0.5, 2), (0.5, 1.5), (0.2, 2), "informative"),
    ],
)
def test_verdicts(main, bounds, ends, verdict):
    class Found:
        (lower, upper), (low, high), gap_p_value = bounds, ends, 0.01

    assert verdict_on(Alternative(("m", "主"), *map(float, main)), Found()) == verdict


def _cases(frame: pd.DataFrame, seed: int = 2) -> pd.DataFrame:
    """A tenth of the stays of a panel as cases; after the reform half as many again, of short stay."""
    rng = np.random.default_rng(seed)
    made = []
    for row in frame.to_dict("records"):
        n = row["discharges"] // 10
        days = np.maximum(1, rng.poisson(row["care_days"] / row["discharges"], n))
        if row["after"]:
            days = np.r_[days, np.ones(n // 2, int)]
        place = {name: row[name] for name in ("city", "hospital", "period")}
        sex = np.where(np.arange(len(days)) % 2, "male", "female")
        made.append(pd.DataFrame({**place, "care_days": days, "sex": sex}))
    return pd.concat(made, ignore_index=True)


def test_short_admissions_are_bounded_by_case_and_stratum(engine, make_stays, make_subject, ask):
    frame = make_stays(cities=8, hospitals=2, periods=8, effect=0.0)
    cases = _cases(frame)
    keys = ["city", "hospital", "period"]
    sums = cases.groupby(keys)["care_days"].agg(["size", "sum"]).reset_index()
    panel = frame.drop(columns=["discharges", "care_days"]).merge(sums, on=keys)
    panel = panel.rename(columns={"size": "discharges", "sum": "care_days"})
    subject = make_subject(panel, engine=engine, cases=engine.small_table(cases))
    found = lee_cases.check(subject, ask("adm", "lee_cases", by="sex"))
    assert found.effects[0].value < -2.5  # the added stays look like an effect
    assert found.effects[2].value == pytest.approx(0, abs=0.5)  # sharp: the added are the shortest
    assert found.verdict != "passed"
    assert "brings in" in found.sentence[0]
    assert [e.name for e in found.exhibits] == ["adm", "adm_strata"]
    ratios = found.exhibits[1].frame.query("column == 'ratio'")["value"]
    assert ratios.between(1.3, 1.7).all()


def test_an_outcome_that_is_no_mean_over_cases_is_refused(engine, make_stays, make_subject, ask):
    frame = make_stays(cities=8, hospitals=2)
    table = engine.small_table(pd.DataFrame({"city": ["a"]}))
    subject = make_subject(frame, "log_discharges", engine=engine, cases=table)
    with pytest.raises(DataError, match="no mean over cases"):
        lee_cases.check(subject, ask("adm", "lee_cases", by=""))
    with pytest.raises(DataError, match="panels and hold none"):
        lee_cases.check(make_subject(frame), ask("adm", "lee_cases", by=""))


def test_a_year_is_the_default_of_base_and_block(make_stays, make_subject, ask):
    subject = make_subject(make_stays(hospitals=3))
    keys = lee_bounds.KIND.keys
    defaults = {name: keys[name].default for name in ("base", "block")}
    yearly = lee_bounds.check(subject, ask("lee", "lee_bounds", **defaults))
    told = lee_bounds.check(subject, ask("lee", "lee_bounds", base=12, block=12))
    assert yearly.effects == told.effects
    assert [e.name for e in yearly.exhibits] == ["lee"]  # one block has no path
