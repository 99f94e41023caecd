"""What the steps of DIP say on a terminal, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from ..vocabulary import value_labels

if TYPE_CHECKING:
    from ..dip.budget import BuiltBudget
    from ..dip.catalogue import Catalogue
    from ..dip.parameters import ParameterSet
    from ..dip.point_values import PointValue
    from ..dip.settling import SettledYear
    from ..dip.what_if import WhatIf
    from ..ledger import Ledger

LARGEST_SHOWN = 12
INDICES = ("level", "cases", "grouping_rate", "case_mix_index", "cost_index_by_type", "adjusted_share")
WORDS = {
    "catalogue": (
        "Catalogue {version}, {origin}, for {name} {year}",
        "病种目录 {version}（{origin}），{name} {year} 年",
    ),
    "types": (
        "{core} core, {comprehensive} comprehensive and {primary_level} primary-level types",
        "核心病种 {core}，综合病种 {comprehensive}，基层病种 {primary_level}",
    ),
    "largest": ("Types with most cases", "病例最多的病种"),
    "grouping": (
        "Cases of {name} {year} by catalogue {version}",
        "{name} {year} 年病例入组（目录 {version}）",
    ),
    "rate": (
        "{grouped:,} of {cases:,} cases grouped: grouping rate {rate:.2%}",
        "入组 {grouped:,} / {cases:,} 例，入组率 {rate:.2%}",
    ),
    "by_level": ("By hospital level", "按医院等级"),
    "ledger": ("Cases that DIP pays", "纳入 DIP 付费的病例"),
    "settling": ("Annual clearing of {name} {year}", "{name} {year} 年年度清算"),
    "budget": ("Budget", "预算"),
    "for_points": ("Budget divided by points", "按分值分配的预算"),
    "value": (
        "{scheme}: budget point value {before} yuan, settlement point value {after} yuan a point",
        "{scheme}：预算点值 {before} 元，结算点值 {after} 元/分",
    ),
    "hospitals": ("Hospitals, yuan", "医疗机构（元）"),
    "lines": ("Reconciliation, yuan", "对账（元）"),
    "rates": (
        "Settlement rates by scheme: over what the fund accounted, and over total cost",
        "分险种结算率：对医保记账费用、对总费用",
    ),
    "indices": ("Indices by hospital level", "按医院等级的指标"),
    "bunching": ("Bunching of the cost ratio above its thresholds", "费用比值在阈值上方的聚集"),
    "excess": (
        "{at:g}: excess of {value:.2f} bins of cases, {level:.0%} interval {low:.2f} to {high:.2f} ({draws} draws)",
        "{at:g}：超额 {value:.2f} 个组距的病例，{level:.0%} 区间 {low:.2f} 至 {high:.2f}（{draws} 次抽样）",
    ),
    "what_if": (
        "What if: {before} becomes {after}, with the budgets held",
        "情景模拟：{before} 改为 {after}，预算不变",
    ),
    "by_scheme": ("By scheme, yuan", "按险种（元）"),
    "by_hospital": ("By hospital, yuan", "按医疗机构（元）"),
    "stress": (
        "Stress of the pool under the new rules: chance that a point is worth less than the floor",
        "新规则下基金压力测试：点值低于下限的概率",
    ),
    "assumed": ("Taken from the national defaults", "采用国家默认值"),
    "notes": ("Read beside the numbers", "注意"),
}


def _say(key: str, language: str, **values: object) -> str:
    return WORDS[key][0 if language == "en" else 1].format(**values)


def _word(name: str, language: str) -> str:
    labels = value_labels()
    return labels[name][0 if language == "en" else 1] if name in labels else name


def yuan(fen: int) -> str:
    """An amount of fen in yuan, exactly, with thousands commas."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(int(fen)) // 100:,}.{abs(int(fen)) % 100:02d}"


def _table(frame: pd.DataFrame) -> str:
    return "\n".join(f"  {line}" for line in frame.to_string(index=False, na_rep="").splitlines())


def _assumed(parameters: ParameterSet, language: str) -> list[str]:
    if not parameters.assumed:
        return []
    return [_say("assumed", language), *(f"  {text}" for text in parameters.assumed)]


def catalogue_text(catalogue: Catalogue, parameters: ParameterSet, language: str) -> str:
    """Size of a catalogue and its largest types; weights on the catalogue's scale."""
    types = catalogue.types
    kinds = {kind: int((types["kind"] == kind).sum()) for kind in ("core", "comprehensive", "primary_level")}
    shown = types.sort_values(["cases", "disease_type"], ascending=[False, True]).head(LARGEST_SHOWN)
    table = pd.DataFrame(
        {
            "disease_type": shown["disease_type"],
            "kind": [_word(kind, language) for kind in shown["kind"]],
            "cases": [f"{n:,}" for n in shown["cases"]],
            "mean_yuan": [yuan(fen) for fen in shown["mean_cost"]],
            "cv": shown["cv"].map("{:.2f}".format),
            "weight": (shown["relative_weight"] / 10**catalogue.decimals).map(
                f"{{:.{catalogue.decimals}f}}".format
            ),
        }
    )
    head = {"version": catalogue.version, "origin": catalogue.origin}
    lines = [
        _say("catalogue", language, **head, name=parameters.name, year=parameters.year),
        _say("types", language, **kinds),
        "",
        _say("largest", language),
        _table(table),
        "",
        *_assumed(parameters, language),
    ]
    return "\n".join(lines).rstrip() + "\n"


