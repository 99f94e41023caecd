"""What the project can tell without data: methods paragraph, codebook, lists."""

from __future__ import annotations

from pathlib import Path

from ..check.registry import CHECKS, check_labels
from ..clean.registry import rules
from ..clean.rule import Rule, settings_text
from ..describe.registry import KINDS, kind_labels
from ..errors import Problem, StudyError, nearest
from ..estimate.registry import estimands
from ..infer.registry import INFERENCES, inference_labels
from ..store.project import open_project
from ..study.descriptions import DESCRIBE, EFFECTS
from ..study.explain import explain
from ..vocabulary import columns, outcomes, patient_words, plausible_costs, units
from .plan import Declared, declare


def explain_study(name: str, language: str = "en", root: Path | None = None) -> str:
    """The methods paragraph of a study in ``en`` or ``zh``."""
    if language not in ("en", "zh"):
        problem = Problem(
            "--language", f"'{language}' is not a language here", nearest(language, ("en", "zh"))
        )
        raise StudyError("explain", [problem])
    declared = declare(open_project(root, None), name)
    return _methods(declared)[language == "zh"]


def _methods(declared: Declared) -> tuple[str, str]:
    labels = inference_labels(), {**kind_labels(), **check_labels()}
    return explain(declared.study, declared.cities, estimands(), *labels)


KINDS_OF_FILES = ("studies", "cities", "sources", "portraits")


def listing(kind: str = "", root: Path | None = None) -> str:
    """Names of one kind, or of all kinds, with their labels."""
    from ..simulate.faulty import faults

    project = open_project(root, None)
    known = {kind: [(name, "") for name in project.names(kind)] for kind in KINDS_OF_FILES}
    known["outcomes"] = [(o.name, o.label_en) for o in outcomes().values()]
    known["estimators"] = [(name, label) for name, (label, _, _) in estimands().items()]
    known["inference"] = [(m.name, f"{m.label_en}  [{', '.join(m.options)}]") for m in INFERENCES.values()]
    for title, heading in (("descriptions", DESCRIBE), ("effects", EFFECTS)):
        kinds = {name: kind for name, kind in KINDS.items() if kind.heading == heading}
        known[title] = [(name, f"{k.label_en}  [{', '.join(k.keys)}]") for name, k in kinds.items()]
    known["checks"] = [(name, f"{k.label_en}  [{', '.join(k.keys)}]") for name, k in CHECKS.items()]
    known["rules"] = [(r.name, _with_settings(r)) for r in rules().values()]
    known["faults"] = [
        (f.name, f"{f.label_en}  [{f.action}: {f.rule or 'nothing to count'}]") for f in faults().values()
    ]
    if kind and kind not in known:
        raise StudyError("list", [Problem("list", f"'{kind}' is not known", nearest(kind, known))])
    lines = []
    for title, entries in known.items():
        if kind in ("", title):
            lines.append(f"{title}:")
            lines += [f"  {name:<28} {label}".rstrip() for name, label in entries]
    return "\n".join(lines) + "\n"


def _with_settings(rule: Rule) -> str:
    """What a rule checks, with what a city may set and the defaults."""
    told = settings_text(rule)
    return f"{rule.label_en}  [{told}]" if told else rule.label_en


def codebook_text() -> str:
    """Columns, outcomes, units and cleaning rules as Markdown."""
    lines = [
        "# Codebook",
        "",
        "## Columns",
        "",
        "| name | English | 中文 | kind | values |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {c.name} | {c.label_en} | {c.label_zh} | {c.kind} | {', '.join(c.values)} |"
        for c in columns().values()
    ]
    lines += ["", "## Outcomes", "", "| name | English | 中文 | definition | unit |", "|---|---|---|---|---|"]
    forms = {"ratio": "{n} / {d}", "log_ratio": "ln({n} / {d})", "mean_log": "mean of ln({n})"} | {
        "cv": "standard deviation / mean of {n} over cases",
        "skewness": "skewness of {n} over cases",
        "sd_log": "standard deviation of ln({n}) over cases",
        "iqr": "third less first quartile of {n} over cases",
        "iqr_log": "ln(third / first quartile) of {n} over cases",
    }
    for o in outcomes().values():
        made = forms[o.kind].format(n=o.numerator, d=o.denominator)
        lines.append(f"| {o.name} | {o.label_en} | {o.label_zh} | {made} | {o.unit} |")
    lines += ["", "## What models on cases adjust for, made of a column", ""]
    lines += [
        "| name | English | 中文 | made of | first number of each further group |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {w.name} | {w.label_en} | {w.label_zh} | {w.needs} | {', '.join(map(str, w.limits))} |"
        for w in patient_words().values()
    ]
    lines += ["", "## Units of money", "", "| name | currency | minor units in one |", "|---|---|---|"]
    lines += [f"| {u.name} | {u.currency} | {u.minor_per_unit} |" for u in units().values()]
    lines += ["", "## Plausible cost of a day (rule unit_alarm)", ""]
    lines += ["| currency | unit | least | most | source |", "|---|---|---|---|---|"]
    lines += [
        f"| {currency} | {p.unit} | {p.least_a_day:g} | {p.most_a_day:g} | {p.source} |"
        for currency, p in plausible_costs().items()
    ]
    lines += [
        "",
        "## Cleaning rules",
        "",
        "| name | what it checks | 中文 | what it does | a city may set | source |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.name} | {r.label_en} | {r.label_zh} | {r.action} | {settings_text(r)} | {r.source} |"
        for r in rules().values()
    ]
    return "\n".join(lines) + "\n"
