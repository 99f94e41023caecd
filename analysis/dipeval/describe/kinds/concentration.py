"""Kind ``concentration``: Lorenz curves, Gini coefficients, top shares and Herfindahl indices.

Of an amount over cases (how unequal costs are), or of an amount or of cases over hospitals, disease types,
departments or anything else that a column names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.cases.cells import where_word
from dipeval.describe.cases.concentration import CASES as OVER_CASES
from dipeval.describe.cases.concentration import HOSPITALS, UNIT, VALUE, concentrations
from dipeval.describe.cases.concentration_frames import (
    ConcentrationWords,
    concentration_grid,
    lorenz_frame,
    parts_of,
)
from dipeval.describe.dimensions import Dimension, with_dimensions
from dipeval.describe.given import require_columns
from dipeval.describe.kind import CASES, Kind
from dipeval.describe.selection import selected, told
from dipeval.errors import DataError, Problem
from dipeval.panel.aggregation import integer_value
from dipeval.results.exhibit import Exhibit
from dipeval.study.grammar import Key
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.describe.given import Given
    from dipeval.study.descriptions import DescriptionChoice

STAGE = "concentration"
MOST_GROUPS = 8
COUNTED = "cases"
"""The amount that counts cases."""
AMOUNTS = tuple(
    name for name, c in columns().items() if c.kind in ("money", "days", "number") and c.role != "record"
)
UNITS = tuple(name for name, c in columns().items() if c.kind in ("text", "code") and c.role != "record")
UNDIVIDED = "by_everything"


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A Lorenz curve and a table.

    Raises
    ------
    DataError
        With all problems: columns that the cases lack, amounts below zero, no case, too many groups.

    Notes
    -----
    Cost: over cases two passes, and Python sees the distinct amounts of each group; over units one pass.
    """
    engine, cases = given.stays
    options = choice.options
    over, amount, by = str(options["over"]), str(options["amount"]), str(options["by"])
    tops = [float(top) for top in options["tops"]]
    _refuse(over, amount, tops)
    base = selected(cases, choice.where)
    require_columns(base, [n for n in (over, amount) if n not in (OVER_CASES, COUNTED)], STAGE)
    table, dimension = _divided(given, choice, base, by)
    table = _valued(table, over, amount)
    found = concentrations(engine, table, dimension.column, over, amount, parts_of(tops))
    words = ConcentrationWords(
        choice.name,
        where_word(choice.where),
        "" if amount == COUNTED and over == HOSPITALS else f"known={amount} over {over}",
        dimension,
        ("", "") if over == OVER_CASES else (columns()[over].label_en, columns()[over].label_zh),
        float(options["level"]),
    )
    return _exhibits(given, choice, words, lorenz_frame(found, words), concentration_grid(found, words, tops))


def _refuse(over: str, amount: str, tops: list[float]) -> None:
    problems = []
    if over == OVER_CASES and amount == COUNTED:
        problems.append(
            Problem("amount", "every case counts one: nothing is unequal", "name an amount, or units")
        )
    if not tops or not all(0 < top < 1 for top in tops) or tops != sorted(set(tops)):
        problems.append(Problem("tops", f"are {tops}", "write rising shares, like [0.01, 0.05, 0.1]"))
    if problems:
        raise DataError(STAGE, problems)


def _divided(given: Given, choice: DescriptionChoice, base: ir.Table, by: str) -> tuple[ir.Table, Dimension]:
    """Cases with the column of their group; one group where they are not divided."""
    import ibis

    if not by:
        return base.mutate(**{UNDIVIDED: ibis.literal("")}), Dimension("everything", ("",), {}, "", "")
    engine, _ = given.stays
    table, found = with_dimensions(engine, base, [by], choice.bins, given.labels)
    if len(found[by].levels) > MOST_GROUPS:
        what = f"has {len(found[by].levels)} levels, and {MOST_GROUPS} curves are drawn at most"
        raise DataError(STAGE, [Problem(by, what, "select some with `where`, or take a coarser one")])
    return table, found[by]


