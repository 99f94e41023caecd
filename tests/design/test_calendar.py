"""Period labels and their running numbers."""

import pytest

from dipeval.design.calendar import period_code, period_frequency, period_label


@pytest.mark.parametrize(
    ("label", "after"),
    [("2019-03", "2019-04"), ("2019-12", "2020-01"), ("2019Q4", "2020Q1"), ("2019", "2020"), ("7", "8")],
)
def test_next_period_is_the_next_code(label, after):
    frequency = period_frequency(label)
    assert period_label(period_code(label) + 1, frequency) == after
    assert period_label(period_code(label), frequency) == label


@pytest.mark.parametrize("label", ["2019-13", "2019-3", "2019Q5", "March 2019", "", "2019-00", "2019.5"])
def test_other_writings_are_refused(label):
    with pytest.raises(ValueError, match="is not a period"):
        period_code(label)
