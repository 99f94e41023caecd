"""Tables of the simulation for docs/inference.md."""

from __future__ import annotations

import pandas as pd

from dipeval.check.advice import MOST, PREFERENCE, simulations

SHOWN = {
    "CR1": "CR1",
    "multiplier": "multiplier",
    "CR2": "CR2",
    "CR3": "CR3",
    "WCU11": "WCU11",
    "WCR11": "WCR11",
    "WCR33": "WCR33",
    "randomisation-t": "random. t",
    "randomisation-estimate": "random. est.",
    "conley_taber": "Conley–Taber",
    "ferman_pinto": "Ferman–Pinto",
    "ibragimov_mueller": "Ibragimov–Müller",
    "sign_changes": "signs",
}
ADVISED = ("twfe", "imputation", "group_time")


def tables(frame: pd.DataFrame) -> str:
    """Rejection of true nulls by method, for two estimators, and what is advised."""
    parts = []
    for estimator in ("twfe", "imputation"):
        parts += [f"Rejection of a true null at 5 %, `{estimator}`, small / large city shocks, in %:", ""]
        parts += [_rejections(frame[frame["estimator"] == estimator]), ""]
    panels = int(frame["panels"].min())
    sound = frame[frame["rejection"] <= MOST]
    of_null, of_power = (100 * sound[f"{name}_error"].max() for name in ("rejection", "power"))
    parts += [
        f"{panels:,} panels a cell. Monte Carlo errors of methods that keep their level: up to {of_null:.1f} points "
        f"for rejection, {of_power:.1f} for power. A dash: not defined there.",
        "",
        "What `dipeval check` advises, with its rejection of true nulls and its power against 5 %, small / large "
        "shocks, in %:",
        "",
        _advised(),
    ]
    return "\n".join(parts)


def _rejections(frame: pd.DataFrame) -> str:
    shown = {name: label for name, label in SHOWN.items() if name in set(frame["method"])}
    lines = ["| treated of cities | " + " | ".join(shown.values()) + " |", "|---|" + "---:|" * len(shown)]
    for (cities, treated), cell in frame.groupby(["cities", "treated"]):
        by_method = {name: part.set_index("shock") for name, part in cell.groupby("method")}
        rates = " | ".join(_pair(by_method[name]) for name in shown)
        lines.append(f"| {treated} of {cities} | {rates} |")
    return "\n".join(lines)


def _pair(part: pd.DataFrame) -> str:
    if (part["defined"] < 1).any():
        return "–"
    return " / ".join(f"{100 * part.loc[shock, 'rejection']:.0f}" for shock in ("small", "large"))


def _advised() -> str:
    from dipeval.check.advice import advise

    lines = ["| treated of cities | " + " | ".join(f"`{name}`" for name in ADVISED) + " |"]
    lines.append("|---|" + "---|" * len(ADVISED))
    for cities, treated in sorted(simulations()):
        told = []
        for advice in advise(cities, treated, ADVISED):
            if advice.chosen is None or advice.method is None:
                told.append("none keeps its level")
                continue
            rejection, power = (
                " / ".join(f"{100 * rate[shock]:.0f}" for shock in ("small", "large"))
                for rate in (advice.chosen.rejection, advice.chosen.power)
            )
            told.append(f"{PREFERENCE[advice.method].replace('method = ', '')}: {rejection}, power {power}")
        lines.append(f"| {treated} of {cities} | " + " | ".join(told) + " |")
    return "\n".join(lines)