def grouping_text(
    whole: pd.DataFrame,
    by_level: pd.DataFrame,
    ledger: Ledger,
    parameters: ParameterSet,
    version: str,
    language: str,
) -> str:
    """Grouping rate, reasons of the ungrouped, and which rows DIP pays at all."""
    row = whole.iloc[0]
    counts = {"cases": int(row["cases"]), "grouped": int(row["grouped"]), "rate": float(row["grouping_rate"])}
    reasons = [f"  {name}: {int(row[name]):,}" for name in whole.columns[3:]]
    steps = [f"  {e.rule}: {e.rows_before:,} -> {e.rows_after:,}" for e in ledger]
    lines = [
        _say("grouping", language, name=parameters.name, year=parameters.year, version=version),
        _say("rate", language, **counts),
        *reasons,
        "",
        _say("by_level", language),
        _table(by_level.assign(level=[_word(level, language) for level in by_level["level"]]).round(4)),
        "",
        _say("ledger", language),
        *steps,
        "",
        *_assumed(parameters, language),
    ]
    return "\n".join(lines).rstrip() + "\n"


def clearing_text(
    settled: SettledYear,
    rates: Mapping[str, pd.DataFrame],
    tables: Mapping[str, pd.DataFrame],
    parameters: ParameterSet,
    language: str,
) -> str:
    """Budgets, point values, hospitals, the reconciliation, rates by scheme, indices and bunching."""
    cleared = settled.clearing
    lines = [_say("settling", language, name=parameters.name, year=parameters.year), ""]
    for scheme in parameters.schemes:
        lines += [_budget(settled.budgets[scheme], language), ""]
    for scheme in parameters.schemes:
        before, after = settled.budget_values[scheme], cleared.point_values[scheme]
        texts = {"before": _point(before), "after": _point(after)}
        lines.append(_say("value", language, scheme=_word(scheme, language), **texts))
    amounts = ["actual_fund", "entitlement", "after_sharing", "payable", "prepaid", "monthly_paid", "balance"]
    hospitals = cleared.hospitals.assign(scheme=[_word(s, language) for s in cleared.hospitals["scheme"]])
    shown = hospitals[["scheme", "hospital", *amounts]].assign(
        **{name: [yuan(fen) for fen in hospitals[name]] for name in amounts}
    )
    label = "label_en" if language == "en" else "label_zh"
    reconciled = pd.DataFrame(
        {
            "scheme": [_word(s, language) for s in cleared.lines["scheme"]],
            "line": cleared.lines[label],
            "yuan": [yuan(fen) for fen in cleared.lines["amount"]],
        }
    )
    scheme_rates = rates["scheme"].assign(
        insurance_type=[_word(s, language) for s in rates["scheme"]["insurance_type"]]
    )
    columns = ["insurance_type", "cases", "loss_cases", "rate_of_accounted_cost", "rate_of_total_cost"]
    lines += ["", _say("hospitals", language), _table(shown)]
    lines += ["", _say("lines", language), _table(reconciled)]
    lines += ["", _say("rates", language), _table(scheme_rates[columns].round(4)), ""]
    levels = tables["indices_level"]
    shown = levels.assign(level=[_word(level, language) for level in levels["level"]])
    chosen = [c for c in INDICES if c in shown]
    lines += [_say("indices", language), _table(shown[chosen].round(4)), ""]
    lines += [_say("bunching", language), *_bunching(tables["bunching"], language), ""]
    if cleared.notes:
        lines += [_say("notes", language), *(f"  {note}" for note in cleared.notes), ""]
    lines += _assumed(parameters, language)
    return "\n".join(lines).rstrip() + "\n"


def _bunching(frame: pd.DataFrame, language: str) -> list[str]:
    """One line a threshold: the estimate with its interval, or why there is none."""
    told = []
    for row in frame.itertuples():
        if row.note:
            told.append(f"  {row.threshold:g}: {row.note}")
            continue
        values = {"at": row.threshold, "value": row.normalised, "low": row.conf_low, "high": row.conf_high}
        told.append("  " + _say("excess", language, **values, level=row.level, draws=row.draws))
    return told


def what_if_text(found: WhatIf, stress: pd.DataFrame | None, language: str) -> str:
    """Who gains and who loses, with the budget held; and the chance that a point falls below a floor."""
    lines = [_say("what_if", language, before=found.before, after=found.after), ""]
    for by, frame in (("scheme", found.schemes), ("level", found.levels), ("hospital", found.hospitals)):
        keys = [c for c in ("scheme", "hospital", "level") if c in frame]
        named = frame.assign(
            **{key: [_word(str(v), language) for v in frame[key]] for key in keys if key != "hospital"}
        )
        amounts = {c: [yuan(fen) for fen in frame[c]] for c in ("payable_before", "payable_after", "gain")}
        share = {"gain_share": frame["gain_share"].map("{:+.2%}".format)}
        lines += [_say(f"by_{by}", language), _table(named[keys].assign(**amounts, **share)), ""]
    if stress is not None:
        shown = stress.assign(scheme=[_word(s, language) for s in stress["scheme"]])
        lines += [_say("stress", language), _table(shown.round(4)), ""]
    return "\n".join(lines).rstrip() + "\n"


def _point(value: PointValue) -> str:
    """A point value in yuan with all its decimals."""
    return f"{Decimal(value.value).scaleb(-value.decimals - 2):,}"


def _budget(built: BuiltBudget, language: str) -> str:
    """A budget's reconciliation; its lines sum to the last one."""
    at = 1 if language == "en" else 2
    rows = [(line[at], yuan(line[3])) for line in built.lines]
    rows.append((_say("for_points", language), yuan(built.for_points)))
    head = f"{_say('budget', language)}: {_word(built.scheme, language)}"
    return head + "\n" + _table(pd.DataFrame(rows, columns=["", "yuan"]))
