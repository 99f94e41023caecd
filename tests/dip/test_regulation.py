"""Readmissions need persons and time to follow them; coding intensity keeps the mix of types."""

import datetime

import pandas as pd
import pytest

from dipeval.dip.coding_intensity import coding_intensity
from dipeval.dip.readmissions import readmissions
from dipeval.errors import DataError


def stays(*rows: tuple) -> pd.DataFrame:
    """(person, hospital, admitted on day, discharged on day, type, disposition)"""
    names = ["person", "hospital", "admission_date", "discharge_date", "disease_type", "disposition"]
    frame = pd.DataFrame(rows, columns=names)
    first = datetime.datetime(2021, 1, 1)
    for name in ("admission_date", "discharge_date"):
        frame[name] = pd.to_datetime([first + datetime.timedelta(d) for d in frame[name]]).astype(
            "datetime64[s]"
        )
    return frame.astype(dict.fromkeys(("person", "hospital", "disease_type", "disposition"), "str"))


ROWS = [
    ("p1", "A", 0, 5, "g", "home"),
    ("p1", "A", 10, 12, "g", "home"),  # 5 days after, same hospital and type
    ("p1", "B", 50, 55, "k", "home"),  # 38 days after
    ("p2", "A", 0, 3, "g", "death"),
    ("p3", "A", 2, 4, "g", "home"),
    ("p3", "B", 5, 9, "k", "home"),  # the next day elsewhere: a split stay
    (None, "A", 1, 2, "g", "home"),
    (None, "A", 3, 4, "g", "home"),
    ("p4", "B", 80, 90, "g", "home"),  # the last day of the data
]


def test_readmissions_by_hand(engine):
    made = readmissions(engine, engine.small_table(stays(*ROWS)), 30).frame.set_index("hospital")
    assert made.loc["A"].to_dict() == {
        "cases": 6,
        "at_risk": 3,  # the death and the unknown persons are not
        "readmitted": 2,
        "same_hospital": 1,
        "same_type": 1,
        "readmission_rate": 2 / 3,
    }
    assert (made.loc["B", "at_risk"], made.loc["B", "readmitted"]) == (2, 0)  # day 90 cannot be followed
    short = readmissions(engine, engine.small_table(stays(*ROWS)), 1).frame.set_index("hospital")
    assert short.loc["A", "readmitted"] == 1


def test_without_persons_it_says_so(engine):
    with pytest.raises(DataError, match="column person.*DIPEVAL_KEY"):
        readmissions(engine, engine.small_table(stays(*ROWS).drop(columns="person")), 30)


def test_coding_at_a_constant_mix(engine):
    rows = [
        ("2020", "g", "I10;E11", 100),
        ("2020", "g", "", 100),
        ("2020", "k", "I10", 300),
        ("2020", "k", None, 300),
        ("2021", "g", "I10;E11;J44", 100),
        ("2021", "k", "I10", 300),
        ("2021", "k", "I10; ", 300),
        ("2021", "k", "I10", 300),
    ]
    names = ["period", "disease_type", "secondary_diagnoses", "relative_weight"]
    frame = pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[:3], "str"))
    made = coding_intensity(engine, engine.small_table(frame), "2020", 100).frame.set_index("period")
    assert made["mean_weight"].to_dict() == {"2020": 2.0, "2021": 2.5}
    assert made["secondary_diagnoses"].to_dict() == {"2020": 0.75, "2021": 1.75}
    # half g at 3, half k at (1 + 2 + 1) / 3: the text "I10; " holds an empty second place
    assert made["standardised_secondary_diagnoses"]["2021"] == pytest.approx(0.5 * 3 + 0.5 * 4 / 3)
    assert made["base_covered"].tolist() == [1.0, 1.0]
    with pytest.raises(DataError, match="no grouped case in the base period 2019"):
        coding_intensity(engine, engine.small_table(frame), "2019", 100)
