"""The robustness summary: one table of verdicts, one forest and one table of effects for each main effect."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.check.alternatives.forest import forest_frame, forest_options, main_effect, reasons
from dipeval.check.finding import VERDICTS, Alternative, Words
from dipeval.check.subject import Subject
from dipeval.check.summary.checked import Checked, names_of
from dipeval.results.exhibit import Exhibit, bilingual

NAME = "robustness"
FACT = {"value": np.nan, "count": np.nan, "largest_share": np.nan, "form": "text"}
COLUMNS: tuple[tuple[str, Words], ...] = (("verdict", ("Verdict", "结论")), ("finding", ("Finding", "结果")))
TITLE = "Robustness checks of the main effect", "主要效应的稳健性检验"
FOREST = "The main effect under all checks: {outcome}", "各项稳健性检验下的主要效应：{outcome}"
EFFECTS = "Effects under all checks: {outcome}", "各项稳健性检验下的效应数值：{outcome}"
RULE = (
    "Passed: the check could have failed and did not. Failed: it found what threatens the design. Informative: no yes "
    "or no, or too little power to say. Every check that the study lists is here.",
    "“通过”：检验有可能失败而未失败；“未通过”：发现威胁识别的证据；“仅供参考”：无是非结论，或检验力不足。"
    "研究所列检验全部报告。",
)


def robustness_exhibits(checked: Sequence[Checked]) -> list[Exhibit]:
    """Exhibits of all checks together.

    Parameters
    ----------
    checked : sequence of Checked
        In the order of the study.

    Returns
    -------
    list of Exhibit
        ``robustness`` (verdicts); for each outcome with alternatives ``robustness_forest_<outcome>`` and
        ``robustness_effects_<outcome>``.
    """
    made = [_verdicts(checked)]
    for name in dict.fromkeys(one.subject.outcome.name for one in checked):
        mine = [one for one in checked if one.subject.outcome.name == name and one.finding.effects]
        if mine:
            made += _effects(mine)
    return made


def _verdicts(checked: Sequence[Checked]) -> Exhibit:
    rows = []
    for one, row in zip(checked, names_of(checked), strict=True):
        told = {"verdict": VERDICTS[one.finding.verdict], "finding": one.finding.sentence}
        for column, head in COLUMNS:
            cell = {"column": column, "column_en": head[0], "column_zh": head[1]}
            words = {"text_en": told[column][0], "text_zh": told[column][1]}
            label = {"label_en": f"{row[0]}: {head[0]}", "label_zh": f"{row[1]}：{head[1]}"}
            line = {"row": one.choice.name, "row_en": row[0], "row_zh": row[1]}
            rows.append({**FACT, **line, **cell, **words, **label})
    options = {"stub_en": "Check", "stub_zh": "检验"}
    synthetic = checked[0].subject.given.synthetic
    return bilingual(NAME, "grid", TITLE, pd.DataFrame(rows), [RULE], synthetic=synthetic, options=options)


def _effects(checked: Sequence[Checked]) -> list[Exhibit]:
    """The forest and the same numbers as a table."""
    subject = checked[0].subject
    outcome, names = subject.outcome, names_of(checked, with_outcomes=False)
    frame = [_part(subject, [main_effect(subject)], ("", ""), main=True)]
    frame += [_part(subject, one.finding.effects, name) for one, name in zip(checked, names, strict=True)]
    rows = pd.concat(frame, ignore_index=True)
    told = [note for one in checked for note in reasons(one.finding.effects)]
    words = {"outcome": outcome.label_en}, {"outcome": outcome.label_zh}
    synthetic = subject.given.synthetic
    forest = bilingual(
        f"{NAME}_forest_{outcome.name}",
        "forest",
        (FOREST[0].format(**words[0]), FOREST[1].format(**words[1])),
        rows[rows["value"].notna()].reset_index(drop=True),
        synthetic=synthetic,
        options=forest_options(subject),
    )
    table = bilingual(
        f"{NAME}_effects_{outcome.name}",
        "grid",
        (EFFECTS[0].format(**words[0]), EFFECTS[1].format(**words[1])),
        _grid(rows, outcome.unit, subject.level),
        list(dict.fromkeys(told)),
        synthetic=synthetic,
        options={
            "stub_en": "Alternative",
            "stub_zh": "设定",
            "currency": subject.given.currency,
            "of_estimates": True,
        },
    )
    return [forest, table]


def _part(
    subject: Subject, effects: Sequence[Alternative], panel: Words, *, main: bool = False
) -> pd.DataFrame:
    frame = forest_frame(effects)
    return frame.assign(panel_en=panel[0], panel_zh=panel[1], pooled=main)


def _grid(rows: pd.DataFrame, unit: str, level: float) -> pd.DataFrame:
    """Cells: estimate with its interval, and p-value."""
    heads = (
        ("interval", f"Estimate ({level:.0%} interval)", f"估计值（{level:.0%}置信区间）", "interval"),
        ("p_value", "p-value", "p值", "p"),
    )
    made = []
    for k, row in enumerate(rows.to_dict("records")):
        held = {name: row[name] for name in ("count", "largest_share", "label_en", "label_zh")}
        line = {"row": str(k), "row_en": row["label_en"], "row_zh": row["label_zh"]}
        line |= {"section_en": row["panel_en"], "section_zh": row["panel_zh"]}
        for column, english, chinese, form in heads:
            value = row["p_value"] if form == "p" else row["value"]
            if not np.isfinite(value) and form == "p":
                continue
            cell = {"column": column, "column_en": english, "column_zh": chinese, "form": form}
            cell |= {"value": value, "low": row["low"], "high": row["high"], "unit": unit}
            if not np.isfinite(row["value"]):
                cell |= {"form": "text", "text_en": "no estimate", "text_zh": "无估计"}
            elif form == "interval" and not np.isfinite(row["low"] + row["high"]):
                cell |= {"form": "number"}
            made.append({**held, **line, **cell})
    return pd.DataFrame(made)
