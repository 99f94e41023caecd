"""The advice on inference keeps what it promises in every cell that was simulated, and names its cell."""

import pytest

from dipeval.check.advice import ALIKE, LEAST, MOST, PREFERENCE, advise, nearest_cell, simulations
from dipeval.infer.registry import INFERENCES

SIMULATED = ("twfe", "sun_abraham", "extended_two_way", "imputation", "two_stage", "group_time")


def every():
    return [advice for cell in simulations() for advice in advise(*cell, SIMULATED)]


def test_every_cell_is_there():
    cells = {
        (cities, treated)
        for cities in (4, 6, 8, 12, 20, 40)
        for treated in {1, 2, 3, cities // 2}
        if treated < cities
    }
    assert set(simulations()) == cells
    assert all(set(methods) == set(SIMULATED) for methods in simulations().values())


def test_the_advised_method_keeps_its_level():
    """Between 3 and 7 % with 2 or more of 8 or more cities treated, never above 7 % anywhere."""
    assert len(every()) == len(simulations()) * len(SIMULATED)
    for advice in every():
        rates = list(advice.chosen.rejection.values()) if advice.chosen else []
        assert all(rate <= MOST for rate in rates), advice
        if advice.cities >= 8 and advice.treated >= 2:
            assert rates and min(rates) >= LEAST, advice


def test_the_usual_error_rejects_too_often_where_cities_are_few():
    for (_, treated), found in simulations().items():
        if treated <= 2:
            assert min(found["imputation"]["CR1"].rejection.values()) > 2 * 0.05


def test_no_sound_method_has_much_more_power_than_the_advised_one():
    for advice in every():
        for name, one in simulations()[advice.cities, advice.treated][advice.estimator].items():
            if name in PREFERENCE and one.keeps_level and min(one.rejection.values()) >= LEAST:
                assert one.mean_power <= advice.chosen.mean_power + ALIKE + 1e-12


@pytest.mark.parametrize(
    ("design", "cell"),
    [
        *((cell, cell) for cell in ((8, 2), (4, 3), (40, 1))),
        ((9, 2), (8, 2)),
        ((12, 10), (12, 2)),
        ((100, 50), (40, 20)),
        ((3, 1), (4, 1)),
    ],
)
def test_the_nearest_cell_is_near(design, cell):
    assert nearest_cell(*design) == (cell, design == (12, 10))
    if design == (12, 10):
        assert "2 of 12 cities treated (the other way round)" in advise(*design, ["twfe"])[0].sentence()


def test_calendars_that_cannot_be_dealt_are_not_advised():
    assert not any(
        (advice.method or "").startswith("randomisation")
        for cell in simulations()
        for advice in advise(*cell, SIMULATED, dealt=False)
    )


@pytest.mark.parametrize("design", [(2, 1), (5, 0), (5, 5)])
def test_nothing_is_advised_where_nothing_near_was_simulated(design):
    assert advise(*design, SIMULATED) == []


def test_sentences_name_the_cell_the_rates_and_the_words_for_a_study():
    (advice,) = advise(9, 2, ["twfe", "bacon"])
    said = advice.sentence()
    assert said.startswith("twfe: simulated with 2 of 8 cities treated, the usual error (CR1) rejects")
    assert PREFERENCE[advice.method] in said
    for words in PREFERENCE.values():
        if words.startswith("method"):
            assert words.split('"')[1] in INFERENCES


def test_where_no_method_has_power_it_is_said():
    weak = [a for a in every() if a.chosen and max(a.chosen.power.values()) < 0.2]
    assert weak and all("a null result says little" in advice.sentence() for advice in weak)
