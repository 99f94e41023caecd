"""Versions of codes: mapped by a crosswalk, put right as declared, marked where neither helps."""

from dataclasses import replace

import pandas as pd
import pytest

from dipeval.clean.identity.crosswalk import parse_crosswalk
from dipeval.clean.identity.references import References
from dipeval.errors import DataError, StudyError
from dipeval.study.model import ColumnRule
from dipeval.study.references import CodeEra, CodeVersions

PAIRS = """kind,from_version,from_code,to_version,to_code,preferred
diagnosis,clinical,A09.900,insurance,A09.900x001,
diagnosis,clinical,I20.800,insurance,I25.100,
diagnosis,clinical,J18.900,insurance,J18.900,yes
diagnosis,clinical,J18.900,insurance,J18.901,
diagnosis,grey,Z99.900,insurance,Z99.900,
procedure,clinical,47.0100,insurance,47.0100x001,
"""
ERAS = (CodeEra("clinical", "2019-03"), CodeEra("insurance"))
WALK = {"pairs.csv": parse_crosswalk(PAIRS, "pairs.csv")}


@pytest.fixture()
def coded(source):
    """The small format with diagnoses (the column of the level), procedures and lists of both."""
    kept = {n: r for n, r in source.columns.items() if n not in ("level", "disposition", "age", "settlement")}
    read = {
        "principal_diagnosis": "level",
        "principal_procedure": "way",
        "secondary_diagnoses": "age",
        "procedures": "settlement",
    }
    return replace(source, columns={**kept, **{n: ColumnRule(n, ((h,),)) for n, h in read.items()}})


@pytest.fixture()
def versions(city):
    """A city that changed its version in April."""

    def declare(**changes):
        told = {"crosswalk": "pairs.csv", **changes}
        kinds = {k: CodeVersions(k, ERAS, "insurance", **told) for k in ("diagnosis", "procedure")}
        return replace(city, code_versions=kinds)

    return declare


def case(diagnosis="", procedure="", out="2019-03-05", others="", procedures=""):
    return {
        "level": diagnosis,
        "way": procedure,
        "out": out,
        "in": out,
        "days": "1",
        "age": others,
        "settlement": procedures,
    }


EIGHT = [
    case("A09.900"),
    case("I20.800"),
    case("B99.900"),
    case("A09.900x001", out="2019-04-01"),
    case("B99.900", out="2019-04-01"),
    case(""),
    case("not a code", out="2019-03-31"),
    case("J18.900", "47.0100"),
]


def test_eight_rows(clean, coded, versions):
    got = clean(EIGHT, source=coded, city=versions(), references=References(crosswalks=WALK))
    codes = ["A09.900x001", "I25.100", "B99.900", "A09.900x001", "B99.900", None, "not a code", "J18.900"]
    assert [c if isinstance(c, str) else None for c in got.frame["principal_diagnosis"]] == codes
    assert got.frame["principal_procedure"].tolist()[7] == "47.0100x001"
    version = {2: "clinical", 5: "insurance"}
    for row, name in version.items():
        told = got.frame.set_index("source_row")["code_version"][row]
        assert told == f"diagnosis {name}; procedure {name}"
    flagged = {e.rule: e.rows_flagged for e in got.ledger if e.rule.startswith("code_")}
    assert flagged == {"code_notation": 0, "code_mapped": 3, "code_unmapped": 2, "code_invalid": 1}


def test_shares_by_column_and_year(clean, coded, versions):
    rows = [*EIGHT, case("B99.900", out="2018-12-31")]
    got = clean(rows, source=coded, city=versions(), references=References(crosswalks=WALK), start="2018-01")
    told = got.reviews["code_versions.csv"]
    columns = ["column", "year", "version", "cases", "mapped", "unmapped", "invalid", "changed_four"]
    assert told[columns].values.tolist() == [
        ["principal_diagnosis", 2018, "clinical", 1, 0, 1, 0, 0],
        ["principal_diagnosis", 2019, "clinical", 5, 3, 2, 1, 1],
        ["principal_diagnosis", 2019, "insurance", 2, 0, 0, 0, 0],
        ["principal_procedure", 2019, "clinical", 1, 1, 0, 0, 0],
    ]
    assert told["unmapped_share"].tolist() == [1.0, 0.4, 0.0, 0.0]
    assert told["changed_four_share"].tolist() == [0.0, 0.2, 0.0, 0.0]
    listed = got.reviews["codes_to_review.csv"]
    assert listed.values.tolist() == [
        ["principal_diagnosis", "clinical", "unmapped", "B99.900", 2, "a.csv:10"],
        ["principal_diagnosis", "clinical", "invalid", "AAA A AAAA", 1, "a.csv:8"],
    ]


def marked(got, rule: str) -> list[bool]:
    """Which of the kept rows a rule marked."""
    return ((got.frame["flags"] & got.flags[rule]) > 0).tolist()


