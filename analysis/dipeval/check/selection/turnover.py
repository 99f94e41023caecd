"""Entry and exit of hospitals as outcomes of the study's own design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.check.blaming import blaming_p_values
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative, Finding, Words
from dipeval.check.selection.presence import GAP, GONE, NOT_YET, PRESENT, STATES, Presence, presence, turnover
from dipeval.check.selection.turnover_exhibits import turnover_exhibits
from dipeval.check.sound import OWN
from dipeval.check.subject import Subject, effect_of
from dipeval.describe.side_by_side.of_study import variant_of
from dipeval.describe.side_by_side.variant import ENDED, NONE, variant_design
from dipeval.design import PanelDesign
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.results import Estimate
from dipeval.study import NEVER
from dipeval.study.descriptions import DescriptionChoice

TITLES = "Entry and exit of hospitals", "医院的进入与退出"
LABELS: dict[str, Words] = {
    PRESENT: ("Reports", "在报"),
    NOT_YET: ("Has not entered yet", "尚未进入"),
    GONE: ("Has left", "已退出"),
    GAP: ("Gap between reports", "中断"),
}
METHOD = (
    "Whether a hospital reports, has not entered yet, has left or is in a gap was an outcome of the same design, on all "
    "hospitals that ever report and all periods in which their city does; p-values are adjusted for the number of tests.",
    "以医院在报、尚未进入、已退出或中断为结果变量，在曾有数据的全部医院及其所在城市有数据的各时期上，按同一设计估计改革效应；"
    "P值按检验个数校正。",
)
RULE = (
    "Failed: the reform moves entry, exit or gaps at 5 %, adjusted for their number. Passed: it does not, and the intervals of all lie "
    "within ±{tolerance:.0%} of hospitals, or every hospital always reports. Informative: wider intervals than that.",
    "判定规则：改革对进入、退出或中断的效应经多重检验校正后在5%水平显著为未通过；均不显著且区间均在±{tolerance:.0%}的医院以内，"
    "或所有医院始终在报，为通过；区间更宽为仅供参考。",
)
WHOLE = (
    "All {n} hospitals report in every period in which their city does: nobody enters or leaves.",
    "全部{n}家医院在其城市有数据的各时期均在报：无医院进入或退出。",
)


@dataclass(frozen=True)
class Turnover:
    """Effects of the reform on the four states.

    Attributes
    ----------
    presence : Presence
    reformed : numpy.ndarray, shape (N,), bool
        Hospitals whose reform begins in the window.
    fitted : dict of str to Estimate
        By state, with the study's inference; states that never occur are not in it.
    effects : dict of str to Alternative
    adjusted : dict of str to float
        P-values of entry, exit and gaps, adjusted for their number (`dealing`).
    reasons : dict of str to (str, str)
        Why a state could not be estimated.
    rule : (str, str)
        How the p-values came about.
    """

    presence: Presence
    reformed: np.ndarray
    fitted: dict[str, Estimate]
    effects: dict[str, Alternative]
    adjusted: dict[str, float]
    reasons: dict[str, Words]
    rule: Words


def presence_design(found: Presence, like: PanelDesign) -> PanelDesign:
    """The design of a study on all its hospitals and periods, reporting or not, without weights and covariates.

    Hospitals that enter after their reform have no period before it among the rows of the panel, so the study's own design
    leaves them out; here they are absent before and present after.
    """
    grid = found.grid()
    own = replace(variant_of("presence", {}, like), covariates=(), weights=NONE)
    kept = ["city", "hospital", "period", "cohort", *own.clusters, *([ENDED] if ENDED in grid else [])]
    return variant_design(grid[list(dict.fromkeys(kept))], own)


def effects_on_presence(subject: Subject) -> Turnover:
    """Estimate the reform's effect on each state that occurs.

    Notes
    -----
    Four estimates on N × T rows at most, and those of `dealing.blaming_p_values`.
    """
    found = presence(subject.rows)
    cohort = found.hospitals["cohort"].astype(str)
    reformed = ((cohort != NEVER) & (cohort <= found.periods[-1])).to_numpy()
    fitted: dict[str, Estimate] = {}
    reasons: dict[str, Words] = {}
    effects: dict[str, Alternative] = {}
    if not found.is_complete:
        design = presence_design(found, subject.design)
        for name in STATES:
            state = found.state(name).ravel()
            if np.nanmax(state) == 0:
                continue
            try:
                fitted[name] = _estimated(subject, design, state, name)
                effects[name] = effect_of(fitted[name], LABELS[name], subject.level)
            except DesignError as error:
                why = "; ".join(problem.what for problem in error.problems)
                reasons[name] = (why, why)
    moved = [name for name in (NOT_YET, GONE, GAP) if name in effects]
    if not moved:
        return Turnover(found, reformed, fitted, effects, {}, reasons, OWN)
    sound = blaming_p_values([fitted[name] for name in moved], subject.design)
    adjusted = dict(zip(moved, map(float, sound.adjusted), strict=True))
    return Turnover(found, reformed, fitted, effects, adjusted, reasons, sound.rule)


def _estimated(subject: Subject, design: PanelDesign, state: np.ndarray, name: str) -> Estimate:
    choice = subject.estimator
    made = estimate(
        design,
        state,
        estimator=choice.name,
        outcome=name,
        study=subject.study,
        covariates=(),
        **choice.options,
    )
    return subject.errors(made)


def entry_exit(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.entry_exit`."""
    made, tolerance = effects_on_presence(subject), float(choice.options["tolerance"])
    verdict = _verdict(made, tolerance)
    rule = RULE[0].format(tolerance=tolerance), RULE[1].format(tolerance=tolerance)
    exhibits = turnover_exhibits(subject, choice, made, LABELS, choice.titles(*TITLES), rule)
    return Finding(verdict, _sentence(made, verdict, tolerance), tuple(exhibits), (), METHOD)


