"""The change of mean cost: each cause alone gives its part alone, and parts always add up."""

import numpy as np
import pandas as pd
import pytest

from dipeval.dip.decomposition import PARTS, decomposition


def cases(*rows: tuple) -> pd.DataFrame:
    """(period, hospital, broad group, type, cost, times)"""
    made = [row[:5] for row in rows for _ in range(row[5] if len(row) > 5 else 1)]
    names = ["period", "hospital", "broad_group", "disease_type", "total_cost"]
    return pd.DataFrame(made, columns=names).astype(dict.fromkeys(names[:4], "str"))


def parts(engine, frame, first="1", last="2"):
    table = engine.small_table(frame)
    made = decomposition(engine, table, table.period == first, table.period == last, (first, last)).frame
    return made.set_index("hospital")


BASE = [("1", "H", "G", "g1", 100, 6), ("1", "H", "G", "g2", 300, 2), ("1", "H", "K", "k1", 1000, 2)]


def test_prices_alone(engine):
    after = [("2", *row[1:4], row[4] * 2, row[5]) for row in BASE]
    row = parts(engine, cases(*BASE, *after)).loc["H"]
    assert (row.change, row.price_quantity, row.case_mix, row.coding) == (320, 320, 0, 0)


def test_patients_alone(engine):
    after = [("2", "H", "G", "g1", 100, 3), ("2", "H", "G", "g2", 300, 1), ("2", "H", "K", "k1", 1000, 6)]
    row = parts(engine, cases(*BASE, *after)).loc["H"]
    # group G costs 150 on average, K 1000; K goes from 0.2 to 0.6
    assert (row.change, row.case_mix, row.coding, row.price_quantity) == (340, 340, 0, 0)


def test_coding_alone(engine):
    after = [("2", "H", "G", "g1", 100, 2), ("2", "H", "G", "g2", 300, 6), ("2", "H", "K", "k1", 1000, 2)]
    row = parts(engine, cases(*BASE, *after)).loc["H"]
    assert (row.mean_before, row.mean_after, row.change) == (320, 400, 80)
    assert (row.case_mix, row.coding, row.price_quantity) == (0, 80, 0)


def test_a_shift_between_hospitals_alone(engine):
    rows = [("1", "A", "G", "g", 100, 8), ("1", "B", "G", "g", 200, 2)]
    after = [("2", "A", "G", "g", 100, 2), ("2", "B", "G", "g", 200, 8)]
    made = parts(engine, cases(*rows, *after))
    city = made.loc[""]
    assert (city.change, city.between_hospitals, city.price_quantity) == (60, 60, 0)
    assert made.loc["A", "change"] == 0


@pytest.mark.parametrize("seed", range(5))
def test_parts_add_up_and_turn_with_time(engine, seed):
    draw = np.random.default_rng(seed)
    rows = [
        (str(p), f"H{h}", f"G{g}", f"G{g}t{t}", int(draw.integers(1, 10**6)))
        for p in (1, 2)
        for h, g, t in draw.integers(0, (5, 4, 3), size=(80, 3))
    ]
    frame = cases(*rows)
    frame.loc[frame.index[::17], ["disease_type", "broad_group"]] = None
    there, back = parts(engine, frame), parts(engine, frame, "2", "1")
    assert (there[list(PARTS)].sum(axis=1) == there["change"]).all()
    assert (there["mean_after"] - there["mean_before"] == there["change"]).all()
    assert (there[list(PARTS)] + back[list(PARTS)]).abs().max().max() <= 1  # the rounding of halves
    mean = frame.groupby("period")["total_cost"].mean()
    assert there.loc["", "change"] == pytest.approx(mean["2"] - mean["1"], abs=0.51)


def test_hospitals_that_come_and_go_count_in_the_city(engine):
    made = parts(engine, cases(("1", "A", "G", "g", 100, 2), ("2", "B", "G", "g", 300, 2)))
    assert list(made.index) == [""] and made.loc[""].change == 200
    # B and A are compared with themselves at their own cost: all of it is who was there.
    assert made.loc[""].between_hospitals == 200
