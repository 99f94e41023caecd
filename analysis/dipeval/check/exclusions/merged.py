"""The effect without hospitals that are not the same throughout: merged, split, renamed, with another code, or of sudden size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.check.alternatives.forest import main_effect
from dipeval.check.exclusions.again import without
from dipeval.check.exclusions.exhibits import exhibits_of
from dipeval.check.exclusions.line import verdict_of
from dipeval.check.exclusions.words import sentence_of
from dipeval.check.finding import INFORMATIVE, Finding, Words
from dipeval.check.subject import Subject
from dipeval.design.calendar import period_code
from dipeval.errors import DataError, Problem, nearest
from dipeval.study.descriptions import DescriptionChoice

MERGED = ("merged", "split")
TITLES: Words = ("The effect without merged and relinked hospitals", "剔除合并或重新对应医院后的效应")
GROUPS: dict[str, Words] = {
    "merged": ("Without hospitals that merged or split", "剔除合并或拆分的医院"),
    "other": ("Without hospitals renamed, moved or with a new code", "剔除更名、迁址或更换代码的医院"),
    "named": ("Without hospitals that the study names", "剔除研究指定的医院"),
    "jump": ("Without hospitals of sudden change in size", "剔除规模突变的医院"),
}
ALL: Words = ("Without any of these", "剔除以上全部医院")
HOW_MANY: Words = (
    "{0}: {1} of {2} hospitals.",
    "{0}：{2}家医院中的{1}家。",
)
FEW_HOSPITALS = 3
"""Fewer hospitals than these are not counted in words."""
NOTHING: Words = (
    "No hospital of the design merged, split, was renamed or had another code, as far as the identity of hospitals was "
    "decided; nothing was left out.",
    "据已判定的医院身份，研究设计中无合并、拆分、更名或更换代码的医院，未剔除任何医院。",
)
NO_JUMP: Words = (
    " None changed in size by a factor of {factor:g} against its city.",
    "亦无医院的规模相对所在城市变动达{factor:g}倍。",
)
METHOD: Words = ("The effect was estimated again without hospitals {}.", "剔除{}的医院后重新估计效应。")
HAPPENED: Words = (
    "that merged, split, were renamed or had another code in the study",
    "研究期间合并、拆分、更名或更换代码",
)
NAMED: Words = ("that the study names", "研究指定")
JUMPED: Words = (
    "whose discharges changed by a factor of {factor:g} or more from one year to the next, against the median of their city",
    "年出院人次相对所在城市中位数变动达{factor:g}倍",
)
SPAN = {"month": 12, "quarter": 4, "year": 1}
"""Periods on either side over which sizes are compared: a year."""


def exclude_merged(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.exclude_merged`."""
    unit = subject.rows["city"] + "/" + subject.rows["hospital"]
    chosen = chosen_hospitals(subject, choice)
    main = main_effect(subject)
    parts = _parts(choice)
    if not chosen:
        jump = float(choice.options["jump"] or 0.0)
        more = tuple(text.format(factor=jump) if jump else "" for text in NO_JUMP)
        nothing = NOTHING[0] + more[0], NOTHING[1] + more[1]
        return Finding(INFORMATIVE, nothing, (), (), METHOD, parts)
    lines = [without(subject, GROUPS[key], unit.isin(names).to_numpy()) for key, names in chosen.items()]
    if len(chosen) > 1:
        lines.append(without(subject, ALL, unit.isin(set().union(*chosen.values())).to_numpy()))
    verdict = verdict_of(main, lines, subject.level)
    notes = [_counted(GROUPS[key], names, unit.nunique()) for key, names in chosen.items()]
    sentence = sentence_of(subject, main, lines, verdict, ("Without these hospitals", "剔除这些医院后"))
    return Finding(
        verdict,
        sentence,
        exhibits_of(subject, choice.name, choice.titles(*TITLES), main, lines, notes),
        tuple(line.effect for line in lines),
        METHOD,
        parts,
    )


def _parts(choice: DescriptionChoice) -> tuple[Words, ...]:
    """Whom the check leaves out, in words."""
    jump = float(choice.options["jump"] or 0.0)
    made = [HAPPENED]
    if choice.options["hospitals"]:
        made.append(NAMED)
    if jump:
        made.append((JUMPED[0].format(factor=jump), JUMPED[1].format(factor=jump)))
    return ((", or ".join(one for one, _ in made), "或".join(one for _, one in made)),)


def chosen_hospitals(subject: Subject, choice: DescriptionChoice) -> dict[str, set[str]]:
    """Hospitals of the design as ``city/hospital`` by why they are left out; reasons without any are not there.

    Raises
    ------
    DataError
        Hospitals that the panel does not know, things that never happen to a hospital.
    """
    rows = subject.rows
    there = set((rows["city"] + "/" + rows["hospital"]).unique())
    named = {str(name) for name in choice.options["hospitals"]}
    unknown = sorted(named - there)
    if unknown:
        told = [
            Problem(
                "hospitals",
                f"'{name}' is no hospital of the panel",
                f"write city/code; {nearest(name, there)}",
            )
            for name in unknown
        ]
        raise DataError("check", told)
    found = _happened(subject, tuple(choice.options["happened"]))
    jump = float(choice.options["jump"] or 0.0)
    found |= {"named": named, "jump": _jumping(rows, jump, subject.given.frequency) if jump else set()}
    return {key: names & there for key, names in found.items() if names & there}


def _happened(subject: Subject, asked: Sequence[str]) -> dict[str, set[str]]:
    linked = subject.given.linked
    if linked is None or linked.empty:
        return {"merged": set(), "other": set()}
    names, what = linked["city"] + "/" + linked["hospital"], linked["happened"]
    unknown = sorted(set(asked) - set(what))
    if unknown:
        raise DataError(
            "check",
            [Problem("happened", f"'{w}' happened to no hospital", nearest(w, set(what))) for w in unknown],
        )
    taken = what.isin(asked) if asked else pd.Series(True, index=what.index)
    is_merger = what.isin(MERGED)
    return {"merged": set(names[taken & is_merger]), "other": set(names[taken & ~is_merger])}


def _jumping(rows: pd.DataFrame, factor: float, frequency: str) -> set[str]:
    """Hospitals whose discharges of the year after some period are `factor` times (or a `factor`-th of) those of the year before,
    against the median of their city."""
    if "discharges" not in rows.columns:
        raise DataError("check", [Problem("jump", "the panel has no discharges", "leave jump out")])
    span = SPAN[frequency]
    codes = rows["period"].map({p: period_code(p) for p in rows["period"].unique()})
    wide = pd.DataFrame(
        {
            "unit": rows["city"] + "/" + rows["hospital"],
            "code": codes,
            "size": rows["discharges"].astype(float),
        }
    ).pivot(index="code", columns="unit", values="size")
    wide = wide.reindex(range(wide.index.min(), wide.index.max() + 1))
    before = np.log(wide.rolling(span).mean())
    ratio = before.shift(-span) - before
    city = ratio.columns.str.split("/").str[0]
    common = ratio.T.groupby(city).transform("median").T
    far = (ratio - common).abs() > np.log(factor) + 1e-12
    return set(ratio.columns[far.any(axis=0)])


def _counted(label: Words, names: set[str], of: int) -> Words:
    n = (
        (len(names),) * 2
        if len(names) >= FEW_HOSPITALS
        else (f"fewer than {FEW_HOSPITALS}", f"不足{FEW_HOSPITALS}")
    )
    return HOW_MANY[0].format(label[0], n[0], of), HOW_MANY[1].format(label[1], n[1], of)
