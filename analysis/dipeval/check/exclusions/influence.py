"""Many leave-outs at once: how the effects without each are spread, nobody named."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.check.alternatives.numbers import signed
from dipeval.check.exclusions.line import STATES, Line, state_of
from dipeval.check.exclusions.words import RULE
from dipeval.check.finding import Alternative, Words
from dipeval.check.subject import Subject
from dipeval.describe.cases.grid import COUNT, FACT, NUMBER, Held, Word, entry
from dipeval.describe.side_by_side.comparing import LOG_UNIT
from dipeval.results.exhibit import Exhibit, bilingual

BINS = 25
SPREAD: tuple[tuple[str, float, Words], ...] = (
    ("least", 0.0, ("Lowest", "最低")),
    ("p05", 0.05, ("5th percentile", "第5百分位")),
    ("median", 0.5, ("Median", "中位数")),
    ("p95", 0.95, ("95th percentile", "第95百分位")),
    ("most", 1.0, ("Highest", "最高")),
)
MAIN: Words = ("Main estimate", "主要估计")
NUMBERS = Word("numbers", "Effects without one", "剔除一个后的效应")


def influence_exhibits(
    subject: Subject,
    name: str,
    titles: Words,
    main: Alternative,
    lines: Sequence[Line],
    word: Words,
    notes: Sequence[Words],
) -> tuple[Exhibit, ...]:
    """A histogram ``<name>`` of the effects and a table ``<name>_table`` of their spread."""
    values = np.array([line.effect.value for line in lines])
    known = values[np.isfinite(values)]
    made = []
    if len(known) and np.ptp(known) > 0:
        made.append(_histogram(subject, name, titles, main, known, word, notes))
    made.append(_spread(subject, f"{name}_table", titles, main, lines, known, [*notes, RULE]))
    return tuple(made)


def _histogram(
    subject: Subject,
    name: str,
    titles: Words,
    main: Alternative,
    known: np.ndarray,
    word: Words,
    notes: Sequence[Words],
) -> Exhibit:
    edges = np.linspace(known.min(), known.max(), BINS + 1)
    shares = np.histogram(known, edges)[0] / len(known)
    ends = [f"{signed(a, 4)} – {signed(b, 4)}" for a, b in zip(edges, edges[1:], strict=False)]
    frame = pd.DataFrame(
        {"left": edges[:-1], "right": edges[1:], "value": shares, "label_en": ends, "label_zh": ends}
    )
    frame = frame.assign(count=np.nan, largest_share=np.nan)
    in_logs = subject.outcome.unit == LOG_UNIT
    options = {
        "axis_en": f"Effect without one {word[0]}{', log points' if in_logs else ''}",
        "axis_zh": f"剔除一个{word[1]}后的效应{'（对数点）' if in_logs else ''}",
        # An axis of logarithms would be called natural logarithm: right for a mean, not for an effect.
        "unit": "" if in_logs else subject.outcome.unit,
        "currency": subject.given.currency,
        "marks": f"{main.value:.4g}",
        "of": "hospitals",
    }
    told = [("The line is the main estimate.", "竖线为主要估计。"), *notes]
    return bilingual(
        name, "histogram", titles, frame, told, synthetic=subject.given.synthetic, options=options
    )


def _spread(
    subject: Subject,
    name: str,
    titles: Words,
    main: Alternative,
    lines: Sequence[Line],
    known: np.ndarray,
    notes: Sequence[Words],
) -> Exhibit:
    unit, behind = subject.outcome.unit, Held(main.count, main.largest_share)
    cells = [entry(Word("main", *MAIN), NUMBERS, NUMBER, main.value, behind, unit=unit)]
    for key, part, label in SPREAD if len(known) else ():
        value = float(np.quantile(known, part))
        cells.append(entry(Word(key, *label), NUMBERS, NUMBER, value, behind, unit=unit))
    states = [state_of(main, line) for line in lines]
    for state in (s for s in STATES if s in states):
        cells.append(entry(Word(state, *_counted(state)), NUMBERS, COUNT, states.count(state), FACT))
    options = {"stub_en": "", "stub_zh": "", "currency": subject.given.currency, "of_estimates": True}
    return bilingual(
        name, "grid", titles, pd.DataFrame(cells), notes, synthetic=subject.given.synthetic, options=options
    )


def _counted(state: str) -> Words:
    return f"Number: {STATES[state][0]}", f"个数：{STATES[state][1]}"
