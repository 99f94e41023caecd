"""Kind ``rates``: settlement rate, reimbursement ratio, drug share, cost per case … by one to three dimensions.

The last dimension stands across the table and is what tests compare; of three, the first makes sections.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from dipeval.describe.cases.cells import where_word
from dipeval.describe.cases.folding import MOST_TO_FOLD, folded
from dipeval.describe.cases.grid import said_of
from dipeval.describe.cases.rate_table import ERRORS, RateTable, rate_tables
from dipeval.describe.cases.rate_tests import LABELS, TESTS, rate_tests
from dipeval.describe.cases.rates import (
    RateFrames,
    curves,
    forest,
    many_way_grid,
    matrix,
    one_way_grid,
)
from dipeval.describe.cases.ratio_interval import FEW_HOSPITALS
from dipeval.describe.cases.ratio_outcome import ratio_outcomes
from dipeval.describe.comparison import Comparison
from dipeval.describe.dimensions import MISSING, MOST_LEVELS, Dimension, with_dimensions
from dipeval.describe.kind import CASES, Kind
from dipeval.describe.selection import selected, told
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import Derived, Sum
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from dipeval.describe.given import Given
    from dipeval.store.contract import TableEngine
    from dipeval.study.descriptions import DescriptionChoice

STAGE = "rates"
MOST_DIMENSIONS = 3
MOST_CELLS = 3_000
"""More cells than this are no table, and would keep the disclosure gate busy for minutes."""
MOST_SERIES = 8
TIMES = ("period", "year")
RATIOS = tuple(name for name, outcome in outcomes().items() if outcome.kind == "ratio")
Tests = dict[tuple[str, ...], Comparison]


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Tables and figures of each outcome.

    Raises
    ------
    DataError
        With all problems: outcomes or dimensions that the cases lack, no case, too many cells.

    Notes
    -----
    Cost: one pass for the levels, one to count hospitals, one for all sums; two groupings by value for each
    outcome that is compared by ranks.
    """
    engine, cases = given.stays
    options = choice.options
    by = list(options["by"])
    base = selected(cases, choice.where)
    _refuse_by(by)
    ratios = ratio_outcomes(list(options["outcomes"]), base.columns, 100)
    most = MOST_TO_FOLD if options["top"] else MOST_LEVELS
    table, found = with_dimensions(engine, base, by, choice.bins, given.labels, most)
    dimensions = [found[name] for name in by]
    table, dimensions[0] = folded(
        engine, table, dimensions[0], int(options["top"]), f"other of {choice.name}"
    )
    _refuse_size(dimensions)
    made = rate_tables(
        engine,
        table,
        [d.column for d in dimensions],
        ratios,
        level=float(options["level"]),
        errors=str(options["errors"]),
    )
    frames = [RateFrames(choice.name, where_word(choice.where), t, tuple(dimensions)) for t in made]
    tests = {f.table.ratio.name: _tested(engine, table, f, str(options["test"])) for f in frames}
    writer = _Writer(given, choice, frames, tests)
    return writer.one_way() if len(by) == 1 else writer.many_way()


def _refuse_by(by: Sequence[str]) -> None:
    problems = [
        Problem(f"by {name}", "is named twice", "name it once")
        for name in dict.fromkeys(n for n in by if list(by).count(n) > 1)
    ]
    if not 1 <= len(by) <= MOST_DIMENSIONS:
        problems.append(Problem("by", f"names {len(by)} dimensions", "name one, two or three"))
    if problems:
        raise DataError(STAGE, problems)


def _refuse_size(dimensions: Sequence[Dimension]) -> None:
    if not dimensions[-1].levels:
        raise DataError(STAGE, [Problem("where", "leaves no case", "mend it, or leave this description out")])
    cells = prod(len(d.levels) + 1 for d in dimensions)
    if cells > MOST_CELLS:
        told_of = tuple(f"{d.name}: {len(d.levels)} levels" for d in dimensions)
        todo = "write top = 20 for the first dimension, or take coarser ones"
        raise DataError(
            STAGE, [Problem("by", f"makes {cells} cells, and {MOST_CELLS} are the most", todo, told_of)]
        )


