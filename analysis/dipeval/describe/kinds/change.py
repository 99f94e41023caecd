"""Kind ``change``: the change of institutions' totals between two spans, as accounts that add up to the fen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.describe.cases.cells import cell_name, place_sums, where_word
from dipeval.describe.cases.grid import COUNT, MONEY, TOTAL, Held, Word, entry, labelled
from dipeval.describe.cases.tally import ALL
from dipeval.describe.change_accounts import LINES, ChangeAccount, cells_of, change_account
from dipeval.describe.dimensions import Dimension, with_dimensions
from dipeval.describe.given import require_columns
from dipeval.describe.kind import CASES, Kind
from dipeval.describe.selection import selected, told
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.results.relations import Derived
from dipeval.schema.periods import first_day, last_day
from dipeval.study.grammar import Key
from dipeval.vocabulary import columns, patient_covariates

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.describe.given import Given
    from dipeval.study.descriptions import DescriptionChoice

MINOR = 100
MOMENTS = ("before", "after", "change")
STAGE = "change"
COMPONENTS = tuple(name for name, column in columns().items() if column.component)
TITLE = ("Why the totals of institutions changed", "机构总费用变化的来源")
COLUMNS = {
    "cases_before": Word("cases_before", "Cases before", "改革前病例数"),
    "cases_after": Word("cases_after", "Cases after", "改革后病例数"),
    "total_before": Word("total_before", "Total before", "前期总费用"),
    "total_after": Word("total_after", "Total after", "后期总费用"),
    "change": Word("change", "Change", "变化"),
    "volume": Word("volume", "Number of cases", "病例数"),
    "between_hospitals": Word("between_hospitals", "Between hospitals", "医院间转移"),
    "case_mix": Word("case_mix", "Case mix", "病例组合"),
    "coding": Word("coding", "Types within groups (coding)", "大类内构成（编码）"),
    "price_quantity": Word("price_quantity", "Price and quantity", "价格与用量"),
}
OF_LINES = ("Of which by", "其中")
HOW = (
    "The total is cases times mean cost. Each change is valued at the mean of both spans, so the lines add up to the change "
    "without a rest: number of cases; cases that move to other hospitals; case mix (shares of broad groups); coding (shares "
    "of types inside broad groups, which patients may cause too); price and quantity within types.",
    "总费用＝病例数×例均费用。各项变化按前后两期均值计价，各行之和与总变化相等：病例数；病例在医院间转移；病例组合（大类构成）；"
    "编码（大类内病种构成，也可能由病人变化引起）；病种内价格与用量。",
)


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """The accounts by group of hospitals, the lines of all together as bars, and the components.

    Raises
    ------
    DataError
        With all problems: columns that the cases lack, spans that overlap, a span without cases, a stay
        whose components do not make up its total.

    Notes
    -----
    Cost: one pass over the cases, grouped by hospital, span and type; one for the components.
    """
    engine, cases = given.stays
    options = choice.options
    parts = list(options["components"] or ())
    require_columns(cases, ["total_cost", *parts], STAGE)
    base = _sided(selected(cases, choice.where), options)
    names = [str(options["by"]), *options["broad"], *options["types"]]
    table, found = with_dimensions(engine, base, names, choice.bins, given.labels)
    by = found[names[0]]
    broad = _joined(table, [found[n] for n in options["broad"]])
    types = _joined(table, [found[n] for n in dict.fromkeys((*options["broad"], *options["types"]))])
    marked = table.mutate(broad_=broad, type_=types, unit_=table.city + "/" + table.hospital)
    keys = [by.column, "unit_", "side_", "broad_", "type_"]
    sums = {"n": marked.count(), "s": marked.total_cost.sum().cast("int64")}
    frame = engine.to_frame(marked.group_by(*keys).agg(**sums), order_by=keys)
    _refuse(frame)
    held = _held(frame, by)
    accounts = [_account(frame, by, level) for level in (*by.levels, TOTAL.key)]
    notes = [HOW, _spans(options), told(choice.where)]
    where = where_word(choice.where)
    made = [
        _grid(given, choice, accounts, by, held, notes, where),
        _bars(given, choice, accounts[-1], held, notes, where),
    ]
    if parts:
        amounts = engine.to_frame(_component_sums(marked, parts), order_by=["side_"])
        made.append(_components(given, choice, amounts, parts, held, notes, where))
    return made


def _sided(cases: ir.Table, options: dict) -> ir.Table:
    """Cases of the two spans, the earlier as side 0."""
    import ibis

    spans = [options["before"], options["after"]]
    if (
        any(len(span or ()) != 2 for span in spans)
        or not spans[0][0] <= spans[0][1] < spans[1][0] <= spans[1][1]
    ):
        what = "before and after are not two spans, one after the other"
        raise DataError(
            STAGE, [Problem("before, after", what, 'write before = ["2018-07", "2019-06"], after = [...]')]
        )
    day = cases.discharge_date
    inside = [day.between(first_day(str(a)), last_day(str(b))) for a, b in spans]
    side = ibis.cases((inside[0], 0), (inside[1], 1), else_=None)
    return cases.mutate(side_=side).filter(inside[0] | inside[1])


def _joined(table: ir.Table, dimensions: list[Dimension]) -> ir.StringValue:
    """The levels of several dimensions as one word."""
    import ibis

    words = [table[d.column] for d in dimensions]
    return reduce(lambda a, b: a + "/" + b, words) if words else ibis.literal("all")


def _refuse(frame: pd.DataFrame) -> None:
    empty = [word for side, word in ((0, "before"), (1, "after")) if side not in set(frame["side_"])]
    if empty:
        raise DataError(STAGE, [Problem(word, "has no case", "mend the span, or where") for word in empty])


def _account(frame: pd.DataFrame, by: Dimension, level: str) -> ChangeAccount:
    mine = frame if level == TOTAL.key else frame[frame[by.column] == level]
    rows = mine.groupby(["unit_", "side_", "broad_", "type_"], sort=True)[["n", "s"]].sum().reset_index()
    listed = [
        (str(u), int(d), str(b), str(t), int(n), int(s)) for u, d, b, t, n, s in rows.itertuples(index=False)
    ]
    return change_account(level, cells_of(listed))


def _held(frame: pd.DataFrame, by: Dimension) -> dict[tuple[str, str], tuple[float, float]]:
    """Cases and the largest hospital's share of them, by group and moment; a change rests on both moments."""
    found = {}
    for level in (*by.levels, TOTAL.key):
        mine = frame if level == TOTAL.key else frame[frame[by.column] == level]
        counts = mine.groupby(["side_", "unit_"])["n"].sum()
        for side, word in ((0, "before"), (1, "after")):
            part = counts[counts.index.get_level_values(0) == side]
            total = float(part.sum())
            found[level, word] = (total, float(part.max()) / total if total else float("nan"))
        both = [found[level, word] for word in ("before", "after")]
        found[level, "change"] = (min(n for n, _ in both), max(share for _, share in both))
    return found


