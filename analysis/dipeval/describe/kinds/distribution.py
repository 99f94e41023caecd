"""Kind ``distribution``: histograms and quantile tables of costs, weights and lengths of stay, with outliers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.cases.cells import where_word
from dipeval.describe.cases.distribution import SpreadWords, histogram, spread_grid
from dipeval.describe.cases.folding import folded
from dipeval.describe.cases.outliers import NONE, PERCENTILES, RULES, SPAN, rule_words
from dipeval.describe.cases.spread import OutlierRule, Spread, spread
from dipeval.describe.dimensions import Dimension, with_dimensions
from dipeval.describe.kind import CASES, Kind
from dipeval.describe.measures import MEASURE, with_measures
from dipeval.describe.selection import selected, told
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.study.grammar import Key, Named
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    from dipeval.describe.case_variable import CaseVariable
    from dipeval.describe.given import Given
    from dipeval.study.descriptions import DescriptionChoice

STAGE = "distribution"
MOST_GROUPS = 12
NUMBERS = tuple(
    name
    for name, c in columns().items()
    if c.kind in ("money", "days", "number", "count") and c.role != "record"
)
UNDIVIDED = "by_everything"
WHOLE_UNITS = ("years", "hours", "days")
"""Numbers that people tell in whole units; the others (costs, weights, scores, ratios) have bins of equal ratios."""
UNITS = {"money": "currency", "days": "days"}


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A histogram and a table for each number.

    Raises
    ------
    DataError
        With all problems: numbers or dimensions that the cases lack, rules that make no sense, no case, too many
        groups.

    Notes
    -----
    Cost: for each number two passes for quantiles, at most one for outlier limits, one for the rest.
    """
    import ibis

    engine, cases = given.stays
    options = choice.options
    rule = _rule(choice)
    base = selected(cases, choice.where)
    table, variables = with_measures(base, list(options["measures"]))
    by = str(options["by"])
    if by:
        table, found = with_dimensions(engine, table, [by], choice.bins, given.labels)
        table, dimension = folded(engine, table, found[by], int(options["top"]), f"other of {choice.name}")
    else:
        table = table.mutate(**{UNDIVIDED: ibis.literal("")})
        dimension = Dimension("everything", ("",), {}, "", "")
    _refuse_groups(dimension)
    made = []
    for variable in variables:
        column = columns()[variable.name.removeprefix(MEASURE)]
        edges = (options["edges"] or {}).get(column.name, ())
        whole = column.kind in ("days", "count") or column.unit in WHOLE_UNITS
        shape = {"log": not whole, "whole": whole}
        found_spread = spread(engine, table, dimension.column, variable, rule, edges, **shape)
        made += _exhibits(given, choice, dimension, variable, found_spread, rule)
    return made


def _rule(choice: DescriptionChoice) -> OutlierRule:
    options = choice.options
    shares, span = tuple(options["percentiles"]), tuple(options["span"])
    problems = []
    if len(shares) != 2 or not 0 < shares[0] < shares[1] < 1:
        problems.append(Problem("percentiles", f"are {list(shares)}", "write two shares, like [0.01, 0.99]"))
    if options["outliers"] == SPAN and (len(span) != 2 or not span[0] < span[1]):
        problems.append(Problem("span", f"is {list(span)}", "write two numbers, like [0.5, 2]"))
    for name, edges in (options["edges"] or {}).items():
        if len(edges) < 2 or list(edges) != sorted(set(edges)):
            problems.append(
                Problem(f"edges.{name}", f"are {list(edges)}", "write rising numbers, like [0, 5, 10]")
            )
        if name not in options["measures"]:
            problems.append(Problem(f"edges.{name}", "is not described", f'add "{name}" to measures'))
    if problems:
        raise DataError(STAGE, problems)
    return OutlierRule(str(options["outliers"]), float(options["factor"]), shares, span)


def _refuse_groups(dimension: Dimension) -> None:
    if not dimension.levels:
        raise DataError(STAGE, [Problem("where", "leaves no case", "mend it, or leave this description out")])
    if len(dimension.levels) > MOST_GROUPS:
        what = f"has {len(dimension.levels)} levels, and {MOST_GROUPS} are drawn at most"
        raise DataError(STAGE, [Problem(dimension.name, what, "write top = 8, or take a coarser one")])