@pytest.mark.parametrize(
    ("mend", "rows"),
    [
        (
            (),
            [
                ("A09900x001", "470100", "A09900x001", "470100", True, False),
                ("A17.000+", "47.0100", "A17.000+", "47.0100", False, False),
                ("Ａ17.000＊", "47.0100", "A17.000*", "47.0100", False, False),
            ],
        ),
        (
            ("dot",),
            [
                ("A09900x001", "470100", "A09.900x001", "47.0100", False, True),
                ("A09.900x001", "47.0100", "A09.900x001", "47.0100", False, False),
                ("I10x00x002", "992800x005", "I10.x00x002", "99.2800x005", False, True),
            ],
        ),
        (
            ("dot", "case"),
            [
                ("a09.900X001", "99.2800X005", "A09.900x001", "99.2800x005", False, True),
                ("a09900X001", "992800X005", "A09.900x001", "99.2800x005", False, True),
            ],
        ),
        (
            ("zeros", "suffix"),
            [
                ("A09.9", "47.01", "A09.900", "47.0100", False, True),
                ("A09", "3.95", "A09", "03.9500", False, True),
                ("A09.900x001", "99.2800x005", "A09.900x001", "99.2800x005", False, False),
                ("G01.x00*", "47.0100", "G01.x00", "47.0100", False, True),
                ("A17.000+", "47.0100", "A17.000", "47.0100", False, True),
            ],
        ),
    ],
)
def test_what_is_put_right(clean, coded, city, mend, rows):
    eras = (CodeEra("insurance"),)
    kinds = {k: CodeVersions(k, eras, "insurance", mend=mend) for k in ("diagnosis", "procedure")}
    given = [case(row[0], row[1]) for row in rows]
    got = clean(given, source=coded, city=replace(city, code_versions=kinds))
    codes = got.frame[["principal_diagnosis", "principal_procedure"]].values.tolist()
    marks = zip(marked(got, "code_invalid"), marked(got, "code_notation"), strict=True)
    assert [(*pair, *both) for pair, both in zip(codes, marks, strict=True)] == [row[2:] for row in rows]


CODES = ["A09", "A09.9", "A09.900", "A09.900x001", "I10.x00", "A09.900+", "G01*", ""]
NO_CODES = ["a09.900", "A9.900", "A09.", "A09.900x01", "A09;900", "A09.9001", "47.0100", "阑尾炎"]


def test_forms_of_diagnoses(clean, coded, city):
    kinds = {"diagnosis": CodeVersions("diagnosis", (CodeEra("insurance"),), "insurance")}
    rows = [case(code) for code in (*CODES, *NO_CODES)]
    got = clean(rows, source=coded, city=replace(city, code_versions=kinds))
    assert marked(got, "code_invalid") == [False] * len(CODES) + [True] * len(NO_CODES)
    assert set(got.frame["code_version"]) == {"diagnosis insurance"}
    assert "汉汉汉" in set(got.reviews["codes_to_review.csv"]["code"])


def test_lists_are_mapped_code_by_code_in_their_order(clean, coded, versions):
    rows = [
        case("A09.900", others="B99.900; A09.900;I20.800", procedures="47.0100"),
        case("A09.900", others="A09.900", out="2019-04-01"),
        case("A09.900"),
    ]
    got = clean(rows, source=coded, city=versions(), references=References(crosswalks=WALK))
    told = [v if isinstance(v, str) else None for v in got.frame["secondary_diagnoses"]]
    assert told == ["B99.900;A09.900x001;I25.100", "A09.900", None]
    assert got.frame["procedures"].tolist()[0] == "47.0100x001"


def test_without_versions_nothing_is_looked_at(clean, coded):
    got = clean(EIGHT, source=coded)
    assert "code_version" not in got.frame and got.reviews == {}
    assert not [e for e in got.ledger if e.rule.startswith("code_")]


def test_a_crosswalk_that_leads_elsewhere(clean, coded, versions, city):
    eras = (CodeEra("clincal", "2019-03"), CodeEra("insurance"))
    kinds = {"diagnosis": CodeVersions("diagnosis", eras, "insurance", "pairs.csv")}
    with pytest.raises(DataError, match="does not lead from clincal to insurance") as caught:
        clean(
            EIGHT,
            source=coded,
            city=replace(city, code_versions=kinds),
            references=References(crosswalks=WALK),
        )
    assert "did you mean 'clinical'" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("diagnosis,clinical,A09.900,insurance,A09.901,", "1 codes lead to several codes"),
        ("diagnosis,clinical,J18.900,insurance,J18.902,yes", "J18.900 (clinical): rows 4, 8"),
        ("diagnoses,clinical,A,insurance,B,", "did you mean 'diagnosis'"),
        ("diagnosis,clinical,,insurance,B,", "row 8: the column 'from_code' is empty"),
        ("diagnosis,clinical,A,insurance,B,maybe", "preferred is 'maybe'"),
        ("diagnosis,clinical,A,insurance,B", "row 8: has 5 fields"),
    ],
)
def test_what_is_wrong_with_a_crosswalk(line, told):
    with pytest.raises(StudyError) as caught:
        parse_crosswalk(f"{PAIRS}{line}\n", "w.csv")
    assert told in str(caught.value) and len(caught.value.problems) == 1


def test_a_preferred_code_is_taken():
    assert WALK["pairs.csv"].pairs["diagnosis", "clinical", "insurance"]["J18.900"] == "J18.900"


def test_threads_change_nothing(clean, coded, versions):
    rows = EIGHT * 20
    one, four = (
        clean(rows, source=coded, city=versions(), references=References(crosswalks=WALK), threads=n)
        for n in (1, 4)
    )
    assert one.frame.equals(four.frame) and one.ledger == four.ledger
    assert all(pd.DataFrame.equals(one.reviews[name], four.reviews[name]) for name in one.reviews)