def _tested(engine: TableEngine, table: ir.Table, frames: RateFrames, test: str) -> Tests:
    """Tests between the levels of the last dimension; those without a level are not compared."""
    if not test:
        return {}
    levels = [level for level in frames.dimensions[-1].levels if level != MISSING]
    return rate_tests(engine, table, frames.table, levels, test)


class _Writer:
    """Puts frames, titles and notes together."""

    def __init__(
        self, given: Given, choice: DescriptionChoice, frames: Sequence[RateFrames], tests: dict[str, Tests]
    ):
        self.given, self.choice, self.frames, self.tests = given, choice, frames, tests

    def one_way(self) -> list[Exhibit]:
        """One table of all outcomes, and a forest plot of each."""
        compared = {name: made[()] for name, made in self.tests.items() if made}
        grid, sums, derived = one_way_grid(self.frames, compared)
        first = self.frames[0]
        dimension = first.dimensions[0]
        titles = self._titles()
        made = [
            self._exhibit(
                f"{self.choice.name}_table",
                "grid",
                titles,
                grid,
                {**self._stub(dimension), "unit_heads": True},
                self.frames,
                sums,
                derived,
            )
        ]
        for frames in self.frames:
            shown, total = forest(frames)
            name = f"{self.choice.name}_{frames.table.ratio.name}"
            options = {**self._unit(frames), "level": float(self.choice.options["level"])}
            made.append(self._exhibit(name, "forest", self._titles(frames), shown, options, [frames], total))
        return made

    def many_way(self) -> list[Exhibit]:
        """For each outcome a table, a heat map and, over periods, curves; one table of cases."""
        made = []
        others = self.frames[0].dimensions[:-1]
        for frames in self.frames:
            name, titles = f"{self.choice.name}_{frames.table.ratio.name}", self._titles(frames)
            shown, sums = matrix(frames)
            made.append(self._exhibit(name, "matrix", titles, shown, self._unit(frames), [frames], sums))
            if frames.dimensions[-1].name in TIMES:
                options = self._of_curves(frames)
                lines = curves(frames, MOST_SERIES)
                made.append(self._exhibit(f"{name}_curves", "curves", titles, lines, options, [frames]))
            grid, sums, derived = many_way_grid(frames, self.tests[frames.table.ratio.name])
            stub = self._stub(others[-1])
            made.append(self._exhibit(f"{name}_table", "grid", titles, grid, stub, [frames], sums, derived))
        first = self.frames[0]
        grid, sums, _ = many_way_grid(first, {}, counts=True)
        by = self._by()
        titles = f"Cases by {by[0]}", f"病例数：按{by[1]}"
        made.append(
            self._exhibit(
                f"{self.choice.name}_cases_table", "grid", titles, grid, self._stub(others[-1]), [], sums
            )
        )
        return made

    def _exhibit(
        self,
        name: str,
        kind: str,
        titles: tuple[str, str],
        frame: pd.DataFrame,
        options: dict[str, object],
        about: Sequence[RateFrames],
        sums: tuple[Sum, ...] = (),
        derived: tuple[Derived, ...] = (),
    ) -> Exhibit:
        notes = self._notes(about)
        return Exhibit(
            name,
            kind,
            *titles,
            frame,
            tuple(n[0] for n in notes),
            tuple(n[1] for n in notes),
            self.given.synthetic,
            {"currency": self.given.currency, **options},
            sums,
            derived,
        )

    def _by(self) -> tuple[str, str]:
        dimensions = self.frames[0].dimensions
        english = [d.label_en[:1].lower() + d.label_en[1:] for d in dimensions]
        *before, last = english
        joined = f"{', '.join(before)} and {last}" if before else last
        *before, last = [d.label_zh for d in dimensions]
        return joined, f"{'、'.join(before)}和{last}" if before else last

    def _titles(self, frames: RateFrames | None = None) -> tuple[str, str]:
        """The study's own title, with the outcome where there are several, or outcome and dimensions."""
        by = self._by()
        if frames is None:
            return self.choice.titles(f"Rates by {by[0]}", f"各项指标：按{by[1]}")
        outcome = frames.table.ratio.outcome
        if not self.choice.title_en or len(self.frames) > 1:
            own = f"{outcome.label_en}: by {by[0]}", f"{outcome.label_zh}：按{by[1]}"
            ahead = f"{self.choice.title_en}. " if self.choice.title_en else ""
            ahead_zh = f"{self.choice.title_zh}：" if self.choice.title_zh else ""
            return ahead + own[0], ahead_zh + own[1]
        return self.choice.title_en, self.choice.title_zh or self.choice.title_en

    def _stub(self, dimension: Dimension) -> dict[str, object]:
        return {"stub_en": dimension.label_en, "stub_zh": dimension.label_zh}

    def _unit(self, frames: RateFrames) -> dict[str, object]:
        outcome = frames.table.ratio.outcome
        return {"unit": outcome.unit, "axis_en": outcome.label_en, "axis_zh": outcome.label_zh}

    def _of_curves(self, frames: RateFrames) -> dict[str, object]:
        outcome, last = frames.table.ratio.outcome, frames.dimensions[-1]
        return {
            "y_unit": outcome.unit,
            "y_axis_en": outcome.label_en,
            "y_axis_zh": outcome.label_zh,
            "x_axis_en": last.label_en,
            "x_axis_zh": last.label_zh,
            "periods": True,
        }

    def _notes(self, about: Sequence[RateFrames]) -> list[tuple[str, str]]:
        notes = [told(self.choice.where)] if self.choice.where else []
        for frames in about:
            notes += _of_ratio(frames.table, float(self.choice.options["level"]))
            made = self.tests[frames.table.ratio.name]
            notes += _of_tests(made, str(self.choice.options["test"]))
        return list(dict.fromkeys(notes))


