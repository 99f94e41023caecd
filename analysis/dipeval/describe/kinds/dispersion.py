"""Kind ``dispersion``: the variance of log costs or days, between and within hospitals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.describe.cases.cells import cell_name, place_sums, where_word
from dipeval.describe.cases.dispersion import Dispersion, dispersion
from dipeval.describe.cases.grid import COUNT, NUMBER, SHARE, TOTAL, Held, Word, entry
from dipeval.describe.cases.tally import ALL, tallied, with_margins
from dipeval.describe.dimensions import Dimension, with_dimensions
from dipeval.describe.given import require_columns
from dipeval.describe.kind import CASES, Kind
from dipeval.describe.selection import selected, told
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.study.grammar import Key
from dipeval.vocabulary import NANO, columns

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.study.descriptions import DescriptionChoice

STAGE = "dispersion"
MEASURES = tuple(
    name
    for name, c in columns().items()
    if c.kind in ("money", "days") and c.role != "record" and name != "profit"
)
MOST_PLACES = 500
HEADS = (
    Word("cases", "Cases", "病例数"),
    Word("total", "Variance of the logarithm", "对数方差"),
    Word("within", "Within hospitals", "医院内"),
    Word("between", "Between hospitals", "医院间"),
    Word("between_share", "Between, share", "医院间占比"),
    Word("intraclass", "Intraclass correlation", "组内相关系数"),
)
HOW = (
    "Variance of the natural logarithm over cases = within hospitals + between hospitals. The intraclass correlation is that "
    "of the analysis of variance (Donner 1986); below 0 hospitals are more alike than chance makes them. Cases of zero have "
    "no logarithm and are left out.",
    "自然对数的方差（按病例）＝医院内＋医院间。组内相关系数为方差分析估计（Donner 1986），小于0表示医院间差异小于随机水平。"
    "金额或天数为零者无对数，未计入。",
)
TITLE = ("spread between and within hospitals", "医院间与医院内离散程度")
Places = list[tuple[str, str | None, Dispersion]]


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Of each measure a table, and bars of the two parts.

    Raises
    ------
    DataError
        With all problems: columns that the cases lack, one dimension named twice, too many places, no case.

    Notes
    -----
    Cost: one pass for the levels of each dimension, one for all sums.
    """
    engine, cases = given.stays
    options = choice.options
    measures = list(options["measures"])
    names = [str(options["by"]), *([str(options["over"])] if options["over"] else [])]
    if len(set(names)) < len(names):
        raise DataError(STAGE, [Problem("over", "is the same as by", "name another one, or leave it out")])
    base = selected(cases, choice.where)
    require_columns(base, measures, STAGE)
    table, found = with_dimensions(engine, base, names, choice.bins, given.labels)
    dimensions = [found[name] for name in names]
    _refuse(dimensions)
    by = [d.column for d in dimensions]
    logs = {m: (table[m].nullif(0).ln() * NANO).round().cast("int64") for m in measures}
    sums = {f"n_{m}": v.notnull().cast("int64") for m, v in logs.items()}
    sums |= {f"s_{m}": v for m, v in logs.items()}
    tally = tallied(engine, table, by, sums, {f"q_{m}": (v, v) for m, v in logs.items()})
    whole = with_margins(tally, by, by[:1])
    made = []
    for measure in measures:
        places = _places(whole, dimensions, measure)
        lacks = int(tally[f"n_{measure}"].sum()) < int(tally["n"].sum())
        part = f"positive {measure}" if lacks else ""
        made += _exhibits(given, choice, measure, places, dimensions, part)
    return made


def _refuse(dimensions: list[Dimension]) -> None:
    size = 1
    for dimension in dimensions:
        size *= len(dimension.levels) + 1
    if not dimensions[0].levels:
        raise DataError(STAGE, [Problem("where", "leaves no case", "mend it, or leave this description out")])
    if size > MOST_PLACES:
        what = f"make {size} places, and {MOST_PLACES} are the most"
        raise DataError(STAGE, [Problem("by, over", what, "take coarser ones")])


