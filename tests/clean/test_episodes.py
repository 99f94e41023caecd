"""Bills and stays that belong together: which, in which order, under which name; nothing else changes."""

from dataclasses import replace

import pytest

from dipeval.study.model import ColumnRule

PERIODS = ("settlement_begin", "settlement_end")


@pytest.fixture()
def keyed(source):
    """The small format with persons (in the column of the level) and periods of settlements."""
    columns = {name: rule for name, rule in source.columns.items() if name != "level"}
    return replace(source, columns={**columns, "person": ColumnRule("person", (("level",),))})


def stay(visit: str, since: str, until: str, total: str = "100", **more: str) -> dict[str, str]:
    return {
        "visit": visit,
        "in": f"2019-{since}",
        "out": f"2019-{until}",
        "days": "",
        "total": total,
        "drug": total,
        "other": "0",
        **more,
    }


def episodes(got) -> list[tuple[int, str, int]]:
    """Row, row of the first part, part."""
    if "episode" not in got.frame:
        return []
    told = got.frame.dropna(subset=["episode"])
    rows = told[["source_row", "episode", "episode_part"]].itertuples(index=False)
    return sorted((int(row), str(first).removeprefix("a.csv:"), int(part)) for row, first, part in rows)


def test_parts_are_numbered_in_the_order_of_time_not_of_rows(clean):
    rows = [stay("V1", "03-20", "03-31"), stay("V2", "03-01", "03-02"), stay("V1", "03-01", "03-10"),
            stay("V1", "03-10", "03-20")]  # fmt: skip
    got = clean(rows)
    assert episodes(got) == [(2, "4", 3), (4, "4", 1), (5, "4", 2)]
    assert got.entry("interim_settlement").rows_flagged == 3
    assert got.rows == [2, 3, 4, 5] and got.frame["total_cost"].sum() == 40_000


def test_without_any_there_is_no_column(clean):
    got = clean([stay("V1", "03-01", "03-10"), stay("V2", "03-10", "03-12")])
    assert "episode" not in got.frame and "episode_part" not in got.frame
    assert got.entry("interim_settlement").rows_flagged == 0


@pytest.mark.parametrize(
    "second",
    [
        stay("V1", "03-05", "03-12"),
        stay("V1", "03-12", "03-13"),
        stay("V1", "03-10", "03-12", "0"),
        stay("V1", "03-10", "03-12", hospital="H2"),
        stay("V1", "03-10", "03-12", "-5"),
        stay("V1", "03-13", "03-12"),
    ],
    ids=["overlap", "gap", "nothing paid", "another hospital", "reversal", "dates in disorder"],
)
def test_bills_that_are_no_parts(clean, second):
    assert episodes(clean([stay("V1", "03-01", "03-10"), second, {}])) == []


def test_a_copy_is_no_part_and_a_settlement_again_is_none(clean):
    first = stay("V1", "03-01", "03-10", settlement="S1")
    again = stay("V2", "03-01", "03-10", settlement="S2")
    rows = [
        first,
        first,
        again,
        {**again, **stay("V2", "03-01", "03-10", "-100")},
        stay("V2", "03-10", "03-12"),
    ]
    got = clean(rows)
    assert episodes(got) == [] and got.rejected == {3: "duplicate", 4: "reversal", 5: "reversal"}


def test_the_city_sets_the_days_and_may_switch_both_off(clean):
    rows = [stay("V1", "03-01", "03-10"), stay("V1", "03-15", "03-17")]
    assert len(episodes(clean(rows, rules={"interim_settlement": {"days": 5}}))) == 2
    rows[1] = stay("V1", "03-10", "03-12")
    assert len(episodes(clean(rows))) == 2
    got = clean(rows, rules={"interim_settlement": False})
    assert episodes(got) == [] and got.entry("interim_settlement").note == "switched off in the city file"


def test_periods_of_settlements_decide_where_the_format_has_them(clean, source):
    given = ColumnRule("settlement_begin", (("age",),)), ColumnRule("settlement_end", (("self",),))
    columns = {n: r for n, r in source.columns.items() if n not in ("age", "self_paid")}
    told = replace(source, columns={**columns, **dict(zip(PERIODS, given, strict=True))})

    def bill(visit, since, until):
        return stay(visit, "03-01", "05-31", age=since and f"2019-{since}", self=until and f"2019-{until}")

    rows = [
        bill("V1", "03-01", "03-31"),
        bill("V1", "04-01", "04-30"),
        bill("V1", "05-01", "05-31"),
        bill("V2", "03-01", "04-02"),
        bill("V2", "04-01", "04-30"),
        bill("V3", "03-01", "03-31"),
        bill("V3", "", ""),
    ]
    assert episodes(clean(rows, source=told)) == [(2, "2", 1), (3, "2", 2), (4, "2", 3)]


def test_split_stays_need_persons_and_a_key(clean, keyed):
    rows = [stay("V1", "03-01", "03-10", level="P1"), stay("V2", "03-11", "03-12", level="P1")]
    assert "split_stay" not in [e.rule for e in clean(rows, source=keyed).ledger]
    assert episodes(clean(rows, source=keyed, key=True)) == [(2, "2", 1), (3, "2", 2)]


def test_split_stays_of_bills_in_parts(clean, keyed):
    """Two interim bills, then in again the next day, then a stay of its own; another person beside it."""
    rows = [
        stay("V2", "03-12", "03-14", level="P1"),
        stay("V1", "03-01", "03-06", level="P1"),
        stay("V1", "03-06", "03-11", level="P1"),
        stay("V3", "03-20", "03-22", level="P1"),
        stay("V4", "03-15", "03-16", level="P2"),
        stay("V5", "03-11", "03-12", level="P1", hospital="H2"),
        stay("V6", "04-01", "04-06", level="P3"),
        stay("V6", "04-06", "04-11", level="P3"),
    ]
    got = clean(rows, source=keyed, key=True)
    assert episodes(got) == [(2, "3", 3), (3, "3", 1), (4, "3", 2), (8, "8", 1), (9, "8", 2)]
    assert got.entry("interim_settlement").rows_flagged == 4
    assert got.entry("split_stay").rows_flagged == 3


@pytest.mark.parametrize("way", ["transfer", "community", "death"])
def test_who_left_for_elsewhere_was_not_split(clean, keyed, way):
    rows = [stay("V1", "03-01", "03-10", level="P1", way=way), stay("V2", "03-10", "03-12", level="P1")]
    assert episodes(clean(rows, source=keyed, key=True)) == []


def test_stays_inside_another_are_not_linked(clean, keyed):
    rows = [stay("V1", "03-01", "03-10", level="P1"), stay("V2", "03-02", "03-04", level="P1")]
    assert episodes(clean(rows, source=keyed, key=True)) == []


def test_threads_change_nothing(clean, keyed):
    rows = [
        stay(f"V{k // 2}", f"03-{1 + k % 20:02d}", f"03-{2 + k % 20:02d}", level=f"P{k % 7}")
        for k in range(60)
    ]
    one, four = (clean(rows, source=keyed, key=True, threads=n) for n in (1, 4))
    assert one.frame.equals(four.frame) and one.ledger == four.ledger and len(episodes(one)) > 10
