"""Kind ``standardised``: means of costs and days by group, made comparable by the types of cases."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from dipeval.describe.cases.cells import where_word
from dipeval.describe.cases.folding import MOST_TO_FOLD
from dipeval.describe.cases.tally import tallied
from dipeval.describe.dimensions import Dimension, with_dimensions
from dipeval.describe.given import require_columns
from dipeval.describe.kind import CASES, Kind
from dipeval.describe.selection import selected, told
from dipeval.describe.standards.standard_frames import StandardFrames, mean_rows, ratio_rows
from dipeval.describe.standards.standardised import (
    FEW_HOSPITALS,
    FEWEST_HOSPITALS,
    standardised,
)
from dipeval.describe.standards.type_cells import REFERENCE, TYPE, type_cells
from dipeval.describe.standards.type_frames import SEPARATOR, type_rows
from dipeval.errors import DataError, Problem, nearest
from dipeval.results.exhibit import Exhibit
from dipeval.schema.periods import first_day, last_day
from dipeval.study.grammar import Key
from dipeval.vocabulary import columns, patient_covariates

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from dipeval.describe.given import Given
    from dipeval.results.relations import Sum
    from dipeval.study.descriptions import DescriptionChoice

STAGE = "standardised"
MEASURES = tuple(
    name
    for name, c in columns().items()
    if c.kind in ("money", "days") and c.role != "record" and name != "profit"
)
MOST_PLACES, MOST_PARTS = 3_000, 5_000_000
"""Places, and places × types, beyond which the tables are no tables and the matrices do not fit."""


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Of each measure a table of means, a forest plot of observed over expected and, if asked, a table of types.

    Raises
    ------
    DataError
        With all problems: columns that the cases lack, a dimension that is a type too, a reference that is no level
        or has no case, too many places or types.

    Notes
    -----
    Cost: one pass for the levels of each dimension, one for all sums, grouped by place, hospital and type; then
    places × types × hospitals in matrices.
    """
    engine, cases = given.stays
    options = choice.options
    measures, groups = list(options["measures"]), [str(options["by"])]
    groups += [str(options["over"])] if options["over"] else []
    types = list(dict.fromkeys(options["types"]))
    base = selected(cases, choice.where)
    require_columns(base, measures, STAGE)
    _refuse_names(groups, types)
    table, found = with_dimensions(engine, base, [*groups, *types], choice.bins, given.labels, MOST_TO_FOLD)
    dimensions = [found[name] for name in groups]
    kinds = tuple(found[name] for name in types)
    _refuse_size(dimensions, list(options["reference"]))
    marked = table.mutate(
        **{
            TYPE: _typed(table, kinds),
            REFERENCE: _reference(table, dimensions, options).cast("int64"),
        }
    )
    by = [d.column for d in dimensions]
    values = {m: marked[m].cast("int64") for m in measures}
    sums = {f"n_{m}": v.notnull().cast("int64") for m, v in values.items()} | {
        f"s_{m}": v for m, v in values.items()
    }
    squares = {f"q_{m}": (v, v) for m, v in values.items()}
    tally = tallied(engine, marked, [*by, TYPE, REFERENCE], sums, squares)
    made = []
    for measure in measures:
        frames = _frames(tally, measure, dimensions, kinds, choice)
        made += _Writer(given, choice, frames).exhibits()
    return made


def _typed(table: ir.Table, kinds: tuple[Dimension, ...]) -> ir.StringValue:
    """The type of a case as one word, in whose parts nothing looks like the mark between them."""
    words = [table[d.column].replace(SEPARATOR, " / ") for d in kinds]
    return reduce(lambda a, b: a + SEPARATOR + b, words)


def _refuse_names(groups: list[str], types: list[str]) -> None:
    problems = [
        Problem(name, "divides the cases and is a type too", "take it out of one of both")
        for name in groups
        if name in types
    ]
    if len(set(groups)) < len(groups):
        problems.append(Problem("over", "is the same as by", "name another one, or leave it out"))
    if not types:
        problems.append(Problem("types", "is empty", 'write types = ["diagnosis_category"]'))
    if problems:
        raise DataError(STAGE, problems)


