"""Table 1 of hospitals: differences go with the cells they are made of, numbers of hospitals are facts."""

import numpy as np
import pandas as pd

from dipeval.describe import Variable, table_one
from dipeval.disclose import gate


def made(cases):
    """Two arms with hospitals of three levels; the treated arm has few cases before."""
    rows = [
        {"city": arm, "hospital": f"{arm}{level}{i}", "period": period, "level": level, "discharges": number}
        for arm in ("control", "treated")
        for level in ("primary", "secondary", "tertiary")
        for i in range(1 + (level != "tertiary"))
        for period in ("2018", "2020")
        for number in [cases if (arm, period) == ("treated", "2018") else 200 + 10 * i]
    ]
    frame = pd.DataFrame(rows)
    variable = Variable("stay", "Stay", "住院日", "days", np.arange(len(frame), dtype="float64"))
    return table_one(frame, frame["city"], frame["period"] > "2019", [variable], ["level"])


def test_a_difference_goes_with_the_arm_that_it_states():
    frame = gate(made(1))[0].exhibit.frame
    held = frame[frame["suppressed"]]
    assert held[["variable", "arm", "when"]].to_numpy().tolist() == [
        ["discharges", "treated", "before"],
        ["stay", "treated", "before"],
        ["stay", "", "before"],
    ]
    differences = {d.cell: d.of for d in made(1).derived}
    assert differences["table_one/difference=stay/when=before"] == (
        "arm=control/when=before",
        "arm=treated/when=before",
    )


def test_which_hospitals_there_are_is_no_secret():
    frame = gate(made(1))[0].exhibit.frame
    hospitals = frame[
        frame["section"].eq("attribute") | frame["variable"].isin(["hospitals", "hospital_periods"])
    ]
    assert hospitals["count"].isna().all() and not hospitals["suppressed"].any()
    one = hospitals[(hospitals["level"] == "tertiary") & (hospitals["arm"] != "")]
    assert one["value"].tolist() == [1.0] * 4


def test_nothing_more_goes_where_nothing_is_small():
    assert not gate(made(100))[0].exhibit.frame["suppressed"].any()
