"""Effects on traits of cases as exhibits: a table in their own units, and a forest in standard deviations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.check.alternatives.forest import forest_frame, reasons
from dipeval.check.selection.traits import SECTIONS
from dipeval.describe.cases.grid import INTERVAL, P_VALUE, Held, Word, entry, form_of
from dipeval.results.exhibit import Exhibit, bilingual

if TYPE_CHECKING:
    from dipeval.check.selection.mix import Moved
    from dipeval.check.subject import Subject

Words = tuple[str, str]
COLUMNS = {
    "mean": Word("mean", "Mean without the reform", "未改革时均值"),
    "effect": Word("effect", "Effect", "效应"),
    "deviations": Word("deviations", "In standard deviations", "以标准差计"),
    "p": Word("p", "P value", "P值"),
    "adjusted": Word("adjusted", "P value (adjusted)", "P值（校正）"),
}
SCALED = "in standard deviations", "以标准差计"
AXIS = (
    "Effect in standard deviations between hospital-periods without the reform",
    "效应（未改革医院时期间标准差）",
)


def mix_exhibits(
    subject: Subject, name: str, titles: Words, found: Sequence[Moved], rules: Sequence[Words]
) -> list[Exhibit]:
    """``<name>`` and ``<name>_deviations``."""
    notes = [*rules, *reasons([one.effect for one in found])]
    told = {"synthetic": subject.given.synthetic}
    currency = {"currency": subject.given.currency}
    table = bilingual(name, "grid", titles, pd.DataFrame(_rows(found)), notes, options=currency, **told)
    frame = forest_frame([one.standardised for one in found])
    for k, language in enumerate(("en", "zh")):
        frame[f"panel_{language}"] = [SECTIONS[one.trait.section][k] for one in found]
    scaled = f"{titles[0]}: {SCALED[0]}", f"{titles[1]}：{SCALED[1]}"
    options = {"reference": 0.0, "level": subject.level, "axis_en": AXIS[0], "axis_zh": AXIS[1]}
    return [table, bilingual(f"{name}_deviations", "forest", scaled, frame, notes, options=options, **told)]


def _rows(found: Sequence[Moved]) -> list[dict[str, object]]:
    rows = []
    for one in found:
        word, section = Word(one.trait.name, *one.trait.label), SECTIONS[one.trait.section]
        behind, unit = Held(one.effect.count, one.effect.largest_share), one.trait.unit
        scaled = one.standardised
        rows += [
            entry(word, COLUMNS["mean"], form_of(unit), one.mean, behind, unit=unit, section=section),
            entry(
                word,
                COLUMNS["effect"],
                INTERVAL,
                one.effect.value,
                behind,
                low=one.effect.low,
                high=one.effect.high,
                unit=unit,
                section=section,
            ),  # fmt: skip
            entry(
                word,
                COLUMNS["deviations"],
                INTERVAL,
                scaled.value,
                behind,
                low=scaled.low,
                high=scaled.high,
                section=section,
            ),  # fmt: skip
            entry(word, COLUMNS["p"], P_VALUE, one.effect.p_value, behind, section=section),
            entry(word, COLUMNS["adjusted"], P_VALUE, one.adjusted, behind, section=section),
        ]
    return rows