def _verdict(made: Turnover, tolerance: float) -> str:
    if made.presence.is_complete:
        return PASSED
    if any(p < 0.05 for p in made.adjusted.values()):
        return FAILED
    if made.reasons or not made.adjusted:
        return INFORMATIVE
    narrow = all(max(abs(e.low), abs(e.high)) <= tolerance for e in made.effects.values())
    return PASSED if narrow else INFORMATIVE


def _sentence(made: Turnover, verdict: str, tolerance: float) -> Words:
    n = len(made.reformed)
    if made.presence.is_complete:
        return WHOLE[0].format(n=n), WHOLE[1].format(n=n)
    sides = [turnover(made.presence, side) for side in (made.reformed, ~made.reformed)]
    told = {f"{name}{k}": count for k, side in enumerate(sides) for name, count in side.items()}
    counts = (
        "Of {hospitals0} reformed hospitals {entered0} enter and {left0} leave in the window, of {hospitals1} others "
        "{entered1} and {left1}",
        "窗口期内{hospitals0}家改革医院中{entered0}家进入、{left0}家退出，{hospitals1}家其他医院中{entered1}家进入、{left1}家退出",
    )
    moved = _moved(made.effects, made.adjusted)
    closing: Mapping[str, Words] = {
        FAILED: ("the reform moves who reports", "改革改变了在报医院的构成"),
        PASSED: (
            f"a change of more than {tolerance:.0%} of hospitals is excluded",
            f"可排除超过{tolerance:.0%}医院的变化",
        ),
        INFORMATIVE: ("too uncertain to exclude a change that matters", "不确定性过大，无法排除重要变化"),
    }
    end = closing[verdict]
    return (
        f"{counts[0].format(**told)}; {moved[0]}; {end[0]}.",
        f"{counts[1].format(**told)}；{moved[1]}；{end[1]}。",
    )


def _moved(effects: Mapping[str, Alternative], adjusted: Mapping[str, float]) -> Words:
    """Effects on entry and exit in percentage points of hospitals."""
    known = {name: one for name, one in effects.items() if name != PRESENT and np.isfinite(one.value)}
    if not known:
        return "their effects could not be estimated", "无法估计其效应"
    parts: list[tuple[str, str]] = []
    for name, one in known.items():
        p = adjusted.get(name, np.nan)
        chance = "no p-value" if not np.isfinite(p) else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
        value = f"{100 * one.value:+.1f}".replace("-", "\u2212")
        parts.append(
            (
                f"{LABELS[name][0].lower()} {value} points ({chance})",
                f"{LABELS[name][1]}{value}个百分点（{chance}）",
            )
        )
    english, chinese = zip(*parts, strict=True)
    return f"effect of the reform: {', '.join(english)}", f"改革效应：{'，'.join(chinese)}"


def turnover_frame(made: Turnover) -> pd.DataFrame:
    """Counts of both sides, one row a side: ``reformed``, ``hospitals``, ``throughout``, ``entered``, ``left``, ``gaps``."""
    sides = ((True, made.reformed), (False, ~made.reformed))
    return pd.DataFrame([{"reformed": on, **turnover(made.presence, side)} for on, side in sides])
