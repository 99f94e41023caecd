"""Effects by hospital level: those of a panel that holds the hospitals of that level alone."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dipeval.design.panel_design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.pipeline.families import Estimated
from dipeval.pipeline.level_accounts import level_estimates
from dipeval.vocabulary import accounts, outcomes

ACCOUNT = accounts()["institution"]


def designed(frame):
    design = build_design(frame, unit="hospital", time="period", cohort="cohort", clusters=["city"])
    return SimpleNamespace(frame=frame, design=design)


@pytest.fixture(scope="module")
def frame():
    draw = np.random.default_rng(3)
    rows = [(c, f"{c}{h}", f"2019-{m:02d}") for c in "abcdef" for h in range(4) for m in range(1, 9)]
    made = pd.DataFrame(rows, columns=["city", "hospital", "period"])
    made["level"] = np.where(made["hospital"].str[1].astype(int) < 2, "tertiary", "primary")
    made["total_cost"] = draw.integers(5_000, 9_000, len(made))
    made["discharges"] = draw.integers(20, 60, len(made))
    made["cohort"] = np.where(made["city"].isin(["a", "b", "c"]), "2019-05", None)
    return made


def study(names):
    main = SimpleNamespace(name="twfe", options={})
    return SimpleNamespace(study=SimpleNamespace(outcomes=names, estimators=[main], main="twfe", name="s"))


def inferred(made):
    yield Estimated("city", infer(made, "cluster"))


def test_each_level_is_a_panel_of_its_own(frame):
    found = list(level_estimates(study((ACCOUNT.total, *ACCOUNT.parts)), designed(frame), inferred))
    assert [e.estimate.estimator for e in found] == ["tertiary"] * 3 + ["primary"] * 3
    for one in found:
        part = frame[frame["level"] == one.estimate.estimator].reset_index(drop=True)
        values = outcome_values(part, outcomes()[one.estimate.outcome])[0]
        alone = infer(estimate(designed(part).design, values, estimator="twfe"), "cluster")
        assert one.estimate.params.iloc[0] == pytest.approx(alone.params.iloc[0], rel=1e-10)
        assert one.estimate.std_errors.iloc[0] == pytest.approx(alone.std_errors.iloc[0], rel=1e-10)
    by = {(e.estimate.estimator, e.estimate.outcome): e.estimate.params.iloc[0] for e in found}
    for level in ("tertiary", "primary"):
        parts = sum(by[level, name] for name in ACCOUNT.parts)
        assert by[level, ACCOUNT.total] == pytest.approx(parts, abs=1e-12)


def test_nothing_without_a_whole_account_or_with_one_level(frame):
    assert not list(level_estimates(study((ACCOUNT.total,)), designed(frame), inferred))
    one = frame.assign(level="primary")
    assert not list(level_estimates(study((ACCOUNT.total, *ACCOUNT.parts)), designed(one), inferred))