def _refuse_size(dimensions: list[Dimension], reference: list[str]) -> None:
    levels = [level for d in dimensions for level in d.levels]
    problems = [
        Problem(f"reference {word}", "is no level of by or over", nearest(word, levels))
        for word in reference
        if word not in levels
    ]
    size = 1
    for dimension in dimensions:
        size *= len(dimension.levels) + 1
    if size > MOST_PLACES:
        problems.append(
            Problem("by, over", f"make {size} places, and {MOST_PLACES} are the most", "take coarser ones")
        )
    if not levels:
        problems.append(Problem("where", "leaves no case", "mend it, or leave this description out"))
    if problems:
        raise DataError(STAGE, problems)


def _reference(table: ir.Table, dimensions: list[Dimension], options: dict) -> ir.BooleanValue:
    """Whether a case is of the standard: all are, unless levels or a span say otherwise."""
    import ibis

    inside = ibis.literal(True)
    for dimension in dimensions:
        words = [word for word in options["reference"] if word in dimension.levels]
        if words:
            inside = inside & table[dimension.column].isin(words)
    if options["start"]:
        inside = inside & (table.discharge_date >= first_day(str(options["start"])))
    if options["end"]:
        inside = inside & (table.discharge_date <= last_day(str(options["end"])))
    return inside


def _frames(
    tally: pd.DataFrame,
    measure: str,
    dimensions: list[Dimension],
    kinds: tuple[Dimension, ...],
    choice: DescriptionChoice,
) -> StandardFrames:
    options = choice.options
    cells = type_cells(tally, [d.column for d in dimensions], measure)
    if not cells.reference_n.sum():
        what = f"has no case with a known {measure}"
        raise DataError(STAGE, [Problem("reference, start, end", what, "mend the reference, or the measure")])
    size = len(cells.places) * len(cells.types)
    if size > MOST_PARTS:
        what = f"make {len(cells.types)} types at {len(cells.places)} places"
        raise DataError(STAGE, [Problem("types", what, "take coarser types, or fewer places")])
    made = standardised(cells, float(options["least_coverage"]), float(options["level"]))
    part = f"known {measure}" if int(tally[f"n_{measure}"].sum()) < int(tally["n"].sum()) else ""
    over = dimensions[1] if len(dimensions) > 1 else None
    return StandardFrames(
        columns()[measure], cells, made, dimensions[0], over, kinds, where_word(choice.where), part
    )


