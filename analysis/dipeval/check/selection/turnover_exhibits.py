"""Entry and exit as exhibits: a table, the share of hospitals that report by cohort, and its event study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.check.selection.presence import PRESENT, Presence, turnover
from dipeval.describe.cases.grid import COUNT, FACT, INTERVAL, P_VALUE, Held, Word, entry
from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.describe.event_study import event_study_exhibit
from dipeval.describe.trends import cohort_label
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.vocabulary import Outcome

if TYPE_CHECKING:
    from dipeval.check.selection.turnover import Turnover
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice

Words = tuple[str, str]
REFORMED = Word("reformed", "Reformed", "改革医院")
OTHERS = Word("others", "Others", "其他医院")
EFFECT = Word("effect", "Effect", "效应")
P = Word("p", "P value (adjusted)", "P值（校正）")
COUNTS = {
    "hospitals": Word("hospitals", "Hospitals", "医院数"),
    "throughout": Word("throughout", "Report throughout", "始终在报"),
    "entered": Word("entered", "Enter later", "中途进入"),
    "left": Word("left", "Leave before the end", "提前退出"),
    "gaps": Word("gaps", "With a gap", "有中断"),
}
SECTIONS = (
    ("Hospitals", "医院数"),
    ("Effect of the reform on the share of hospitals, percentage points", "改革对医院占比的效应（百分点）"),
)
UNKNOWN = (
    "Periods in which nobody of a city reports are facts about its data and count for no hospital.",
    "某城市所有医院均无数据的时期属于数据覆盖问题，不计入任何医院。",
)
SUM = (
    "The effect on reporting is minus the sum of the three others. Hospitals count once each, without covariates.",
    "在报的效应等于其余三项之和的相反数。各医院等权，不含协变量。",
)
AXIS = ("Share of hospitals that report", "在报医院占比")
REPORTING = Outcome(
    "present", "ratio", "hospitals", "hospital_periods", "share", "Hospital reports", "医院在报"
)
SHARE_TITLE = ("share that reports, by cohort", "各改革批次在报占比")
EVENT_TITLE = ("event study of reporting", "在报的事件研究")


def turnover_exhibits(
    subject: Subject,
    choice: DescriptionChoice,
    made: Turnover,
    labels: Mapping[str, Words],
    titles: Words,
    rule: Words,
) -> list[Exhibit]:
    """``<name>``, ``<name>_shares`` and, where the estimator gives event times, ``<name>_events``."""
    table = bilingual(
        choice.name,
        "grid",
        titles,
        pd.DataFrame(_rows(made, labels)),
        [
            UNKNOWN,
            SUM,
            rule,
            made.rule,
            *((f"{labels[n][0]}: {r[0]}.", f"{labels[n][1]}：{r[1]}。") for n, r in made.reasons.items()),
        ],
        synthetic=subject.given.synthetic,
    )
    if made.presence.is_complete:
        return [table]
    shares = bilingual(
        f"{choice.name}_shares",
        "trends",
        _further(titles, SHARE_TITLE),
        _shares(made.presence),
        [UNKNOWN],
        synthetic=subject.given.synthetic,
        options={"unit": "share", "axis_en": AXIS[0], "axis_zh": AXIS[1]},
    )
    return [table, shares, *_events(subject, choice, made, titles)]


def _further(titles: Words, more: Words) -> Words:
    return f"{titles[0]}: {more[0]}", f"{titles[1]}：{more[1]}"


def _rows(made: Turnover, labels: Mapping[str, Words]) -> list[dict[str, object]]:
    sides = ((REFORMED, made.reformed), (OTHERS, ~made.reformed))
    counted = [(column, turnover(made.presence, side)) for column, side in sides]
    rows = [
        entry(word, column, COUNT, counts[name], FACT, section=SECTIONS[0])
        for name, word in COUNTS.items()
        for column, counts in counted
    ]
    for name, one in made.effects.items():
        word, behind = Word(name, *labels[name]), Held(one.count, one.largest_share)
        told = {"low": one.low, "high": one.high, "unit": "share", "section": SECTIONS[1]}
        rows.append(entry(word, EFFECT, INTERVAL, one.value, behind, **told))
        if name in made.adjusted:
            rows.append(entry(word, P, P_VALUE, made.adjusted[name], behind, section=SECTIONS[1]))
    return rows


def _shares(found: Presence) -> pd.DataFrame:
    """Share of the hospitals of each cohort that report, by period; who reports is a fact about hospitals."""
    cohort = found.hospitals["cohort"].astype(str).to_numpy()
    rows = []
    for name in sorted(set(cohort), key=lambda word: (word == "never", word)):
        english, chinese = cohort_label(name, None)
        mine = cohort == name
        known = found.known[mine]
        n = known.sum(axis=0)
        share = np.divide((found.seen[mine] & known).sum(axis=0), n, out=np.full(len(n), np.nan), where=n > 0)
        rows += [
            {
                "cohort": name,
                "label_en": english,
                "label_zh": chinese,
                "period": period,
                "reform": "" if name == "never" else name,
                "value": share[t],
                "count": np.nan,
                "largest_share": np.nan,
            }
            for t, period in enumerate(found.periods)
            if n[t]
        ]
    return pd.DataFrame(rows)


def _events(subject: Subject, choice: DescriptionChoice, made: Turnover, titles: Words) -> list[Exhibit]:
    fitted = made.fitted.get(PRESENT)
    if fitted is None or not fitted.terms["kind"].isin(("event_time", "lead")).any():
        return []
    figure = event_study_exhibit(
        [EstimateFrames.of(fitted)],
        REPORTING,
        frequency=subject.given.frequency,
        name=f"{choice.name}_events",
        synthetic=subject.given.synthetic,
    )
    english, chinese = _further(titles, EVENT_TITLE)
    return [replace(figure, title_en=english, title_zh=chinese)]
