"""The ramp of the true effects, against numbers worked out by hand."""

import numpy as np

from dipeval.simulate.effects import LEVELS, city_effects, ramp, strongest_decrease

TERTIARY = {"start": -0.03, "plateau": -0.12, "months": 9}


def test_ramp_by_hand():
    event_time = np.array([-2, -1, 0, 1, 9, 30])
    np.testing.assert_allclose(
        ramp(event_time, **TERTIARY), [0, 0, -0.03, -0.04, -0.12, -0.12], rtol=0, atol=1e-15
    )


def test_without_months_the_plateau_comes_at_once():
    np.testing.assert_array_equal(ramp(np.arange(-1, 3), start=1.0, plateau=2.0, months=0), [0, 2, 2, 2])


def test_a_level_without_an_effect_has_none_and_a_city_that_never_reforms_neither():
    table = city_effects({"tertiary": TERTIARY}, 3, 6)
    assert table.shape == (len(LEVELS), 6)
    assert (table[1:] == 0).all() and (table[0, :3] == 0).all() and (table[0, 3:] < 0).all()
    assert (city_effects({"tertiary": TERTIARY}, None, 6) == 0).all()


def test_a_reform_before_the_window_is_well_under_way_in_it():
    np.testing.assert_allclose(city_effects({"tertiary": TERTIARY}, -9, 2)[0], -0.12)


def test_strongest_decrease_is_never_positive():
    assert strongest_decrease({"tertiary": TERTIARY}) == -0.12
    assert strongest_decrease({"tertiary": {"start": 0.1, "plateau": 0.2, "months": 1}}) == 0
    assert strongest_decrease({}) == 0
