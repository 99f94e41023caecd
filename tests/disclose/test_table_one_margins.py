"""Table 1 declares what adds up, and the gate then holds back what would give a small level away."""

import numpy as np
import pandas as pd

from dipeval.describe import table_one
from dipeval.disclose import gate
from dipeval.results.relations import Sum


def made(cases):
    """Two arms with hospitals of three levels; the treated tertiary hospitals have few cases."""
    rows = [
        {"city": arm, "hospital": f"{arm}{level}{i}", "period": period, "level": level, "discharges": number}
        for arm in ("control", "treated")
        for level in ("primary", "secondary", "tertiary")
        for i in range(2)
        for period in ("2018", "2020")
        for number in [cases if (arm, level, period) == ("treated", "tertiary", "2018") else 200 + 10 * i]
    ]
    frame = pd.DataFrame(rows)
    return table_one(frame, frame["city"], frame["period"] > "2019", [], ["level"])


def test_levels_add_up_to_the_arm():
    exhibit = made(3)
    parts = tuple(
        f"table_one/level={v}/arm=treated/when=before" for v in ("primary", "secondary", "tertiary")
    )
    assert Sum("arm=treated/when=before", parts) in exhibit.sums and len(exhibit.sums) == 4
    counts = exhibit.frame.drop_duplicates("cell").set_index("cell")["count"]
    for one in exhibit.sums:
        assert counts[one.total] == counts[list(one.parts)].sum()
    differences = {d.cell: d.of for d in exhibit.derived}
    assert "arm=treated/when=before" in differences["table_one/difference=level/when=before"]


def test_a_small_level_takes_another_and_the_difference_along():
    frame = gate(made(3))[0].exhibit.frame
    held = frame[frame["suppressed"]]
    treated = held[(held["arm"] == "treated") & (held["when"] == "before")]
    assert sorted(treated["level"]) == ["secondary", "tertiary"]
    assert held.loc[held["arm"] == "", ["variable", "when"]].to_numpy().tolist() == [["level", "before"]]
    assert len(held) == 3
    withheld = gate(made(3))[1]
    assert sorted(w.rule for w in withheld) == ["derived", "secondary", "too_few"]


def test_nothing_more_goes_where_nothing_is_small():
    assert not gate(made(100))[0].exhibit.frame["suppressed"].any()
    assert not np.isnan(gate(made(100))[0].exhibit.frame["count"].iloc[0])
