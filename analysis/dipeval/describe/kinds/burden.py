"""Kind ``burden``: what chronic diseases cost the fund, by disease, by how many a patient has, and by who has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dipeval.describe.cases.burden import Burden, burden
from dipeval.describe.cases.burden_frames import (
    BurdenWords,
    Line,
    burden_bars,
    burden_grid,
    burden_matrix,
    line_sums,
)
from dipeval.describe.cases.cells import where_word
from dipeval.describe.cases.chronic import (
    DISEASE,
    DISEASES,
    DiseaseGroup,
    by_disease,
    chronic_groups,
    chronic_source,
    own_groups,
    with_diseases,
)
from dipeval.describe.cases.grid import TOTAL, Word
from dipeval.describe.cases.ratio_outcome import RatioOutcome, ratio_outcomes
from dipeval.describe.cases.tally import ALL
from dipeval.describe.dimensions import Dimension, with_dimensions
from dipeval.describe.given import require_columns
from dipeval.describe.kind import CASES, Kind
from dipeval.describe.selection import selected, told
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import Derived, Sum
from dipeval.study.grammar import Key, Named
from dipeval.vocabulary import columns, outcomes

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from dipeval.describe.given import Given
    from dipeval.store.contract import TableEngine
    from dipeval.study.descriptions import DescriptionChoice

STAGE = "burden"
DIAGNOSES = ("principal_diagnosis", "secondary_diagnoses")
EVERY, PRINCIPAL = "all", "principal"
MONEY = tuple(name for name, c in columns().items() if c.kind in ("money", "days") and c.role != "record")
RATIOS = tuple(name for name, outcome in outcomes().items() if outcome.kind == "ratio")
NUMBER, ANY = "chronic_number", "chronic"
MOST_NUMBER = 3
MOST_COLUMNS = 16
ANY_WORD = Word("any", "Any of these diseases", "患任一慢性病")
NONE_WORD = Word("0", "None of these diseases", "无上述慢性病")


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Bars and a table by disease, a table by number of diseases, and for each dimension a heat map and a table.

    Raises
    ------
    DataError
        With all problems: columns that the cases lack, words that are no codes, no case with a disease.

    Notes
    -----
    Cost: one pass over the distinct texts of diagnoses; one pass for diseases and one for their number, two more
    each with ratios; for each dimension two passes, and two with ratios.
    """
    engine, cases = given.stays
    options = choice.options
    base = selected(cases, choice.where)
    used = DIAGNOSES if options["diagnoses"] == EVERY else DIAGNOSES[:1]
    require_columns(base, [*used, str(options["amount"])], STAGE)
    groups = own_groups(options["groups"]) if options["groups"] else chronic_groups()
    ratios = ratio_outcomes(list(options["ratios"]), base.columns, 100)
    table, dimensions = with_dimensions(engine, base, list(options["by"]), choice.bins, given.labels)
    _refuse_wide(dimensions)
    marked = with_diseases(engine, table, groups, used)
    words = _Study(engine, given, choice, marked, groups, ratios)
    found = words.diseases()
    made = [*words.by_disease(found), *words.by_number(found)]
    for dimension in dimensions.values():
        made += words.by_dimension(found, dimension)
    return made


def _refuse_wide(dimensions: dict[str, Dimension]) -> None:
    problems = [
        Problem(
            d.name,
            f"has {len(d.levels)} levels, and {MOST_COLUMNS} stand across at most",
            "take a coarser one",
        )
        for d in dimensions.values()
        if len(d.levels) > MOST_COLUMNS
    ]
    if problems:
        raise DataError(STAGE, problems)


@dataclass(frozen=True)
class _Found:
    """Sums by disease and by number of diseases, and the diseases that some case has."""

    diseases: Burden
    numbers: Burden
    groups: tuple[DiseaseGroup, ...]
    levels: tuple[str, ...]