def _moment(column: str) -> str:
    return column.rsplit("_", 1)[-1] if column.endswith(("_before", "_after")) else "change"


def _rows(
    accounts: list[ChangeAccount], by: Dimension, held: dict, where: str
) -> Iterator[dict[str, object]]:
    for account in accounts:
        row = TOTAL if account.group == TOTAL.key else labelled(account.group, by.labels)
        values = dict(zip(("cases_before", "cases_after"), account.cases, strict=True))
        values |= dict(zip(("total_before", "total_after"), account.totals, strict=True))
        values |= {"change": account.change, **account.lines}
        for name, column in COLUMNS.items():
            moment = _moment(name)
            place = {by.name: ALL if account.group == TOTAL.key else account.group}
            behind = Held(*held[account.group, moment], cell_name(where, place, moment))
            is_count = name.startswith("cases")
            value = values.get(name, float("nan")) / (1 if is_count else MINOR)
            cell = entry(row, column, COUNT if is_count else MONEY, value, behind)
            over = OF_LINES if name in LINES else ("", "")
            yield {**cell, "over": over[0], "over_en": over[0], "over_zh": over[1]}


def _grid(given, choice, accounts, by, held, notes, where) -> Exhibit:
    frame = pd.DataFrame(_rows(accounts, by, held, where))
    places = pd.DataFrame({by.name: [ALL if a.group == TOTAL.key else a.group for a in accounts]})
    sums = [s for moment in MOMENTS for s in place_sums(places, where, moment)]
    derived = [
        Derived(cell_name(where, place, "change"), _moments(where, place))
        for place in places.to_dict("records")
    ]
    stub = {"stub_en": by.label_en, "stub_zh": by.label_zh, "currency": given.currency}
    made = _exhibit(choice, "", "grid", *choice.titles(*TITLE), frame, notes, stub, given.synthetic)
    return replace(made, sums=tuple(sums), derived=tuple(derived))


