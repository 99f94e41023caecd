"""Effects on a total and its parts, one below the other, and what is left between them."""

import pandas as pd
import pytest

from dipeval.describe.effect_accounts import REST, effect_accounts
from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.vocabulary import accounts, outcomes

ACCOUNT = accounts()["institution"]


def frames(outcome, estimator, estimate, kind="overall"):
    tidy = pd.DataFrame(
        {
            "term": ["effect"],
            "estimate": [estimate],
            "conf_low": [estimate - 0.1],
            "conf_high": [estimate + 0.1],
        }
    )
    terms = pd.DataFrame({"term": ["effect"], "kind": [kind], "count": [100.0], "largest_share": [0.2]})
    return EstimateFrames(tidy, terms, pd.DataFrame({"outcome": [outcome], "estimator": [estimator]}))


def test_a_total_stands_above_its_parts():
    made = effect_accounts(
        [
            frames("log_discharges", "twfe", 0.03),
            frames("log_total", "twfe", -0.05),
            frames("log_cost_per_case", "twfe", -0.08),
        ],
        ACCOUNT,
    )
    assert list(made.frame["row"]) == ["log_total", "log_discharges", "log_cost_per_case", REST[0]]
    assert list(made.frame["value"]) == pytest.approx([-0.05, 0.03, -0.08, 0.0], abs=0)


def test_different_samples_are_told():
    rows = [("log_discharges", 0.03), ("log_total", -0.05), ("log_cost_per_case", -0.07)]
    made = effect_accounts([frames(name, "twfe", value) for name, value in rows], ACCOUNT)
    assert made.frame["value"].iloc[-1] == pytest.approx(-0.01)
    assert "not known of the same hospital-periods" in made.notes_en[-1]


def test_an_account_that_is_not_whole_is_no_table():
    assert effect_accounts([frames("log_total", "twfe", -0.05)], ACCOUNT) is None
    apart = [
        frames("log_total", "twfe", 0.0),
        frames("log_discharges", "twfe", 0.0),
        frames("log_cost_per_case", "imputation", 0.0),
    ]
    assert effect_accounts(apart, ACCOUNT) is None


@pytest.mark.parametrize("account", accounts().values(), ids=lambda a: a.name)
def test_accounts_are_of_known_outcomes_of_one_unit(account):
    named = [outcomes()[name] for name in (account.total, *account.parts)]
    assert len({outcome.unit for outcome in named}) == 1
    if named[0].kind == "log_ratio":
        # numerators and denominators cancel: the logarithms add up by definition
        up = sorted(o.numerator for o in named[1:]) + [named[0].denominator]
        down = sorted(o.denominator for o in named[1:]) + [named[0].numerator]
        assert sorted(up) == sorted(down)