@dataclass(frozen=True)
class _Study:
    """One description: its cases with their diseases."""

    engine: TableEngine
    given: Given
    choice: DescriptionChoice
    cases: ir.Table
    groups: Sequence[DiseaseGroup]
    ratios: Sequence[RatioOutcome]

    @property
    def amount(self) -> str:
        """The column that is added up."""
        return str(self.choice.options["amount"])

    def sums(self, table: ir.Table, by: Sequence[str], with_ratios: bool = True) -> Burden:
        """Sums by some columns."""
        ratios = self.ratios if with_ratios else ()
        level = float(self.choice.options["level"])
        return burden(self.engine, table, by, self.amount, ratios, level=level)

    def diseases(self) -> _Found:
        """Sums by disease and by number; refused where nobody has any."""
        numbered = self.numbered()
        numbers = self.sums(numbered, [NUMBER])
        levels = tuple(sorted(str(level) for level in numbers.frame.index if level != ALL))
        if levels in ((), ("0",)):
            todo = "mend `where` or the groups; codes are those of ICD-10"
            raise DataError(STAGE, [Problem("cases", "none has any of these diseases", todo)])
        exploded = by_disease(self.engine, self.cases, self.groups)
        found = self.sums(exploded, [DISEASE])
        there = tuple(g for g in self.groups if g.name in found.frame.index)
        return _Found(found, numbers, there, levels)

    def numbered(self) -> ir.Table:
        """Cases with the number of their diseases as a word, the highest open."""
        count = self.cases[DISEASES]
        word = (count >= MOST_NUMBER).ifelse(f"{MOST_NUMBER}+", count.cast("string"))
        return self.cases.mutate(**{NUMBER: word})

    def words(self, found: _Found) -> BurdenWords:
        """What cells are called."""
        column = columns()[self.amount]
        unit = "currency" if column.kind == "money" else "days"
        where = where_word(self.choice.where)
        return BurdenWords(
            where, (column.label_en, column.label_zh), self.amount, unit, found.numbers.misses_amounts
        )

    def disease_lines(self, found: _Found) -> list[Line]:
        """One for each disease."""
        return [
            Line(Word(g.name, g.label_en, g.label_zh), found.diseases, (g.name,), {ANY: self._named(g)})
            for g in found.groups
        ]

    def _named(self, group: DiseaseGroup) -> str:
        """What a disease is called in cells: its codes too, since a study may list its own."""
        own = "" if group in chronic_groups() else f" {','.join(group.codes)}"
        return f"{group.name}{own} ({self.choice.options['diagnoses']})"

    def number_lines(self, found: _Found) -> list[Line]:
        """One for each number of diseases."""
        return [
            Line(_number_word(level), found.numbers, (level,), {NUMBER: self._number(level)})
            for level in found.levels
        ]

    def _number(self, level: str) -> str:
        """What a number of diseases is called in cells: it depends on which diseases are listed."""
        own = "" if tuple(self.groups) == chronic_groups() else f" of {self.choice.name}"
        return f"{level}{own} ({self.choice.options['diagnoses']})"

    def whole(self, found: _Found) -> Line:
        """All cases."""
        return Line(TOTAL, found.numbers, (ALL,), {})

    def by_disease(self, found: _Found) -> list[Exhibit]:
        """Bars and a table."""
        words, lines, whole = self.words(found), self.disease_lines(found), self.whole(found)
        # By cases, not by amount: the place of a bar that is held back would bound it between its neighbours.
        ordered = sorted(lines, key=lambda one: -int(one.burden.row(one.levels)["n"]))
        bars, bars_from = burden_bars(ordered, whole, words)
        grid, grid_from = burden_grid([*ordered, whole], whole, words)
        title = self.choice.titles(
            f"{words.amount[0]}: by chronic disease", f"{words.amount[1]}：按慢性病病种"
        )
        axes = {
            "unit": words.unit,
            "axis_en": f"{words.amount[0]} (share of all)",
            "axis_zh": f"{words.amount[1]}（占比）",
            "ranked": len(lines),
        }
        name = self.choice.name
        return [
            self._exhibit(name, "bars", title, bars, axes, (), bars_from),
            self._exhibit(
                f"{name}_table",
                "grid",
                title,
                grid,
                {**_stub("Disease", "病种"), "ranked": len(lines)},
                (),
                grid_from,
            ),
        ]

    def by_number(self, found: _Found) -> list[Exhibit]:
        """A table."""
        words, lines, whole = self.words(found), self.number_lines(found), self.whole(found)
        grid, derived = burden_grid([*lines, whole], whole, words)
        sums = tuple(dict.fromkeys(line_sums(whole, lines, words)))
        title = (
            f"{words.amount[0]}: by number of chronic diseases",
            f"{words.amount[1]}：按慢性病种数",
        )
        name = f"{self.choice.name}_number_table"
        return [
            self._exhibit(name, "grid", title, grid, _stub("Chronic diseases", "慢性病种数"), sums, derived)
        ]

    def by_dimension(self, found: _Found, dimension: Dimension) -> list[Exhibit]:
        """A heat map of diseases by level, and a table of the patients with any."""
        words = self.words(found)
        exploded = by_disease(self.engine, self.cases, self.groups)
        crossed = self.sums(exploded, [DISEASE, dimension.column], with_ratios=False)
        ill = self.cases.filter(self.cases[DISEASES] > 0)
        any_of = self.sums(ill, [dimension.column])
        levels = (*dimension.levels, ALL)
        heads = [_level_word(dimension, level) for level in levels]
        rows = [
            [
                Line(line.head, crossed, (g.name, level), {**line.place, dimension.name: level})
                for level in levels
            ]
            for g, line in zip(found.groups, self.disease_lines(found), strict=True)
        ]
        ill_place = {NUMBER: self._number("any")}
        across = [
            Line(head, any_of, (level,), {**ill_place, dimension.name: level})
            for head, level in zip(heads, levels, strict=True)
        ]
        rows.append([Line(ANY_WORD, one.burden, one.levels, one.place) for one in across])
        sums = [s for row in rows for s in line_sums(row[-1], row[:-1], words, all_cases=row is rows[-1])]
        numbers = self.number_lines(found)
        sums += line_sums(across[-1], [line for line in numbers if line.levels != ("0",)], words)
        frame = burden_matrix(rows, heads, words)
        grid, derived = burden_grid(across, across[-1], words)
        return self._crossed(dimension, words, frame, grid, tuple(dict.fromkeys(sums)), derived)

    def _crossed(
        self,
        dimension: Dimension,
        words: BurdenWords,
        frame: pd.DataFrame,
        grid: pd.DataFrame,
        sums: tuple[Sum, ...],
        derived: tuple[Derived, ...],
    ) -> list[Exhibit]:
        by = dimension.label_en[:1].lower() + dimension.label_en[1:]
        title = (
            f"{words.amount[0]}: by chronic disease and {by}",
            f"{words.amount[1]}：按慢性病病种和{dimension.label_zh}",
        )
        ill = (
            f"{words.amount[0]} of patients with a chronic disease: by {by}",
            f"慢性病患者{words.amount[1]}：按{dimension.label_zh}",
        )
        name = f"{self.choice.name}_{dimension.name}"
        axes = {"unit": words.unit, "axis_en": words.amount[0], "axis_zh": words.amount[1]}
        axes |= {"by_row": True, "margin": TOTAL.key}
        stub = _stub(dimension.label_en, dimension.label_zh)
        return [
            self._exhibit(name, "matrix", title, frame, axes, sums),
            self._exhibit(f"{name}_table", "grid", ill, grid, stub, sums, derived),
        ]

    def _exhibit(
        self,
        name: str,
        kind: str,
        titles: tuple[str, str],
        frame: pd.DataFrame,
        options: dict[str, object],
        sums: tuple[Sum, ...] = (),
        derived: tuple[Derived, ...] = (),
    ) -> Exhibit:
        notes = self._notes()
        said = tuple(n[0] for n in notes), tuple(n[1] for n in notes)
        common = {"currency": self.given.currency, **options}
        return Exhibit(name, kind, *titles, frame, *said, self.given.synthetic, common, sums, derived)

    def _notes(self) -> list[tuple[str, str]]:
        notes = [told(self.choice.where)] if self.choice.where else []
        used = (
            ("principal and secondary diagnoses", "主要诊断和次要诊断")
            if self.choice.options["diagnoses"] == EVERY
            else ("principal diagnoses", "主要诊断")
        )
        notes.append(
            (
                f"Diseases by ICD-10 codes of {used[0]}. A case counts with each of its diseases: they do not add up to all.",
                f"病种按{used[1]}的ICD-10编码判定；一例可计入多个病种，各病种之和大于合计。",
            )
        )
        if not self.choice.options["groups"]:
            source = chronic_source()
            notes.append((f"Codes: {source[0]}.", f"编码来源：{source[1]}。"))
        for ratio in self.ratios:
            if not ratio.counts_cases:
                english = f"{ratio.outcome.label_en}: sum over cases divided by sum over cases."
                notes.append((english, f"{ratio.outcome.label_zh}：合计之比。"))
        return notes


def _stub(english: str, chinese: str) -> dict[str, object]:
    return {"stub_en": english, "stub_zh": chinese, "unit_heads": True}


def _number_word(level: str) -> Word:
    return NONE_WORD if level == "0" else Word(level, level, f"{level}种")


def _level_word(dimension: Dimension, level: str) -> Word:
    return TOTAL if level == ALL else Word(level, *dimension.labels[level])


KIND = Kind(
    layer=CASES,
    make=make,
    keys={
        "by": Key("texts", default=(), doc='dimensions, like ["age_group", "level", "insurance_type"]'),
        "amount": Key("text", default="fund_paid", choices=MONEY, doc="what is added up"),
        "ratios": Key(
            "texts", default=("fund_share", "self_paid_share"), choices=RATIOS, doc="ratio outcomes"
        ),
        "diagnoses": Key("text", default=EVERY, choices=(EVERY, PRINCIPAL), doc="which diagnoses count"),
        "groups": Named(Key("texts"), doc="diseases of one's own: codes and ranges of categories by name"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="of the intervals"),
    },
    label_en="Burden of chronic disease",
    label_zh="慢性病负担",
)