def _moments(where: str, place: dict[str, str]) -> tuple[str, ...]:
    """Cells before and after; who knows the change and one of them knows the other."""
    return tuple(cell_name(where, place, moment) for moment in MOMENTS[:2])


def _bars(given, choice, account, held, notes, where) -> Exhibit:
    """All hospitals together: the lines of the change."""
    count, share = held[TOTAL.key, "change"]
    rows = [
        {
            "label_en": COLUMNS[name].en,
            "label_zh": COLUMNS[name].zh,
            "value": account.lines.get(name, float("nan")) / MINOR,
            "count": count,
            "largest_share": share,
            "cell": cell_name(where, {}, "change"),
        }
        for name in LINES
    ]
    title = choice.titles(*TITLE)
    options = {
        "unit": "currency",
        "currency": given.currency,
        "axis_en": "Change of the total",
        "axis_zh": "总费用变化",
    }
    return _exhibit(choice, "_lines", "bars", *title, pd.DataFrame(rows), notes, options, given.synthetic)


def _component_sums(marked: ir.Table, parts: list[str]) -> ir.Table:
    sums = {name: marked[name].sum().cast("int64") for name in (*parts, "total_cost")}
    known = reduce(add, [marked[name] for name in parts])
    apart = (known.isnull() | (known != marked.total_cost)).cast("int64")
    return marked.group_by("side_").agg(**sums, apart=apart.sum().cast("int64"))


def _components(given, choice, amounts, parts, held, notes, where) -> Exhibit:
    """The change of the total as the sum of the changes of its components."""
    apart = int(amounts["apart"].sum())
    if apart:
        what = f"{apart} stays have components that are missing or do not add up to the total"
        todo = "name all components of the format, or leave components out"
        raise DataError(STAGE, [Problem("components", what, todo)])
    by_side = amounts.set_index("side_")
    cells = []
    for name in (*parts, "total_cost"):
        label = columns()[name]
        row = TOTAL if name == "total_cost" else Word(name, label.label_en, label.label_zh)
        before, after = (int(by_side.loc[side, name]) for side in (0, 1))
        for key, value in (("total_before", before), ("total_after", after), ("change", after - before)):
            moment = _moment(key)
            behind = Held(*held[TOTAL.key, moment], cell_name(where, {}, moment))
            cells.append(entry(row, COLUMNS[key], MONEY, value / MINOR, behind))
    english, chinese = choice.titles(*TITLE)
    stub = {"stub_en": "Component", "stub_zh": "费用构成项", "currency": given.currency}
    titles = f"{english}: components", f"{chinese}：构成项"
    return _exhibit(choice, "_components", "grid", *titles, pd.DataFrame(cells), notes, stub, given.synthetic)


def _spans(options: dict) -> tuple[str, str]:
    (a, b), (c, d) = options["before"], options["after"]
    return f"Before: {a} to {b}; after: {c} to {d}.", f"前期：{a}至{b}；后期：{c}至{d}。"


def _exhibit(choice, suffix, kind, english, chinese, frame, notes, options, synthetic) -> Exhibit:
    said = [note for note in notes if note[0]]
    return bilingual(
        name=f"{choice.name}{suffix}",
        kind=kind,
        titles=(english, chinese),
        frame=frame,
        notes=said,
        synthetic=synthetic,
        options=options,
    )


KIND = Kind(
    layer=CASES,
    make=make,
    keys={
        "by": Key("text", default="level", doc="groups of hospitals: hospital, level, city, arm …"),
        "before": Key("texts", required=True, doc='first and last period, like ["2018-07", "2019-06"]'),
        "after": Key("texts", required=True, doc='first and last period, like ["2020-07", "2021-06"]'),
        "types": Key("texts", default=("diagnosis_category",), choices=patient_covariates()),
        "broad": Key(
            "texts", default=(), choices=patient_covariates(), doc="coarser groups around the types"
        ),
        "components": Key("texts", default=(), choices=COMPONENTS, doc="all components of the total"),
    },
    label_en="Change of institutions' totals: cases, case mix, coding, price and quantity, components",
    label_zh="机构总费用变化分解：病例数、病例组合、编码、价格与用量、构成项",
)
