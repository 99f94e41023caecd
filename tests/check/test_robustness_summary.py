"""Alternatives, verdicts and the summary of all checks."""

from __future__ import annotations

import numpy as np
import pytest

from dipeval.check.alternatives.forest import main_effect
from dipeval.check.alternatives.numbers import effect_words, p_words, signed
from dipeval.check.finding import Alternative, Finding
from dipeval.check.one_treated import without_verdict_of_one
from dipeval.check.registry import CHECKS
from dipeval.check.subject import effect_of
from dipeval.check.summary.checked import Checked
from dipeval.check.summary.exhibits import robustness_exhibits
from dipeval.check.summary.methods import methods_paragraph
from dipeval.errors import DataError
from dipeval.results.student import critical_value

ONE = ("one", "一")
STRONG = Alternative(ONE, -1.0, -1.5, -0.5, 0.001)


def test_a_verdict_is_one_of_three():
    with pytest.raises(ValueError, match="no verdict"):
        Finding("maybe", ONE)


def test_numbers_have_their_unit_and_a_real_minus(subject, make_subject, panel):
    assert effect_words(subject, -0.0704) == ("\u22120.070 log points", "\u22120.070个对数点")
    days = make_subject(panel, outcome="length_of_stay")
    assert effect_words(days, 1.5) == ("1.50 days", "1.50天")
    assert effect_words(subject, np.nan) == ("no estimate", "无估计")
    assert signed(-0.0001, 3) == "0.000"
    assert p_words(0.0001)[0] == "p < 0.001"


def test_an_estimator_without_an_overall_effect_gives_the_mean_of_its_path(make_subject, panel):
    subject = make_subject(panel, estimator="twfe_event_study", others=("twfe_event_study",))
    fitted = subject.main
    found = effect_of(fitted, ONE, 0.95)
    times = [f"event_time={t}" for t in range(7)]
    assert found.value == pytest.approx(fitted.params[times].mean(), rel=1e-14)
    error = np.sqrt(np.full(7, 1 / 7) @ fitted.cov.loc[times, times].to_numpy() @ np.full(7, 1 / 7))
    assert found.high - found.value == pytest.approx(critical_value(0.95, 11.0) * error, rel=1e-12)


def test_other_estimators_agree_where_the_effect_is_one(subject, asked):
    found = CHECKS["other_estimators"].check(subject, asked("other_estimators"))
    assert found.verdict == "passed"
    assert [one.label[0] for one in found.effects] == [
        "Two-way fixed effects",
        "Event study by cohort (Sun and Abraham)",
    ]
    frame = found.exhibits[0].frame
    assert list(frame["pooled"]) == [True, False, False]
    assert frame["value"].iloc[0] == pytest.approx(subject.main.params.iloc[0])


def test_other_estimators_that_lose_significance_within_chance_do_not_fail(make_subject, make_panel, asked):
    """An effect that one estimator tells from zero and another, of larger error, does not."""
    frame = make_panel(effect=-0.0145, hospitals=2, seed=3, city_shock=0.02)
    subject = make_subject(frame, estimator="twfe", others=("twfe", "imputation", "group_time"))
    found = CHECKS["other_estimators"].check(subject, asked("other_estimators"))
    apart = [one.low > 0 or one.high < 0 for one in (main_effect(subject), *found.effects)]
    assert apart[0] != apart[1] or apart[0] != apart[2]
    assert found.verdict == "informative" and "more than chance" in found.sentence[0]


def test_a_main_estimate_that_holds_zero_is_not_blamed_for_sharper_ones(make_subject, panel, asked):
    subject = make_subject(panel, estimator="synthetic_control", others=("synthetic_control", "twfe"))
    found = CHECKS["other_estimators"].check(subject, asked("other_estimators"))
    assert found.verdict == "informative" and "no difference that turns" in found.sentence[0]
    assert found.sentence[0].startswith("One other estimator gives")


def test_an_estimator_that_the_study_has_not_is_named_with_its_nearest(subject, asked):
    with pytest.raises(DataError, match="twfe"):
        CHECKS["other_estimators"].check(subject, asked("other_estimators", estimators=["twef"]))