def _exhibits(
    given: Given,
    choice: DescriptionChoice,
    dimension: Dimension,
    variable: CaseVariable,
    found: Spread,
    rule: OutlierRule,
) -> list[Exhibit]:
    name = variable.name.removeprefix(MEASURE)
    words = SpreadWords(
        choice.name,
        name,
        where_word(choice.where),
        dimension,
        (variable.label_en, variable.label_zh),
        rule.rule != NONE,
    )
    english, chinese = _titles(choice, dimension, variable)
    notes = _notes(choice, found, rule)
    bars, bar_sums = histogram(found, words)
    grid, grid_sums = spread_grid(found, words, UNITS.get(variable.unit, "number"))
    unit = UNITS.get(variable.unit, columns()[name].unit)
    common = {"currency": given.currency}
    drawn = {**common, "axis_en": words.label[0], "axis_zh": words.label[1], "unit": unit}
    if found.log:
        drawn["log"] = True
    if rule.rule == SPAN:
        drawn["marks"] = " ".join(f"{x:g}" for x in rule.span)
    stub = {"stub_en": dimension.label_en, "stub_zh": dimension.label_zh, "unit_heads": True}
    said = (tuple(n[0] for n in notes), tuple(n[1] for n in notes), given.synthetic)
    stem = f"{choice.name}_{name}"
    return [
        Exhibit(stem, "histogram", english, chinese, bars, *said, drawn, bar_sums),
        Exhibit(f"{stem}_table", "grid", english, chinese, grid, *said, {**common, **stub}, grid_sums),
    ]


def _titles(choice: DescriptionChoice, dimension: Dimension, variable: CaseVariable) -> tuple[str, str]:
    english, chinese = f"Distribution: {variable.label_en}", f"分布：{variable.label_zh}"
    if dimension.label_en:
        english += f", by {dimension.label_en[:1].lower()}{dimension.label_en[1:]}"
        chinese += f"，按{dimension.label_zh}"
    if len(choice.options["measures"]) > 1 and choice.title_en:
        return f"{choice.title_en}. {english}", f"{choice.title_zh}：{chinese}"
    return choice.titles(english, chinese)


def _notes(choice: DescriptionChoice, found: Spread, rule: OutlierRule) -> list[tuple[str, str]]:
    notes = [told(choice.where)] if choice.where else []
    notes.append(
        (
            "Quantiles are exact, linear between two values; those far out stand on the cases beyond them. SD of a "
            "sample; CV = SD / mean; skewness = m3 / m2^1.5.",
            "分位数为精确值，两值之间线性插值；尾部分位数以其外侧病例数计。SD为样本标准差；变异系数=SD÷均值；偏度=m3/m2^1.5。",
        )
    )
    if rule.rule != NONE:
        notes.append(rule_words(rule.rule, rule.factor, rule.shares, rule.span))
    if any(group.known.count < group.cases.count for group in found.groups.values()):
        notes.append(("Cases without a value are left out.", "无记录的病例未纳入。"))
    return notes


KIND = Kind(
    layer=CASES,
    make=make,
    keys={
        "measures": Key(
            "texts", required=True, choices=NUMBERS, doc='numbers, like ["total_cost", "care_days"]'
        ),
        "by": Key("text", default="", doc="a dimension"),
        "top": Key("integer", default=0, low=0, doc="levels by themselves, 0 for all"),
        "outliers": Key("text", default=NONE, choices=RULES, doc="the rule for values that lie beyond"),
        "factor": Key(
            "number", default=3.0, low=0.5, high=10, doc="interquartile ranges of the rule iqr_log"
        ),
        "percentiles": Key("numbers", default=(0.01, 0.99), doc=f"of the rule {PERCENTILES}"),
        "span": Key("numbers", default=(), doc=f"of the rule {SPAN}: lowest and highest that is no outlier"),
        "edges": Named(Key("numbers"), names=NUMBERS, doc="of the bins, by number"),
    },
    label_en="Distribution of a number",
    label_zh="数值分布",
)
