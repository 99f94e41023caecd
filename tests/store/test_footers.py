"""Sums below a table, whole or with fewer fields than the header."""

from dataclasses import replace

import pytest

from dipeval.errors import DataError
from dipeval.store.raw import read_raw
from dipeval.store.typed import read_typed

HEADER = "ORG,XM,BAH,XB,CYSJ,ZFY"
ROW = "H1,虚拟患者,V1,1,2019-03-01,100.00"


@pytest.fixture()
def with_sums(source):
    return replace(source, total_rows="reject")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize(
    "footer", [["合计,100"], ["合 计：", "总计,,1"], ['"合计","100"', "", "制表,合计", ""]]
)
def test_short_sums_at_the_end_are_passed_over_and_told(engine, city, with_sums, write, footer, encoding):
    declared = replace(with_sums, encoding=encoding)
    raw = read_raw(engine, city, declared, write([HEADER, ROW, ROW, *footer], encoding=encoding))
    assert raw.files[0].rows == 2 and engine.count(raw.table) == 2
    sums = [str(k) for k, line in enumerate(footer, 4) if line]
    assert raw.files[0].notes == (f"short rows of sums passed over: {', '.join(sums)}",)
    assert raw.files[0].notes[0] in raw.ledger.entries[0].note
    assert engine.count(read_typed(engine, city, declared, raw).table) == 2


def test_whole_sums_go_to_the_rule_that_rejects_them(engine, city, with_sums, write):
    raw = read_raw(engine, city, with_sums, write([HEADER, ROW, "合计,,,,,100", "合计,100"]))
    frame = engine.to_frame(raw.table, ("source_row",))
    assert frame["is_total_row"].tolist() == [False, True]
    assert raw.files[0].notes == ("short rows of sums passed over: 4",)


def told(engine, city, source, files) -> list:
    with pytest.raises(DataError) as error:
        read_raw(engine, city, source, files)
    return list(error.value.problems)


def test_sums_that_the_format_does_not_declare(engine, city, source, write):
    (found,) = told(engine, city, source, write([HEADER, ROW, "合计,100"]))
    assert "a total row stands below the data" in found.what and found.evidence == ("row 3",)


def test_a_short_sum_among_the_data_is_a_fault(engine, city, with_sums, write):
    (found,) = told(engine, city, with_sums, write([HEADER, ROW, "小计,100", ROW, "合计,200"]))
    assert "too few fields" in found.what and found.evidence == ("row 3",)


def test_a_short_row_that_is_no_sum_is_a_fault(engine, city, with_sums, write):
    (found,) = told(engine, city, with_sums, write([HEADER, ROW, "H1,合计医院"]))
    assert "cut off" in found.what


def test_nothing_but_a_sum(engine, city, with_sums, write):
    (found,) = told(engine, city, with_sums, write([HEADER, "合计,100"]))
    assert "no rows" in found.what
