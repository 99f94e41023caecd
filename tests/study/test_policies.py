"""The calendar of concurrent policies: what a study may say, what it becomes by city and period, and in words."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design.policies import exposure_of_rows, policy_exposure
from dipeval.study.grammar import Checker
from dipeval.study.policies import Policy, policies, told_policies

ROW = {
    "name": "volume_purchasing",
    "label_en": "Volume-based procurement",
    "label_zh": "集中带量采购",
    "city": "a",
    "start": "2019-12",
    "end": "",
    "share": 0.4,
    "source": "invented",
}


def read(*rows, used=()):
    checker = Checker("study x")
    found = policies(checker, [{**ROW, **row} for row in rows], ("a", "b"), used)
    return found, {problem.where.split("key ")[-1]: problem.what for problem in checker.problems}


def test_rows_of_one_policy_in_several_cities():
    found, problems = read({}, {"city": "b", "start": "2020-05", "end": "2020-12", "share": 1.0})
    assert not problems and [policy.city for policy in found] == ["a", "b"]
    words = told_policies(found, {"a": ("Anlan", "安澜"), "b": ("Beiyuan", "北原")})
    assert words[0] == (
        "Concurrent policies: Volume-based procurement (Anlan from 2019-12 40%, Beiyuan 2020-05 to 2020-12)."
    )
    assert "安澜自2019-12" in words[1] and "北原2020-05至2020-12" in words[1]
    assert told_policies((), {}) == ("", "")


def test_everything_wrong_is_told_at_once():
    found, problems = read(
        {"city": "c"},
        {"name": "Reform 2"},
        {"name": "reform"},
        {"start": "2020-05", "end": "2020-02"},
        {"start": "2021-01", "label_en": "Purchasing"},
        {"share": 0.0, "start": "2018-06", "end": "2018Q1"},
        {"start": "2021Q2", "end": "2021"},
        used=("volume_purchase",),
    )
    told = " ".join(problems)
    for part in ("[1].city", "[2].name", "[3].name", "[4].end", "[5].label_en", "[6].share", "[6].end"):
        assert part in told
    assert problems["policies[7]"] == "'volume_purchasing' is in force in a twice at one time"
    assert problems["design.policies"] == "no policy 'volume_purchase'"


def made(**words):
    return Policy(**{**ROW, **words})


def test_dummies_count_a_period_in_which_a_policy_starts_and_shares_its_part():
    told = [made(start="2020-05", end="2020-10"), made(city="b", start="2020Q4", share=1.0)]
    periods = ["2020Q1", "2020Q2", "2020Q3", "2020Q4", "2021Q1"]
    dummies = policy_exposure(told, ["a", "b"], periods)
    assert dummies["volume_purchasing"].tolist() == [0, 1, 1, 1, 0, 0, 0, 0, 1, 1]
    shares = policy_exposure(told, ["a", "b"], periods, "share")["volume_purchasing"]
    np.testing.assert_allclose(shares, [0, 0.4 * 2 / 3, 0.4, 0.4 / 3, 0, 0, 0, 0, 1, 1])
    years = policy_exposure(told, ["a"], ["2019", "2020"], "share")["volume_purchasing"]
    np.testing.assert_allclose(years, [0, 0.4 / 2])
    with pytest.raises(ValueError, match="unknown measure"):
        policy_exposure(told, ["a"], periods, "days")


def test_rows_of_a_panel_get_the_exposure_of_their_city_and_period():
    frame = pd.DataFrame({"city": ["b", "a", "a"], "period": ["2020-01", "2020-01", "2019-11"]})
    assert exposure_of_rows([made()], frame)["volume_purchasing"].tolist() == [0, 1, 0]