class _Writer:
    """Puts frames, titles and notes of one measure together."""

    def __init__(self, given: Given, choice: DescriptionChoice, frames: StandardFrames):
        self.given, self.choice, self.frames = given, choice, frames

    def exhibits(self) -> list[Exhibit]:
        frames, options = self.frames, self.choice.options
        notes = [*self._how(), *self._errors()]
        stub = {"stub_en": frames.by.label_en, "stub_zh": frames.by.label_zh}
        means = self._exhibit("", "grid", ("", ""), mean_rows(frames), notes, stub, frames.sums())
        made = [replace(means, derived=frames.derived())]
        forest = {
            "unit": "ratio",
            "reference": 1.0,
            "log": True,
            "level": float(options["level"]),
            "axis_en": "Observed over expected",
            "axis_zh": "实际与期望之比",
        }
        title = (": observed over expected", "：实际与期望之比")
        made.append(
            self._exhibit("_ratio", "forest", title, ratio_rows(frames), notes, forest, frames.sums())
        )
        most = int(options["show_types"])
        if most:
            rows, sums = type_rows(frames, most)
            title = (": most frequent types", "：最常见类型")
            stub = {"stub_en": "Type", "stub_zh": "类型"}
            made.append(self._exhibit("_types", "grid", title, rows, self._about(), stub, sums))
        return made

    def _exhibit(
        self,
        suffix: str,
        kind: str,
        title: tuple[str, str],
        frame: pd.DataFrame,
        notes: list[tuple[str, str]],
        options: dict[str, object],
        sums: tuple[Sum, ...],
    ) -> Exhibit:
        measure = self.frames.measure
        own = f"{measure.label_en}, standardised by type of case", f"{measure.label_zh}（按病例类型标化）"
        english, chinese = self.choice.titles(*own)
        if self.choice.title_en and len(self.choice.options["measures"]) > 1:
            english, chinese = f"{english}: {measure.label_en}", f"{chinese}：{measure.label_zh}"
        return Exhibit(
            f"{self.choice.name}_{measure.name}{suffix}",
            kind,
            english + title[0],
            chinese + title[1],
            frame,
            tuple(note[0] for note in notes),
            tuple(note[1] for note in notes),
            self.given.synthetic,
            {"currency": self.given.currency, **options},
            sums,
        )

    def _about(self) -> list[tuple[str, str]]:
        frames = self.frames
        english = ", ".join(d.label_en.lower() for d in frames.types)
        chinese = "、".join(d.label_zh for d in frames.types)
        notes = [(f"Types of cases: {english}.", f"病例类型：{chinese}。")]
        if frames.part:
            notes.append(("Over the cases with a known value.", "仅含该项有记录的病例。"))
        return [*notes, *([told(self.choice.where)] if self.choice.where else [])]

    def _how(self) -> list[tuple[str, str]]:
        standard, least = self._standard(), float(self.choice.options["least_coverage"])
        return [
            *self._about(),
            (
                f"Standard: {standard[0]}. Direct: the place's mean of each type at the standard's mix of types; types that "
                f"the place lacks leave their weight to the others. Observed over expected: the sum over what the same cases "
                f"would have at the standard's mean of their type; times the standard's mean it is the indirectly "
                f"standardised mean. Below a coverage of {least:.0%} a standardised mean is undefined.",
                f"标准：{standard[1]}。直接标化：以标准的类型构成加权本组各类型均值，本组缺少的类型之权重由其余类型分担。"
                f"实际与期望之比：合计除以同样病例按标准各类型均值之和，乘以标准均值即间接标化均值。覆盖率低于{least:.0%}时标化均值无定义。",
            ),
        ]

    def _standard(self) -> tuple[str, str]:
        options = self.choice.options
        labels: dict[str, tuple[str, str]] = {}
        for dimension in (self.frames.by, self.frames.over):
            labels |= dict(dimension.labels) if dimension is not None else {}
        named = [labels[word] for word in options["reference"]]
        english = ["cases of " + ", ".join(n[0] for n in named) if named else "all cases"]
        chinese = ["、".join(n[1] for n in named) + "的病例" if named else "全部病例"]
        if options["start"]:
            english.append(f"from {options['start']}")
            chinese.append(f"自{options['start']}")
        if options["end"]:
            english.append(f"to {options['end']}")
            chinese.append(f"至{options['end']}")
        return " ".join(english), "，".join(chinese)

    def _errors(self) -> list[tuple[str, str]]:
        made, level = self.frames.made, float(self.choice.options["level"])
        notes = [
            (
                f"{level:.0%} intervals: delta method, the standard's own variance included, errors summed by hospital "
                f"(Student's t with hospitals less one). Places of fewer than {FEWEST_HOSPITALS} hospitals take their cases as "
                f"independent: their intervals say nothing about other hospitals. Ratios on the log scale.",
                f"{level:.0%}置信区间：delta法，含标准自身的方差，按医院聚类（t分布，自由度为医院数减一）；"
                f"医院数少于{FEWEST_HOSPITALS}家的组按病例独立处理，其区间不涉及其他医院。比值在对数尺度上计算。",
            )
        ]
        if made.reference_hospitals < FEWEST_HOSPITALS:
            notes.append(
                (
                    "The standard is of so few hospitals that it counts as fixed.",
                    "标准来自极少数医院，视为固定。",
                )
            )
        few = (made.hospitals >= FEWEST_HOSPITALS) & (made.hospitals < FEW_HOSPITALS)
        if few.any():
            notes.append(
                (
                    f"Errors of places of fewer than {FEW_HOSPITALS} hospitals are themselves uncertain.",
                    f"医院数少于{FEW_HOSPITALS}家的组，其标准误本身不确定。",
                )
            )
        return notes


KIND = Kind(
    layer=CASES,
    make=make,
    keys={
        "measures": Key("texts", default=("total_cost",), choices=MEASURES, doc="costs and days"),
        "by": Key("text", default="level", doc="groups: hospital, level, city, arm, when …"),
        "over": Key("text", default="", doc="a second dimension, whose levels are sections: when, year …"),
        "types": Key("texts", default=("diagnosis_category",), choices=patient_covariates()),
        "reference": Key(
            "texts", default=(), doc="levels whose cases are the standard; all cases unless told"
        ),
        "start": Key("period", default="", doc="first period of the standard"),
        "end": Key("period", default="", doc="last period of the standard"),
        "least_coverage": Key("number", default=0.8, low=0, high=1, doc="below it a mean is undefined"),
        "show_types": Key(
            "integer", default=0, low=0, doc="a table of so many types, the most frequent first"
        ),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
    },
    label_en="Means standardised by type of case (direct, indirect)",
    label_zh="按病例类型标化的均值（直接、间接）",
)