def test_the_summary_holds_every_check_and_every_alternative(subject, asked):
    choice = asked("other_estimators", "mine")
    none = Alternative(("B", "乙"), reason=("no data", "无数据"))
    found = Finding("failed", ("It broke.", "不成立。"), (), (STRONG, none), ("We tried.", "进行了尝试。"))
    one = Checked(choice, ("Other", "其他"), subject, found)
    verdicts, forest, table = robustness_exhibits([one])
    cells = verdicts.frame.set_index("column")["text_en"]
    assert (cells["verdict"], cells["finding"]) == ("Failed", "It broke.")
    assert list(forest.frame["label_en"]) == ["Main estimate", "one"]
    assert "B: no data." in table.notes_en
    assert (table.frame["text_en"] == "no estimate").sum() == 1
    english, chinese = methods_paragraph([one])
    assert english.startswith(
        "The main estimate is the effect of the reform on “Cost per case (log)” by the estimator “"
    )
    assert "(95% interval \u22120.1" in english and "1 check was made (1 failed)." in english
    assert english.endswith("We tried.\n\nOther (failed): It broke.")
    assert "共进行1项稳健性检验（1项未通过）。" in chinese
    assert chinese.endswith("进行了尝试。\n\n其他（未通过）：不成立。")


def test_the_paragraph_tells_a_method_once_and_the_parts_of_all_checks(subject, make_subject, panel, asked):
    method = "Left out: {}.", "剔除{}。"
    parts = [("cities", "城市"), ("levels", "等级"), ("cities", "城市")]
    days = make_subject(panel, outcome="length_of_stay")
    checked = [
        Checked(
            asked("leave_out", f"one_{k}"),
            ("Without", "剔除"),
            about,
            Finding("passed", ONE, (), (), method, (part,)),
        )
        for k, (part, about) in enumerate(zip(parts, (subject, subject, days), strict=True))
    ]
    bare = Finding("informative", ONE, (), (), ("Nothing but {}.", "仅{}。"))
    checked.append(Checked(asked("leave_out", "bare"), ("Bare", "空"), subject, bare))
    english, chinese = methods_paragraph(checked)
    assert english.count("Left out: cities and levels.") == 1 and chinese.count("剔除城市、等级。") == 1
    assert "{}" not in english + chinese and "Nothing but" not in english
    assert "Some checks ask of other estimates: “Length of stay” by" in english and "days" in english
    assert "Without (Length of stay) [one_2] (passed): one" in english
    assert len(english.split("\n\n")[1].splitlines()) == len(chinese.split("\n\n")[1].splitlines()) == 4


def test_two_checks_of_one_kind_are_told_apart(subject, asked):
    found = CHECKS["leave_out"].check(subject, asked("leave_out", "cities"))
    others = CHECKS["leave_out"].check(subject, asked("leave_out", "cohorts", by="cohort"))
    bare = Finding("informative", ("Nothing.", "无。"))
    label = ("Leave one out", "逐一剔除")
    checked = [
        Checked(asked("leave_out", name), label, subject, one)
        for name, one in (("cities", found), ("cohorts", others), ("none", bare))
    ]
    rows = list(dict.fromkeys(robustness_exhibits(checked)[0].frame["row_en"]))
    assert rows[:2] == [found.exhibits[0].title_en, others.exhibits[0].title_en] and rows[0] != rows[1]
    assert rows[2] == "Leave one out [none]"


def test_with_one_reformed_city_errors_by_city_give_no_verdict(make_subject, make_panel):
    starts = {f"c{k:02d}": "2019-12" if k == 0 else "never" for k in range(8)}
    alone = make_subject(make_panel(hospitals=2, periods=14, starts=starts))
    found = Finding("passed", ("It held.", "成立。"))
    told = without_verdict_of_one(alone, "leave_out", found)
    assert told.verdict == "informative" and told.sentence[0].startswith("It held. With one reformed city")
    assert without_verdict_of_one(alone, "placebo_calendar", found) is found
    by_hospital = make_subject(make_panel(hospitals=2, periods=14, starts=starts), clusters=("hospital",))
    assert without_verdict_of_one(by_hospital, "leave_out", found) is found