def _places(whole: pd.DataFrame, dimensions: list[Dimension], measure: str) -> Places:
    """The dispersion at each place in the order of the table; places without a value are not there."""
    parts = [f"{part}_{measure}" for part in "nsq"]
    groups = {
        key: part for key, part in whole.groupby([d.column for d in dimensions], sort=True) if len(part)
    }
    sections = dimensions[1].levels if len(dimensions) > 1 else (None,)
    found: Places = []
    for section in sections:
        for level in (*dimensions[0].levels, ALL):
            part = groups.get((level,) if section is None else (level, section))
            if part is None:
                continue
            rows = [tuple(map(int, row)) for row in part[parts].itertuples(index=False)]
            made = dispersion(rows, NANO)
            if made.cases:
                found.append((level, section, made))
    return found


def _exhibits(
    given: Given,
    choice: DescriptionChoice,
    measure: str,
    places: Places,
    dimensions: list[Dimension],
    part: str,
) -> list[Exhibit]:
    label = columns()[measure]
    own = f"{label.label_en}: {TITLE[0]}", f"{label.label_zh}：{TITLE[1]}"
    english, chinese = choice.titles(*own)
    if choice.title_en and len(choice.options["measures"]) > 1:
        english, chinese = f"{english}: {label.label_en}", f"{chinese}：{label.label_zh}"
    notes = [HOW, *([told(choice.where)] if choice.where else [])]
    rows, bars, shown = [], [], []
    for level, section, made in places:
        place = _place(dimensions, level, section)
        shown.append(place)
        held = Held(made.cases, made.largest_share, cell_name(where_word(choice.where), place, part))
        heads = _heads(dimensions, level, section)
        rows += _cells(made, held, *heads, section)
        bars += _bars(made, held, *heads)
    sums = place_sums(pd.DataFrame(shown), where_word(choice.where), part, [dimensions[0].name])
    stub = {"stub_en": dimensions[0].label_en, "stub_zh": dimensions[0].label_zh}
    axis = {"axis_en": "Variance of the logarithm", "axis_zh": "对数方差", "unit": "number"}
    said = tuple(n[0] for n in notes), tuple(n[1] for n in notes)
    name = f"{choice.name}_{measure}"
    return [
        Exhibit(name, "grid", english, chinese, pd.DataFrame(rows), *said, given.synthetic, stub, sums),
        Exhibit(
            f"{name}_parts", "bars", english, chinese, pd.DataFrame(bars), *said, given.synthetic, axis, sums
        ),
    ]


def _place(dimensions: list[Dimension], level: str, section: str | None) -> dict[str, str]:
    return {dimensions[0].name: level} | ({dimensions[1].name: section} if section is not None else {})


def _heads(dimensions: list[Dimension], level: str, section: str | None) -> tuple[Word, tuple[str, str]]:
    """The head of a row, and the heading above it."""
    head = TOTAL if level == ALL else Word(level, *dimensions[0].labels[level])
    return head, dimensions[1].labels[section] if section is not None else ("", "")


def _cells(
    made: Dispersion, held: Held, head: Word, heading: tuple[str, str], section: str | None
) -> Iterator[dict[str, object]]:
    row = head if section is None else head._replace(key=f"{section}/{head.key}")
    forms = {"cases": COUNT, "between_share": SHARE}
    for column in HEADS:
        value = float(getattr(made, column.key))
        yield entry(row, column, forms.get(column.key, NUMBER), value, held, section=heading)


def _bars(made: Dispersion, held: Held, head: Word, heading: tuple[str, str]) -> Iterator[dict[str, object]]:
    for part in (HEADS[2], HEADS[3]):
        yield {
            "label_en": f"{heading[0]} · {head.en}" if heading[0] else head.en,
            "label_zh": f"{heading[1]} · {head.zh}" if heading[1] else head.zh,
            "group": part.key,
            "group_en": part.en,
            "group_zh": part.zh,
            "value": float(getattr(made, part.key)),
            "count": held.count,
            "largest_share": held.largest_share,
            "cell": held.cell,
        }


KIND = Kind(
    layer=CASES,
    make=make,
    keys={
        "measures": Key("texts", default=("total_cost",), choices=MEASURES, doc="costs and days"),
        "by": Key("text", default="arm", doc="groups of cases: arm, level, city …"),
        "over": Key("text", default="", doc="a second dimension, whose levels are sections: when, year …"),
    },
    label_en="Spread of costs between and within hospitals",
    label_zh="费用在医院间与医院内的离散程度",
)
