"""Lines for a terminal: aligned, and safe whatever a file holds."""

from dipeval.schema.plain_table import aligned, safe, width


def test_chinese_takes_two_columns():
    lines = aligned([["机构", "1"], ["a", "100"]], right=(1,))
    assert lines == ["机构    1", "a     100"]
    assert {width(line) for line in lines} == {9}


def test_nothing_in_a_cell_steers_the_terminal():
    assert safe("a\x1b[31m\nb\u202e\u2028c\x00") == "a [31m b c"
    assert safe("x" * 100, 10) == "x" * 9 + "…"


def test_no_rows_no_lines():
    assert aligned([]) == []
