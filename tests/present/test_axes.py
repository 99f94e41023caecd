"""Axes of numbers and of periods, the legend, and labels that must not touch."""

import numpy as np
import pytest

from dipeval.design.calendar import period_code
from dipeval.present.colours import LIGHT, ink_on, shade
from dipeval.present.direct_labels import spread
from dipeval.present.number_axis import number_axis
from dipeval.present.period_axis import calendar, ticks
from dipeval.present.sheet import text_width, wrapped
from dipeval.present.typeface import HEADING, TEXT, register
from dipeval.present.value_words import decimals_of


@pytest.fixture(autouse=True)
def faces():
    register()


def test_marks_have_the_same_decimals_and_a_true_minus():
    axis = number_axis(np.array([-0.06, 0.02, np.nan]))
    assert axis.words == ("−0.06", "−0.04", "−0.02", "0.00", "0.02")
    assert axis.low < -0.06 and axis.high > 0.02


def test_effects_below_a_day_or_a_point_have_two_decimals():
    """With one, an effect of 0.03 days would be printed as 0.0."""
    for unit in ("days", "share"):
        assert decimals_of(unit, np.array([0.03, -0.21])) == 2
        assert decimals_of(unit, np.array([0.03, 8.4])) == decimals_of(unit, np.zeros(1)) == 1


def test_zero_is_on_the_axis_where_it_must_be():
    assert 0.0 in number_axis(np.array([5.0, 9.0]), zero=True).marks
    assert 0.0 not in number_axis(np.array([5.0, 9.0])).marks


@pytest.mark.parametrize("values", [[np.nan], [], [3.0, 3.0], [0.0]])
def test_an_axis_of_nothing_or_of_one_number(values):
    axis = number_axis(np.array(values, dtype=float), zero=True)
    assert axis.low < axis.high and len(axis.marks) >= 2


def test_large_numbers_have_commas():
    assert "10,000" in number_axis(np.array([0.0, 20000.0])).words


def test_the_calendar_is_whole():
    assert calendar(["2019-11", "2020-02"]) == ["2019-11", "2019-12", "2020-01", "2020-02"]


@pytest.mark.parametrize(
    ("first", "last", "width", "words"),
    [
        ("2017-01", "2020-12", 70, ["2017", "2018", "2019", "2020"]),
        ("2008", "2020", 70, ["2008", "2010", "2012", "2014", "2016", "2018", "2020"]),
        ("2019-01", "2019-06", 80, ["2019-01", "2019-02", "2019-03", "2019-04", "2019-05", "2019-06"]),
        ("2018Q1", "2020Q4", 60, ["2018", "2019", "2020"]),
    ],
)
def test_periods_are_marked_as_densely_as_labels_allow(first, last, width, words):
    found = ticks(calendar([first, last]), width)
    assert [word for _, word in found] == words
    assert found[0][0] == period_code(first)


def test_text_is_broken_at_spaces_or_between_chinese_characters():
    lines = wrapped("Effect of the reform on total cost per discharge in all hospitals", 40, 8, HEADING)
    assert len(lines) > 1 and all(text_width(line, 8, HEADING) <= 40 for line in lines)
    assert " ".join(lines) == "Effect of the reform on total cost per discharge in all hospitals"
    lines = wrapped("改革对例均住院费用（对数均值）的效应", 25, 8, TEXT)
    assert len(lines) > 1 and "".join(lines) == "改革对例均住院费用（对数均值）的效应"


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one():
    text = "各科室病例组合指数与次均费用：（入组病例平均权重）：按出院科别，2022年。"
    for width in range(8, 40):
        lines = wrapped(text, width, 7, TEXT)
        assert "".join(lines) == text
        assert not any(line[0] in "：，。）" or line[-1] == "（" for line in lines)


def test_direct_labels_do_not_touch_and_keep_their_order():
    placed = spread({"a": 1.0, "b": 1.05, "c": 1.1, "d": 9.0}, 0.5)
    places = list(placed.values())
    assert list(placed) == ["a", "b", "c", "d"]
    assert all(later - earlier >= 0.5 - 1e-6 for earlier, later in zip(places, places[1:], strict=False))
    assert placed["d"] == 9.0


def test_ink_can_be_read_on_every_fill():
    assert ink_on("#0072B2") == "#ffffff" and ink_on("#F0E442") == "#1a1a1a"
    assert shade(0.0) == LIGHT and shade(1.0) != shade(-1.0)
    assert ink_on(shade(0.5)) == ink_on(shade(-0.5)) == "#1a1a1a" and ink_on(shade(1.0)) == "#ffffff"
