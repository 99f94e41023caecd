"""Amounts in another unit by file, hospital and time, and headers that name a unit."""

from dataclasses import replace

import pytest

from dipeval.errors import DataError
from dipeval.store.raw import read_raw
from dipeval.store.typed import read_typed
from dipeval.study.model import Era, OtherUnit, RawFile

HEADER = "ORG,BAH,XB,CYSJ,ZFY,XYF"
NAMES = ("small/a.csv", "small/b.csv")
ROWS = ["H1,1,1,2018-12-31,2,1", "H1,2,1,2019-01-01,2,1", "H2,3,1,2018-12-31,2,1", "H2,4,1,2019-01-01,2,1"]
WAN = "ten_thousand_yuan"
BIG, PLAIN = 2_000_000, 200


@pytest.fixture()
def amounts(engine, city, source, write):
    """Total costs by file, of two files with the same rows."""

    def read(changes: dict, source=source, header: str = HEADER) -> dict[str, list[int]]:
        files = [write([header, *ROWS], name)[0] for name in NAMES]
        told = replace(city, **{"files": tuple(RawFile(name) for name in NAMES), **changes})
        raw = read_raw(engine, told, source, files)
        frame = engine.to_frame(read_typed(engine, told, source, raw).table, ("source_file", "source_row"))
        assert len(frame) == 8
        return {name: frame.loc[frame["source_file"] == name, "total_cost"].tolist() for name in NAMES}

    return read


@pytest.mark.parametrize(
    ("span", "first", "second"),
    [
        (OtherUnit(WAN, file=NAMES[0]), [BIG] * 4, [PLAIN] * 4),
        (OtherUnit(WAN, hospital="H2"), [PLAIN, PLAIN, BIG, BIG], [PLAIN, PLAIN, BIG, BIG]),
        (OtherUnit(WAN, hospital="Ｈ2"), [PLAIN, PLAIN, BIG, BIG], [PLAIN, PLAIN, BIG, BIG]),
        (OtherUnit(WAN, since="2019"), [PLAIN, BIG, PLAIN, BIG], [PLAIN, BIG, PLAIN, BIG]),
        (OtherUnit(WAN, until="2018-12"), [BIG, PLAIN, BIG, PLAIN], [BIG, PLAIN, BIG, PLAIN]),
        (OtherUnit(WAN, file=NAMES[1], hospital="H1", until="2018Q4"), [PLAIN] * 4, [BIG, *[PLAIN] * 3]),
        (OtherUnit(WAN, columns=("drug_cost",), file=NAMES[0]), [PLAIN] * 4, [PLAIN] * 4),
        (OtherUnit("fen", columns=("total_cost",), file=NAMES[0]), [2] * 4, [PLAIN] * 4),
    ],
)
def test_other_units(amounts, span, first, second):
    assert amounts({"other_units": (span,)}) == {NAMES[0]: first, NAMES[1]: second}


def test_a_file_has_its_own_unit(amounts):
    files = (RawFile(NAMES[0]), RawFile(NAMES[1], units={"total_cost": WAN}))
    assert amounts({"files": files}) == {NAMES[0]: [PLAIN] * 4, NAMES[1]: [BIG] * 4}


def test_the_most_special_word_counts(amounts, source):
    """A span of the city before a file's unit before the city's unit before an era of the format."""
    rule = replace(source.columns["total_cost"], eras=(Era("2018", "2018", "fen"),))
    dated = replace(source, columns={**source.columns, "total_cost": rule})
    files = (RawFile(NAMES[0]), RawFile(NAMES[1], units={"total_cost": WAN}))
    span = OtherUnit("yuan", hospital="H2", file=NAMES[1])
    assert amounts({"files": files, "other_units": (span,)}, dated) == {
        NAMES[0]: [2, PLAIN, 2, PLAIN],
        NAMES[1]: [BIG, BIG, PLAIN, PLAIN],
    }
    assert amounts({"units": {"total_cost": WAN}}, dated) == {NAMES[0]: [BIG] * 4, NAMES[1]: [BIG] * 4}


WAN_HEADER = HEADER.replace("ZFY", "总费用（万元）")


def test_a_header_that_names_another_unit_is_an_error(amounts):
    with pytest.raises(DataError) as caught:
        amounts({}, header=WAN_HEADER)
    assert [p.where for p in caught.value.problems] == [f"{name}, column total_cost" for name in NAMES]
    said = str(caught.value)
    assert "the header '总费用（万元）' says ten_thousand_yuan, but yuan is declared" in said
    assert 'units = { total_cost = "ten_thousand_yuan" }' in said


def test_a_header_that_names_the_declared_unit(amounts):
    assert amounts({"units": {"total_cost": WAN}}, header=WAN_HEADER)[NAMES[0]] == [BIG] * 4
    files = tuple(RawFile(name, units={"total_cost": WAN}) for name in NAMES)
    assert amounts({"files": files}, header=WAN_HEADER)[NAMES[0]] == [BIG] * 4
    assert amounts({}, header=HEADER.replace("ZFY", "ZFY(元)"))[NAMES[0]] == [PLAIN] * 4


def test_a_header_may_name_one_of_several_units_of_its_file(amounts):
    span = OtherUnit(WAN, hospital="H2")
    assert amounts({"other_units": (span,)}, header=WAN_HEADER)[NAMES[0]] == [PLAIN, PLAIN, BIG, BIG]