def _valued(table: ir.Table, over: str, amount: str) -> ir.Table:
    """Cases with a known amount and a known unit."""
    import ibis

    value = ibis.literal(1, "int64") if amount == COUNTED else integer_value(table, columns()[amount])
    made = {VALUE: value}
    if over == HOSPITALS:
        made[UNIT] = table.city + "/" + table.hospital
    elif over != OVER_CASES:
        made[UNIT] = table[over].cast("string").nullif("")
    known = table.mutate(**made)
    known = known.filter(known[VALUE].notnull())
    return known.filter(known[UNIT].notnull()) if UNIT in made else known


def _exhibits(
    given: Given, choice: DescriptionChoice, words: ConcentrationWords, curve: object, grid: tuple
) -> list[Exhibit]:
    amount = str(choice.options["amount"])
    label = (
        ("Cases", "病例数") if amount == COUNTED else (columns()[amount].label_en, columns()[amount].label_zh)
    )
    units = words.units if words.units[0] else ("case", "病例")
    titles = choice.titles(
        f"Concentration: {label[0][:1].lower()}{label[0][1:]} over {_plural(units[0])}",
        f"集中度：{label[1]}在{units[1]}间的分布",
    )
    notes = _notes(choice, words)
    said = (tuple(n[0] for n in notes), tuple(n[1] for n in notes), given.synthetic)
    axes = {
        "diagonal": True,
        "x_axis_en": f"Share of {_plural(units[0])}, the lowest first",
        "x_axis_zh": f"{units[1]}累计占比（由低到高）",
        "y_axis_en": f"Share of {label[0][:1].lower()}{label[0][1:]}",
        "y_axis_zh": f"{label[1]}累计占比",
        "x_unit": "share",
        "y_unit": "share",
    }
    stub = {
        "stub_en": words.dimension.label_en,
        "stub_zh": words.dimension.label_zh,
        "currency": given.currency,
    }
    frame, sums = grid
    return [
        Exhibit(choice.name, "curves", *titles, curve, *said, axes),
        Exhibit(f"{choice.name}_table", "grid", *titles, frame, *said, stub, sums),
    ]


def _plural(unit: str) -> str:
    return {"case": "cases", "Hospital": "hospitals"}.get(unit, f"levels of {unit[:1].lower()}{unit[1:]}")


def _notes(choice: DescriptionChoice, words: ConcentrationWords) -> list[tuple[str, str]]:
    notes = [told(choice.where)] if choice.where else []
    english = (
        f"Gini coefficient: mean difference of all pairs over twice the mean, with n² below; {words.level:.0%} interval by "
        "the jackknife, units taken as independent. Units with nothing count; equal ones need no order."
    )
    chinese = f"基尼系数：全部成对差的均值÷（2×均值），分母为n²；{words.level:.0%}置信区间用刀切法，单位间按独立处理；含金额为零者，并列者无需排序。"
    notes.append((english, chinese))
    notes.append(
        (
            "Top shares: part of the total that the highest units have, a fraction of a unit counted as such. Curves "
            "are drawn at tenths of the units.",
            "最高占比：金额最高的单位所占份额，不足一个单位按比例计入。曲线以十分位点绘制。",
        )
    )
    if words.units[0]:
        notes.append(
            (
                "Herfindahl index: sum of squared shares; its inverse is the number of equal units that would give it. "
                "Cases without the unit are left out.",
                "赫芬达尔指数：份额平方和，其倒数为等效单位数。无该单位记录的病例未纳入。",
            )
        )
    return notes


KIND = Kind(
    layer=CASES,
    make=make,
    keys={
        "over": Key(
            "text", default=OVER_CASES, choices=(OVER_CASES, *UNITS), doc="the units: cases, hospital …"
        ),
        "amount": Key("text", required=True, choices=(COUNTED, *AMOUNTS), doc="what is divided among them"),
        "by": Key("text", default="", doc="a dimension: a curve for each level"),
        "tops": Key("numbers", default=(0.01, 0.05, 0.1), doc="the highest units whose share is told"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
    },
    label_en="Concentration",
    label_zh="集中度",
)
