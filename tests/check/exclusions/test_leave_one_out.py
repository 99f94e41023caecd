"""One city, period, level or hospital left out: against estimating by hand, and cities that carry all."""

import numpy as np
import pytest

from dipeval.check.exclusions.leave_out import leave_out
from dipeval.check.summary.checked import Checked
from dipeval.check.summary.exhibits import robustness_exhibits
from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.infer import infer, leave_one_out


def cells(exhibit, column):
    frame = exhibit.frame
    return frame[frame["column"] == column].set_index("row")["value"]


def test_effects_without_each_city_are_those_of_the_inference_that_leaves_it_out(sound, asked):
    found = leave_out(sound, asked("leave_out"))
    forest, table = found.exhibits
    expected = leave_one_out(sound.main, "city")[:, 0]
    assert np.allclose(forest.frame["value"][1:], expected, rtol=1e-12)
    assert np.allclose(cells(table, "change"), expected - sound.main.params.iloc[0], atol=1e-12)
    assert (cells(table, "rows") == 4 * 24).all()
    assert "error" not in set(table.frame["column"])  # one city has none
    ends = sorted(one.value for one in found.effects)
    assert ends == [pytest.approx(expected.min()), pytest.approx(expected.max())]
    assert found.verdict == "passed" and "all 12 keep sign" in found.sentence[0]


def test_together_they_are_the_jackknife(world, studied, asked):
    subject = studied(world(), "twfe")
    notes = leave_out(subject, asked("leave_out")).exhibits[0].notes_en
    error = float(infer(subject.main, "cluster", cluster="city", small_sample="CR3").std_errors.iloc[0])
    # The jackknife of the leverage formulas turns around the estimate as well.
    assert any(f"{error:.2f} days (CR3)" in note for note in notes)


def test_one_city_that_carries_all_is_found(world, studied, asked):
    def in_one_city(rows):
        return np.where((rows["e"] >= 0) & (rows["city"] == "city04"), -6.0, 0.0)

    found = leave_out(studied(world(effect=in_one_city), cluster="hospital"), asked("leave_out"))
    assert found.verdict == "failed"
    assert any("Without city04" in one.label[0] for one in found.effects)


def test_levels_and_cohorts_are_told_in_words(sound, asked):
    level = leave_out(sound, asked("leave_out", by="level")).exhibits[0].frame
    assert {"Without Tertiary", "Without Primary"} <= set(level["label_en"])
    assert {"剔除三级", "剔除一级及以下"} & set(level["label_zh"])
    cohort = leave_out(sound, asked("leave_out", by="cohort")).exhibits[0].frame
    assert "Without the never reformed" in set(cohort["label_en"])


def test_a_group_without_which_nothing_is_left_stays_with_its_reason(world, studied, asked):
    frame = world(starts=(10,))
    found = leave_out(studied(frame), asked("leave_out", by="cohort"))
    without = found.exhibits[0].frame.set_index("label_en")
    assert np.isnan(without.loc["Without 2019-11", "value"]) and without.loc["Without 2019-11", "reason_en"]
    assert "cannot be estimated" in found.sentence[0] and found.verdict == "informative"


def test_hospitals_are_not_named(world, studied, asked):
    subject = studied(world(cities=6, hospitals=3, noise=0.1), "twfe")
    found = leave_out(subject, asked("leave_out", by="hospital"))
    histogram, table = found.exhibits
    assert histogram.kind == "histogram" and histogram.frame["value"].sum() == pytest.approx(1.0)
    told = " ".join(
        [*found.sentence, *found.method, *(text for one in found.effects for text in one.label)]
        + [text for one in found.exhibits for text in (*one.notes_en, *one.frame["label_en"])]
    )
    assert "city0" not in told and "/h" not in told
    assert cells(table, "numbers")["holds"] == 18


@pytest.mark.parametrize(
    ("by", "said"), [("lvel", "level"), ("discharges", "no column of words"), ("one", "single")]
)
def test_what_cannot_be_left_out(world, studied, asked, by, said):
    with pytest.raises(DataError, match=said):
        leave_out(studied(world(cities=4, periods=14).assign(one="same")), asked("leave_out", by=by))


def test_no_file_tells_how_many_cases_were_left_out(sound, asked):
    """The count of an effect less that of another is the cases of what was left out."""
    choice = asked("leave_out")
    found = leave_out(sound, choice)
    summary = robustness_exhibits([Checked(choice, ("Leave one out", "逐一剔除"), sound, found)])
    shown = [one for one in (*found.exhibits, *summary) if one.kind == "forest" or one.name != "robustness"]
    assert len(shown) >= 4
    for one in shown:
        assert "count" not in gate(one)[0].public.columns
