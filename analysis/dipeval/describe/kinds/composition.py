"""Kind ``composition``: what loss-making, low-ratio or other cases are made of, by any dimension.

In ``where``, flags and the deviation class say which cases are meant (``loss_case = true``); everything else
(codes, schemes, ages, ``start``, ``end``) says among which. Without a flag the composition is of all cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from dipeval.describe.case_groups import case_groups
from dipeval.describe.case_variable import OF_RANKS, TEST_LABELS, CaseVariable
from dipeval.describe.cases.cells import where_word
from dipeval.describe.cases.composition import RATE, CompositionWords, composition_grid, pareto
from dipeval.describe.cases.folding import MOST_TO_FOLD
from dipeval.describe.cases.grid import Word, said_of
from dipeval.describe.cases.ratio_interval import ONE_GROUP
from dipeval.describe.cases.subset import (
    BY_CASES,
    BY_LEVELS,
    INSIDE,
    MISSING,
    ORDERS,
    OTHER,
    SubsetTable,
    subset_table,
)
from dipeval.describe.comparison import Comparison, not_made
from dipeval.describe.count_comparisons import chi_square, cochran_armitage
from dipeval.describe.dimensions import MOST_LEVELS, Dimension, with_dimensions
from dipeval.describe.given import require_columns
from dipeval.describe.group_ranks import group_ranks
from dipeval.describe.kind import CASES, Kind
from dipeval.describe.labels import label_of
from dipeval.describe.rank_comparisons import kruskal_wallis, mann_whitney
from dipeval.describe.selection import meets, selected, told
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.study.grammar import Key
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.describe.given import Given
    from dipeval.store.contract import TableEngine
    from dipeval.study.descriptions import DescriptionChoice

STAGE = "composition"
MARKS = ("deviation_class",)
"""Columns beside flags that say which cases are meant, not among which."""
MOST_SHOWN = 60
NO_ORDER = (
    'a trend needs levels in their order: write order = "levels"',
    "趋势检验要求全部类别按序排列",
)
AUTOMATIC = ""
"""Classes and ages stand in their order, other levels by cases."""
IN_ORDER = ("age_group", "comorbidity", "period", "year", "when")
RATE_TESTS = ("chi_square", "trend")
AMOUNTS = tuple(name for name, c in columns().items() if c.kind in ("money", "days") and c.role != "record")


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A Pareto figure and a table for each dimension.

    Raises
    ------
    DataError
        With all problems: dimensions or amounts that the cases lack, no case that is meant, too many levels.

    Notes
    -----
    Cost: one pass for the levels, one pass for each dimension, one more for a test of ranks.
    """
    engine, cases = given.stays
    options = choice.options
    marked, among = parted(choice.where)
    base = selected(cases, among)
    amount = str(options["amount"])
    if amount:
        require_columns(base, [amount], STAGE)
    for name in marked:
        base = base.filter(base[name].notnull())
    inside = base.mutate(**{INSIDE: meets(base, marked)})
    most = MOST_TO_FOLD if options["top"] else MOST_LEVELS
    table, dimensions = with_dimensions(engine, inside, options["by"], choice.bins, given.labels, most)
    _refuse_too_many(dimensions, choice)
    return [
        exhibit
        for dimension in dimensions.values()
        for exhibit in _of(engine, table, dimension, given, choice, len(dimensions) > 1)
    ]


