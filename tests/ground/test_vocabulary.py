"""The words: complete, in two languages, and consistent with each other."""

import pytest

from dipeval.vocabulary import RECORD, columns, outcomes, plausible_costs, units, value_labels
from dipeval.vocabulary.words import COLUMN_KINDS, OUTCOME_KINDS


@pytest.mark.parametrize("name", list(columns()))
def test_a_column_has_a_kind_and_labels(name):
    column = columns()[name]
    assert column.kind in COLUMN_KINDS
    assert column.label_en and column.label_zh
    assert bool(column.values) == (column.kind == "code")
    assert not column.log_sum or column.sum
    assert not column.component or column.kind == "money"


@pytest.mark.parametrize("name", list(outcomes()))
def test_an_outcome_is_made_of_known_columns(name):
    outcome = outcomes()[name]
    assert outcome.kind in OUTCOME_KINDS
    # n_<column> counts the stays that have a value of a column that does not stand for all of them.
    assert columns()[outcome.denominator.removeprefix("n_")].sum
    assert columns()[outcome.numerator].sum
    if outcome.kind == "mean_log":
        assert columns()[outcome.numerator].log_sum
        assert outcome.needs[0] == f"log_{outcome.numerator}"
    assert outcome.label_en and outcome.label_zh and outcome.unit


def test_units_state_their_minor_units():
    assert units()["yuan"].minor_per_unit == 100
    assert units()["ten_thousand_yuan"].minor_per_unit == 1_000_000
    assert units()["thousand_CHF"].minor_per_unit == 100_000


def test_every_coded_word_has_labels():
    words = {v for column in columns().values() for v in column.values}
    assert words <= set(value_labels())
    assert all(en and zh for en, zh in value_labels().values())


def test_record_columns_are_known_by_role():
    records = {name for name, column in columns().items() if column.role == RECORD}
    assert records == {"visit", "settlement", "person", "record_number"}


def test_a_plausible_day_is_stated_in_a_unit_of_its_currency():
    for currency, plausible in plausible_costs().items():
        assert units()[plausible.unit].currency == currency
        assert 0 < plausible.least_a_day < plausible.most_a_day and plausible.source


def test_a_word_in_a_header_means_one_unit():
    words = [word for unit in units().values() for word in unit.words]
    assert len(words) == len(set(words))
