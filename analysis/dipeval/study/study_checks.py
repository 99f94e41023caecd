"""What the parts of a study file must be, beyond the grammar: the window, the estimators, the gate."""

from __future__ import annotations

from ..errors import nearest
from .grammar import Checker, period_problem
from .model import NEVER


def check_window(checker: Checker, data: dict, design: dict) -> None:
    """Periods are of the study's frequency and in order; a description may be of one period."""
    form = {"year": 4, "month": 7, "quarter": 6}.get(data["frequency"] or "", 0)
    for key in ("start", "end"):
        value = data[key]
        if value and form and not period_problem(value) and len(value) != form:
            checker.report(
                f"data.{key}", f"'{value}' is not a {data['frequency']}", "write it at that frequency"
            )
    if data["start"] and data["end"]:
        one_period = data["start"] == data["end"] and not design["by"]
        if data["start"] >= data["end"] and not one_period:
            what = f"{data['end']} does not lie after {data['start']}"
            checker.report("data.end", what, "mend the window")
    window = design["event_window"] or (0, 0)
    if len(window) != 2 or not window[0] < 0 <= window[1]:
        checker.report(
            "design.event_window", f"{list(window)} is no window", "write [leads, lags], e.g. [-12, 24]"
        )
    elif not window[0] <= (design["reference"] or 0) < 0:
        checker.report("design.reference", "does not lie among the leads", "write -1, or another lead")
    if (design["anticipation"] or 0) < 0:
        checker.report(
            "design.anticipation", "must be 0 or more periods", "write 0, or the periods of anticipation"
        )
    if design["by"] == "city" and design["starts"]:
        checker.report("design.starts", "cities bring their own dates", 'leave it out when by = "city"')
    if design["by"] and design["by"] != "city" and not design["starts"]:
        checker.report(
            "design.starts", f"who among {design['by']} is treated when?", "give a start or never for each"
        )
    _check_ends(checker, design, data["frequency"], form)
    for word, start in design["starts"].items():
        problem = "" if start == NEVER else period_problem(start or "")
        if problem:
            checker.report(f"design.starts.{word}", problem, f'write a period or "{NEVER}"')
        elif start != NEVER and form and len(start) != form:
            checker.report(
                f"design.starts.{word}",
                f"'{start}' is not a {data['frequency']}",
                "write it at that frequency",
            )


def _check_ends(checker: Checker, design: dict, frequency: str, form: int) -> None:
    """Who leaves the reform has started before, and the end is a period of the study."""
    if design["by"] == "city" and design["ends"]:
        todo = 'leave it out when by = "city": dates.ended of a city file says it'
        checker.report("design.ends", "cities bring their own dates", todo)
        return
    for word, end in design["ends"].items():
        start = design["starts"].get(word) or ""
        problem = period_problem(end or "")
        if problem:
            checker.report(f"design.ends.{word}", problem, "write a period")
        elif form and len(end) != form:
            what = f"'{end}' is not a {frequency}"
            checker.report(f"design.ends.{word}", what, "write it at that frequency")
        elif not start or start == NEVER or end <= start:
            what = f"'{end}' does not lie after a start"
            checker.report(f"design.ends.{word}", what, "give its start too, or leave the end out")


def check_estimators(checker: Checker, estimate: dict) -> None:
    """The main estimator is one of the study's."""
    names = estimate["estimators"] or ()
    if estimate["main"] and names and estimate["main"] not in names:
        checker.report(
            "estimate.main",
            f"'{estimate['main']}' is not among the estimators",
            nearest(estimate["main"], names),
        )


def check_disclosure(checker: Checker, disclose: dict) -> None:
    """Whoever loosens the gate says why."""
    loose = (disclose["minimum_cell"] or 0) < 10 or (disclose["dominance"] or 0) > 0.85
    if loose and not disclose["reason"]:
        checker.report(
            "disclose.reason", "the gate is loosened without a reason", "say why, e.g. public statistics"
        )


def check_parts(checker: Checker, found: dict) -> None:
    """Who estimates says of what, and who is treated when."""
    if found["effects"] and not found["design"]["by"]:
        checker.report("effects", "needs the table [design], which is missing", "add [design]")
    if found["design"]["comparison"] == "none":
        for part in ("estimate", "case_models", "composition"):
            if found[part]["estimators"] if part == "estimate" else found[part]:
                todo = (
                    'leave it out, or write comparison = "not_yet_treated" and add places without the reform'
                )
                checker.report(part, 'does not go with [design] comparison = "none"', todo)
    asks = {
        "estimate": bool(found["estimate"]["estimators"]),
        "case_models": bool(found["case_models"]),
        "families": bool(found["families"]),
        "composition": bool(found["composition"]),
    }
    has = {"design": bool(found["design"]["by"]), "outcomes": bool(found["outcomes"]["names"])}
    for asking in (name for name, asked in asks.items() if asked):
        for part in (name for name, there in has.items() if not there):
            checker.report(asking, f"needs the table [{part}], which is missing", f"add [{part}]")
