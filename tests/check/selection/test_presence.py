"""Who reports when: states by hand, and their sum."""

import numpy as np
import pandas as pd
import pytest

from dipeval.check.selection.presence import GAP, GONE, NOT_YET, PRESENT, STATES, presence, turnover

SEEN = {
    ("A", "h1"): "1111",
    ("A", "h2"): "0110",
    ("A", "h3"): "1011",
    ("B", "h1"): "0011",
    ("B", "h2"): "0111",
}


def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {"city": city, "hospital": name, "period": f"202{t}", "arm": city, "level": "x"}
        for (city, name), word in SEEN.items()
        for t, here in enumerate(word)
        if here == "1"
    ).sample(frac=1, random_state=1)


def test_states_by_hand():
    found = presence(rows())
    assert list(zip(found.hospitals["city"], found.hospitals["hospital"], strict=True)) == sorted(SEEN)
    a2, a3, b1 = 1, 2, 3
    assert found.state(NOT_YET)[a2].tolist() == [1, 0, 0, 0]
    assert found.state(GONE)[a2].tolist() == [0, 0, 0, 1]
    assert found.state(GAP)[a3].tolist() == [0, 1, 0, 0]
    # nobody of city B reports in the first period: that is a fact about its data
    assert np.isnan(found.state(NOT_YET)[b1]).tolist() == [True, False, False, False]
    assert found.state(NOT_YET)[b1, 1] == 1
    assert not found.is_complete


def test_states_add_up_to_one_where_known():
    found = presence(rows())
    total = sum(found.state(name) for name in STATES)
    assert np.array_equal(np.isnan(total), ~found.known)
    assert (total[found.known] == 1).all()


def test_grid_stands_in_the_order_of_states():
    found = presence(rows())
    grid = found.grid().assign(here=found.state(PRESENT).ravel())
    for (city, name), word in SEEN.items():
        mine = grid[(grid["city"] == city) & (grid["hospital"] == name)]
        assert mine["period"].tolist() == list(found.periods)
        known = mine["here"].notna()
        assert "".join(str(int(x)) for x in mine.loc[known, "here"]) == word[int((~known).sum()) :]
    assert set(grid["level"]) == {"x"}


def test_turnover_by_hand():
    found = presence(rows())
    city = found.hospitals["city"].to_numpy()
    assert turnover(found, city == "A") == {
        "hospitals": 3,
        "throughout": 1,
        "entered": 1,
        "left": 1,
        "gaps": 1,
    }
    assert turnover(found, city == "B") == {
        "hospitals": 2,
        "throughout": 1,
        "entered": 1,
        "left": 0,
        "gaps": 0,
    }


def test_only_observed_rows_count():
    frame = rows()
    found = presence(frame, (frame["hospital"] != "h3").to_numpy())
    assert len(found.hospitals) == 4


@pytest.mark.parametrize("name", STATES)
def test_states_are_shares(name):
    state = presence(rows()).state(name)
    assert set(np.unique(state[np.isfinite(state)])) <= {0.0, 1.0}
