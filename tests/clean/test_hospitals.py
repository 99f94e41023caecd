"""The master table of hospitals: codes become hospitals on their days, or the run stops and says why."""

from dataclasses import replace

import pandas as pd
import pytest

from dipeval.clean.identity.hospital_table import parse_hospitals
from dipeval.clean.identity.hospitals import LINK_COLUMNS
from dipeval.clean.identity.references import References
from dipeval.errors import DataError, StudyError
from dipeval.study.model import ColumnRule

TABLE = """code,valid_from,valid_to,hospital,name,level,ownership,type,event,source
H1,,2019-05-31,first,First Hospital,secondary,public,acute,opened,
H1,2019-06-01,,first,First Hospital,tertiary,public,acute,level_change,notice 12
H9,2019-06,,first,First Hospital East,,public,acute,recoded,notice 13
H2,2019,2019,second,,primary,,,,
"""


def day(out: str, hospital: str = "H1", **more: str) -> dict[str, str]:
    return {"hospital": hospital, "in": out, "out": out, "days": "1", **more}


def table(text: str = TABLE) -> References:
    return References(parse_hospitals(text, "cities/small.hospitals.csv"), "cities/small.hospitals.csv")


EIGHT = [
    day("2019-05-31"),
    day("2019-06-01"),
    day("2019-06-02", "H9"),
    day("2019-12-31", "Ｈ9 "),
    day("2019-01-01", "H2", level="secondary"),
    day("2019-03-01", "H2"),
    day("2018-03-01", "H2"),
    day("2019-03-01", ""),
]


def test_codes_become_hospitals_on_their_days(clean):
    got = clean(EIGHT, references=table())
    assert got.frame["hospital"].tolist() == ["first"] * 4 + ["second"] * 2
    levels = ["secondary", "tertiary", "tertiary", "tertiary", "primary", "primary"]
    assert got.frame["level"].tolist() == levels  # an empty level of the table leaves the file's
    assert got.frame["ownership"].tolist()[:4] == ["public"] * 4
    assert got.frame["hospital_type"].isna().tolist() == [False] * 4 + [True] * 2
    assert got.rejected == {8: "window", 9: "missing_needed"}
    assert got.entry("hospital_linked").rows_flagged == 6  # outside the window codes need not be known


def test_the_links_are_there_to_be_reviewed(clean):
    links = clean(EIGHT, references=table()).reviews["hospital_links.csv"]
    assert list(links.columns) == list(LINK_COLUMNS)
    told = links[["code", "hospital", "first_date", "last_date", "stays", "event", "reason"]].values.tolist()
    assert told == [
        ["H1", "first", "2019-05-31", "2019-05-31", 1, "opened", ""],
        ["H1", "first", "2019-06-01", "2019-06-01", 1, "level_change", "notice 12"],
        ["H2", "second", "2019-01-01", "2019-03-01", 2, "", ""],
        ["H9", "first", "2019-06-02", "2019-12-31", 2, "recoded", "notice 13"],
    ]
    assert links["rule"].tolist() == ["master_table"] * 4


def test_without_a_table_codes_are_used_as_they_are(clean):
    got = clean([{}])
    assert got.frame["hospital"].tolist() == ["H1"] and got.reviews == {}
    assert "hospital_linked" not in [e.rule for e in got.ledger]


def test_codes_that_the_table_does_not_know_stop_the_run(clean):
    rows = [day("2019-05-31", "H8")] * 3 + [
        day("2019-05-31", "H9"),
        day("2019-05-31"),
        day("2018-05-31", "HX"),
    ]
    with pytest.raises(DataError) as caught:
        clean(rows, references=table())
    unknown, days = caught.value.problems
    assert unknown.where == "cities/small.hospitals.csv"
    assert unknown.what == "1 code of hospitals not in the master table"
    assert unknown.evidence[0].startswith("H8 (3 stays, 2019-05-31 to 2019-05-31; known: H1, H2, H9)")
    assert days.evidence == ("H9 (1 stays, 2019-05-31 to 2019-05-31; valid 2019-06-01 to)",)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("H1,2019-03,2019-04,first,,,,,,", "1 code with two meanings on the same day"),
        ("H7,2019-02-30,,x,,,,,,", "row 6: valid_from '2019-02-30' is no date"),
        ("H7,2019-13,,x,,,,,,", "row 6: valid_from '2019-13' is no date"),
        ("H7,soon,,x,,,,,,", "row 6: valid_from 'soon' is no date"),
        ("H7,2020,2019,x,,,,,,", "row 6: valid_from lies after valid_to"),
        ("H7,,,,,,,,,", "row 6: the column 'hospital' is empty"),
        (",,,x,,,,,,", "row 6: the column 'code' is empty"),
        ("H7,,,x,,tertary,,,,", "'tertary' is not a level"),
        ("H7,,,x,,,owned,,,", "'owned' is not a ownership"),
        ("H7,,,x,,,,,rename,", "did you mean 'renamed'"),
        ("H7,,,x", "row 6: has 4 fields, the header 10"),
        ("H2,,,second,,,,,,", "rows 6 and 5: H2"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_with_its_row(line, told):
    with pytest.raises(StudyError) as caught:
        parse_hospitals(f"{TABLE}{line}\n", "t.csv")
    assert told in str(caught.value) and "t.csv" in str(caught.value)
    assert len(caught.value.problems) == 1


def test_all_problems_at_once():
    with pytest.raises(StudyError) as caught:
        parse_hospitals("code,valid_from,valid_to,hospital,hospital,nmae\nA,x,y,,,\n", "t.csv")
    assert len(caught.value.problems) == 5
    with pytest.raises(StudyError, match="is empty"):
        parse_hospitals("# nothing yet\n\n", "t.csv")


def test_names_are_compared(clean, source):
    named = replace(
        source, columns={**source.columns, "hospital_name": ColumnRule("hospital_name", (("name",),))}
    )
    named = replace(named, identifiers=())
    text = "code,valid_from,valid_to,hospital,name\nH1,,,a,安澜市第一人民医院\nH2,,,b,安澜市中医院\n"
    rows = [
        {"name": "安澜市第一医院"},
        {"hospital": "H2", "name": "慈溪市妇幼保健院"},
        {"hospital": "H2", "name": ""},
    ]
    got = clean(rows, references=table(text), source=named)
    alike = got.reviews["hospital_links.csv"]["similarity"].tolist()
    assert alike[0] > 0.6 and alike[1] < 0.4 and pd.isna(alike[2])
    assert got.frame["hospital_name"].tolist() == ["安澜市第一人民医院", "安澜市中医院", "安澜市中医院"]