def parted(where: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Conditions that say which cases are meant, and those that say among which."""
    known = columns()
    marks = {k for k in where if k in MARKS or (k in known and known[k].kind == "flag")}
    return {k: v for k, v in where.items() if k in marks}, {k: v for k, v in where.items() if k not in marks}


def _refuse_too_many(dimensions: Mapping[str, Dimension], choice: DescriptionChoice) -> None:
    top = int(choice.options["top"])
    problems = [
        Problem(d.name, f"has {len(d.levels)} levels, and {MOST_SHOWN} are shown at most", "write top = 10")
        for d in dimensions.values()
        if len(d.levels) > MOST_SHOWN and (level_order(d, choice) == BY_LEVELS or not 0 < top <= MOST_SHOWN)
    ]
    if problems:
        raise DataError(STAGE, problems)


def _of(
    engine: TableEngine,
    table: ir.Table,
    dimension: Dimension,
    given: Given,
    choice: DescriptionChoice,
    several: bool,
) -> list[Exhibit]:
    """Figure and table of one dimension."""
    options, amount = choice.options, str(choice.options["amount"])
    order = level_order(dimension, choice)
    made = subset_table(
        engine,
        table,
        dimension.column,
        dimension.levels,
        amount=amount,
        top=int(options["top"]),
        order=order,
    )
    words = _words(choice, dimension, amount)
    tests = _tests(engine, table, dimension, made, choice)
    notes = _notes(made, choice, tests)
    titles = _titles(choice, dimension, parted(choice.where)[0])
    bars, bars_from = pareto(made, words)
    grid, sums, grid_from = composition_grid(made, words, tests)
    said = (tuple(n[0] for n in notes), tuple(n[1] for n in notes), given.synthetic)
    ranked = _ranked(made, order)
    axes = {"unit": "count", "axis_en": "Cases (share)", "axis_zh": "例数（构成比）", "ranked": ranked}
    stub = {"stub_en": dimension.label_en, "stub_zh": dimension.label_zh, "ranked": ranked}
    name = f"{choice.name}_{dimension.name}" if several else choice.name
    common = {"currency": given.currency, "unit_heads": True}
    return [
        Exhibit(name, "bars", *titles, bars, *said, axes, (), bars_from),
        Exhibit(f"{name}_table", "grid", *titles, grid, *said, common | stub, sums, grid_from),
    ]


def _words(choice: DescriptionChoice, dimension: Dimension, amount: str) -> CompositionWords:
    """What the cells are called."""
    marked, among = parted(choice.where)
    return CompositionWords(
        name=choice.name,
        dimension=dimension.name,
        subset=where_word(choice.where),
        base=where_word({**among, **({"known": sorted(marked)} if marked else {})}),
        labels=dimension.labels,
        amount=_label(amount),
        unit="currency" if amount and columns()[amount].kind == "money" else "days",
        with_rate=bool(marked),
    )


def level_order(dimension: Dimension, choice: DescriptionChoice) -> str:
    """How the levels of a dimension stand."""
    if choice.options["order"] != AUTOMATIC:
        return str(choice.options["order"])
    return BY_LEVELS if dimension.name in (*IN_ORDER, *choice.bins) else BY_CASES


def _ranked(made: SubsetTable, order: str) -> int:
    """How many levels stand in the order of their cases: those without a value, and the others, stand last."""
    levels = [level for level in made.frame["level"] if level not in (MISSING, OTHER)]
    return len(levels) if order != BY_LEVELS else 0


def _label(amount: str) -> tuple[str, str]:
    return (columns()[amount].label_en, columns()[amount].label_zh) if amount else ("", "")


def _titles(choice: DescriptionChoice, dimension: Dimension, marked: Mapping[str, object]) -> tuple[str, str]:
    """What the subset is called, and the dimension."""
    own = [_marked(name, value) for name, value in marked.items()]
    english = choice.title_en or (", ".join(w[0] for w in own) if own else "Cases")
    chinese = choice.title_zh or ("、".join(w[1] for w in own) if own else "病例")
    return (
        f"{english}: by {dimension.label_en[:1].lower()}{dimension.label_en[1:]}",
        f"{chinese}：按{dimension.label_zh}",
    )


def _marked(name: str, value: object) -> tuple[str, str]:
    """What cases are called by one condition."""
    column = columns()[name]
    if isinstance(value, bool):
        return (
            (column.label_en, column.label_zh)
            if value
            else (f"Not: {column.label_en}", f"非{column.label_zh}")
        )
    words = [label_of(str(word)) for word in value]
    english, chinese = ", ".join(w[0].lower() for w in words), "、".join(w[1] for w in words)
    return f"{column.label_en} {english}", f"{column.label_zh}{chinese}"


def _tests(
    engine: TableEngine, table: ir.Table, dimension: Dimension, made: SubsetTable, choice: DescriptionChoice
) -> list[tuple[Comparison, tuple[str, str], Word]]:
    """The declared tests: of the share of the subset between levels, and of the amount between levels."""
    found = []
    options = choice.options
    levels = made.compared
    if test := str(options["test"]):
        inside, every = (levels[name].to_numpy(dtype="int64") for name in ("cases", "all_cases"))
        if len(levels) < 2:
            result = not_made(test, ONE_GROUP)
        elif test == "chi_square":
            result = chi_square(np.column_stack([inside, every - inside]))
        elif level_order(dimension, choice) != BY_LEVELS:
            result = not_made(test, NO_ORDER)
        else:
            result = cochran_armitage(inside.tolist(), every.tolist())
        found.append((result, TEST_LABELS[test], RATE))
    if options["amount_test"] and options["amount"]:
        test, amount = str(options["amount_test"]), str(options["amount"])
        shown = [level for level in made.frame["level"] if level != OTHER]
        level = table[dimension.column].isin(shown).ifelse(table[dimension.column], OTHER)
        cases = table.mutate(**{dimension.column: level}).filter(table[INSIDE])
        cases = cases.filter(cases[dimension.column] != MISSING)
        groups = case_groups(engine, cases, dimension.column)
        ranks = group_ranks(engine, groups, CaseVariable(amount, "continuous", test=test))[""]
        result = (mann_whitney if test == "mann_whitney" else kruskal_wallis)(ranks)
        found.append((result, TEST_LABELS[test], Word("amount", *_label(amount))))
    return found


def _notes(
    made: SubsetTable,
    choice: DescriptionChoice,
    tests: list[tuple[Comparison, tuple[str, str], Word]],
) -> list[tuple[str, str]]:
    notes = [told(choice.where)] if choice.where else []
    if parted(choice.where)[0]:
        english = "All cases: those of which it is known whether they belong to the group described."
        notes.append((english, "全部病例：已知是否属于所述病例者。"))
    if made.folded:
        many = len(made.folded)
        english = f"Other: {many} levels with fewer cases than those shown."
        notes.append((english, f"其他：病例数少于所列类别的{many}类。"))
    if made.amount_missing:
        # How many would give away what a held cell lacks; that some are missing must be said.
        english = "The amount is not known of all cases; it is added up over those that have it."
        notes.append((english, "部分病例无该金额，合计仅含有记录者。"))
    if made.mixed_signs:
        english = "Amounts above and below zero meet, so shares of their sum are not given."
        notes.append((english, "金额有正有负，不给出构成比。"))
    for result, name, _ in tests:
        notes += said_of(result, name)
    if tests:
        english = "Tests are two-sided, declared beforehand, between the levels shown, and take cases as independent."
        notes.append((english, "检验为双侧、预先声明，比较所列各类，病例按独立处理。"))
    return notes


KIND = Kind(
    layer=CASES,
    make=make,
    keys={
        "by": Key("texts", required=True, doc='dimensions, like ["department", "insurance_type"]'),
        "amount": Key("text", default="", choices=("", *AMOUNTS), doc="an amount that is added up"),
        "top": Key(
            "integer",
            default=10,
            low=0,
            doc="levels shown by themselves, 0 for all; not where they have an order",
        ),
        "order": Key("text", default=AUTOMATIC, choices=(AUTOMATIC, *ORDERS), doc="the order of levels"),
        "test": Key("text", default="", choices=("", *RATE_TESTS), doc="of the share between levels"),
        "amount_test": Key("text", default="", choices=("", *OF_RANKS), doc="of the amount between levels"),
    },
    label_en="Composition of a group of cases",
    label_zh="病例构成",
)
