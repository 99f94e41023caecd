"""Alternatives, verdicts and the summary of all checks."""

from __future__ import annotations

import numpy as np
import pytest

from dipeval.check.alternatives.agreement import agreement
from dipeval.check.alternatives.numbers import effect_words, p_words, signed
from dipeval.check.finding import Alternative, Finding
from dipeval.check.registry import CHECKS
from dipeval.check.subject import effect_of
from dipeval.check.summary.checked import Checked
from dipeval.check.summary.exhibits import robustness_exhibits
from dipeval.check.summary.methods import methods_paragraph
from dipeval.errors import DataError
from dipeval.results.student import critical_value

ONE = ("one", "一")
STRONG, LOST = Alternative(ONE, -1.0, -1.5, -0.5, 0.001), Alternative(ONE, -0.2, -0.6, 0.2, 0.3)
TURNED = Alternative(ONE, 1.0, 0.5, 1.5, 0.001)


@pytest.mark.parametrize(
    ("main", "others", "verdict"),
    [
        (STRONG, [STRONG, STRONG], "passed"),
        (STRONG, [STRONG, LOST], "failed"),
        (STRONG, [TURNED], "failed"),
        (LOST, [LOST], "informative"),
        (LOST, [STRONG], "failed"),
        (STRONG, [Alternative(ONE)], "informative"),
        (STRONG, [], "informative"),
        (STRONG, [Alternative(ONE, -1.0, p_value=0.01)], "passed"),
        (STRONG, [Alternative(ONE, -1.0, p_value=0.20)], "failed"),
    ],
)
def test_verdicts_on_alternatives(main, others, verdict):
    assert agreement(main, others) == verdict


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
    assert english == "The main effect was put to 1 check (1 failed). We tried. Other (failed): It broke."
    assert chinese == "对主要效应进行了1项稳健性检验（1项未通过）。进行了尝试。其他（未通过）：不成立。"


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
