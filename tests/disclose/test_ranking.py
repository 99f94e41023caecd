"""Lines in the order of their numbers: one that is held back does not keep its place."""

import pandas as pd
import pytest

from dipeval.disclose import gate
from dipeval.disclose.gate import gate_together
from dipeval.results.exhibit import Exhibit


def bars(ranked, counts=(50, 40, 30, 20, 99), shares=(0.2, 0.9, 0.2, 0.95, 0.2)):
    frame = pd.DataFrame(
        {
            "value": [float(c) for c in counts],
            "count": [float(c) for c in counts],
            "largest_share": shares,
            "label_en": ["one", "zwei", "three", "four", "Other"],
            "label_zh": ["一", "二", "三", "四", "其他"],
        }
    )
    return Exhibit("b", "bars", "t", "t", frame, options={"ranked": ranked})


def test_held_bars_go_behind_the_shown_ones_by_label():
    released, withheld = gate(bars(4))
    frame = released.exhibit.frame
    assert list(frame["label_en"]) == ["one", "three", "four", "zwei", "Other"]
    assert list(frame["suppressed"]) == [False, False, True, True, False]
    assert frame["value"].dropna().tolist() == [50.0, 30.0, 99.0]
    assert [w.row_en for w in withheld] == ["four", "zwei"]


@pytest.mark.parametrize(("ranked", "shares"), [(0, (0.2, 0.9, 0.2, 0.95, 0.2)), (4, (0.2,) * 5)])
def test_nothing_moves_without_need(ranked, shares):
    frame = gate(bars(ranked, shares=shares))[0].exhibit.frame
    assert list(frame["label_en"]) == ["one", "zwei", "three", "four", "Other"]


def test_all_cells_of_a_line_move_together():
    rows = [
        (row, column, n, 0.9 if row == "b" and column == "cases" else 0.2)
        for row, n in (("a", 50), ("b", 40), ("c", 30), ("total", 120))
        for column in ("cases", "rate")
    ]
    frame = pd.DataFrame(rows, columns=["row", "column", "value", "largest_share"])
    frame = frame.assign(
        count=frame["value"], row_en=frame["row"], label_en=frame["row"], label_zh=frame["row"]
    )
    made = Exhibit("g", "grid", "t", "t", frame, options={"ranked": 3})
    ((released, _),) = gate_together([made])
    shown = released.exhibit.frame
    assert list(shown["row"]) == ["a", "a", "c", "c", "b", "b", "total", "total"]
    assert list(shown["column"]) == ["cases", "rate"] * 4 and shown["suppressed"].sum() == 1