def _of_ratio(table: RateTable, level: float) -> list[tuple[str, str]]:
    """What the ratio is made of, and what its interval is."""
    outcome = table.ratio.outcome
    notes = []
    if not table.ratio.counts_cases:
        english = f"{outcome.label_en}: sum over cases divided by sum over cases, not the mean of the cases' ratios."
        notes.append((english, f"{outcome.label_zh}：合计之比，而非各病例比率的均值。"))
    if outcome.unit == "share":
        notes.append((f"{outcome.label_en} is in per cent.", f"{outcome.label_zh}以百分比（%）表示。"))
    if table.clustered:
        english = f"{level:.0%} intervals: linearised ratio, errors clustered by hospital."
        notes.append((english, f"{level:.0%}置信区间：比率的线性化估计，按医院聚类。"))
    else:
        english = (
            f"{level:.0%} intervals take cases as independent (Wilson's for shares of cases, else the linearised "
            f"ratio); unless a study says otherwise, errors are clustered from {FEW_HOSPITALS} hospitals on."
        )
        chinese = f"{level:.0%}置信区间：病例按独立处理（病例构成比用Wilson法，其余为比率的线性化估计）。"
        notes.append((english, chinese))
    if table.missing:
        english = f"{outcome.label_en}: over the cases of which both numbers are known."
        notes.append((english, f"{outcome.label_zh}：仅含分子与分母均有记录的病例。"))
    return notes


def _of_tests(made: Tests, test: str) -> list[tuple[str, str]]:
    if not made:
        return []
    name = LABELS[test]
    notes = [note for result in made.values() for note in said_of(result, name)]
    english = f"P value: {name[0]} between the columns of a row (levels of the last dimension), declared beforehand."
    return [*notes, (english, f"P值：同一行各列（最后一个维度的各类）之间的{name[1]}，预先声明。")]


KIND = Kind(
    layer=CASES,
    make=make,
    keys={
        "outcomes": Key(
            "texts", required=True, choices=RATIOS, doc='ratios, like ["settlement_rate_of_accounted"]'
        ),
        "by": Key("texts", required=True, doc='one to three dimensions, like ["department", "period"]'),
        "top": Key("integer", default=0, low=0, doc="levels of the first dimension by themselves, 0 for all"),
        "errors": Key("text", default="", choices=("", *ERRORS), doc="whose errors are independent"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
        "test": Key("text", default="", choices=("", *TESTS), doc="between the levels of the last dimension"),
    },
    label_en="Rates by group",
    label_zh="分组指标",
)
