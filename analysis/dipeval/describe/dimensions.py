"""What cases are described by: a column, words made of it, or classes of a number, as levels in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dipeval.describe.labels import Labels, label_of
from dipeval.dip.code_lists import chapter_expression, chapters
from dipeval.errors import DataError, Problem, nearest
from dipeval.panel.case_words import CATEGORY, closed_code, closed_levels, needed_column, open_word
from dipeval.study.descriptions import CLUSTER, NUMBERS
from dipeval.vocabulary import columns, patient_words

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

PREFIX = "by_"
MISSING = "missing"
MISSING_LABEL = ("Not recorded", "未记录")
CHAPTER = "diagnosis_chapter"
CHAPTER_LABEL = ("Chapter of the principal diagnosis", "主要诊断章")
PLACES = {
    "city": ("City", "城市"),
    "period": ("Period", "时期"),
    "year": ("Year", "年份"),
    "cohort": ("Cohort", "改革批次"),
    "arm": ("Arm", "组别"),
    "when": ("Before or after", "改革前后"),
    "treatment": ("Ever treated", "是否改革"),
}
HOSPITAL, SLASH = "hospital", "/"
MOST_LEVELS = 2_000
MINOR = 100


@dataclass(frozen=True)
class Dimension:
    """A way to divide cases.

    Attributes
    ----------
    name : str
    levels : tuple of str
        In order; the last is `MISSING` where some case has none.
    labels : mapping of str to (str, str)
        English and Chinese label by level.
    label_en, label_zh : str
    """

    name: str
    levels: tuple[str, ...]
    labels: Labels
    label_en: str
    label_zh: str

    @property
    def column(self) -> str:
        """The text column that holds the level of each case."""
        return PREFIX + self.name


def with_dimensions(
    engine: TableEngine,
    cases: ir.Table,
    names: Sequence[str],
    bins: Mapping[str, Sequence[float]] | None = None,
    labels: Labels | None = None,
    most: int = MOST_LEVELS,
) -> tuple[ir.Table, dict[str, Dimension]]:
    """Give every case its level of each dimension, as text in the column ``by_<name>``.

    Parameters
    ----------
    names : sequence of str
        Columns of words, codes or flags; columns of `PLACES`; words of `vocabulary.patient_words`;
        ``diagnosis_chapter``; ``cluster:<name>`` of a clustering of hospitals or cases; columns of numbers that `bins` divides. Hospitals of several cities are called
        by city and code.
    bins : mapping of str to sequence of float
        First value of each class but the lowest, money in major units.
    labels : mapping of str to (str, str), optional
        Labels of words of the study (cities, for example).
    most : int
        Levels of one dimension, for callers that put most of them together.

    Returns
    -------
    cases : ibis table
    dimensions : dict of str to Dimension
        Levels that some case has; a declared order where there is one, else sorted. Cost: one pass
        for all dimensions together, whose levels are counted apart.

    Raises
    ------
    DataError
        With all problems: names that are not known or that the cases lack, numbers without classes,
        more than `most` levels.
    """
    limits = dict(bins or {})
    problems = [p for name in dict.fromkeys(names) for p in _problems(cases, name, limits)]
    if problems:
        raise DataError("describe cases", problems)
    made = {PREFIX + name: _level(cases, name, limits).fill_null(MISSING) for name in dict.fromkeys(names)}
    if HOSPITAL in names and _several_cities(engine, cases):
        # A hospital's code is its own within a city only.
        made[PREFIX + HOSPITAL] = cases.city + SLASH + made[PREFIX + HOSPITAL]
    table = cases.mutate(**made)
    found = {name: _found(engine, table, name, most) for name in dict.fromkeys(names)}
    many = [
        Problem(name, f"has more than {most} levels", "take a coarser one, or bins")
        for name, levels in found.items()
        if len(levels) > most
    ]
    if many:
        raise DataError("describe cases", many)
    return table, {name: _dimension(name, levels, limits, labels) for name, levels in found.items()}


def _several_cities(engine: TableEngine, cases: ir.Table) -> bool:
    return "city" in cases.columns and len(engine.to_frame(cases.select("city").distinct().limit(2))) > 1


def known_dimensions() -> tuple[str, ...]:
    """Every name that may stand as a dimension (numbers need classes)."""
    described = [n for n, c in columns().items() if c.role != "record" and c.kind != "date"]
    return tuple(dict.fromkeys([*PLACES, CHAPTER, *patient_words(), *described]))


def _problems(cases: ir.Table, name: str, bins: Mapping[str, Sequence[float]]) -> list[Problem]:
    if name.startswith(CLUSTER):
        known = [column for column in cases.columns if column.startswith(CLUSTER)]
        what = "is no clustering that the study carries on"
        return [] if name in known else [Problem(name, what, nearest(name, known))]
    if name not in known_dimensions():
        return [Problem(name, "is nothing that cases can be described by", nearest(name, known_dimensions()))]
    column = _needed(name)
    if column not in cases.columns:
        what = f"needs {column}, which not all cities of the study have"
        return [Problem(name, what, nearest(column, cases.columns))]
    if name in columns() and columns()[name].kind in NUMBERS and name not in PLACES and name not in bins:
        return [Problem(name, "is a number, and has no classes", f"write bins = {{ {name} = [1, 2] }}")]
    return []


def _needed(name: str) -> str:
    if name in PLACES or name.startswith(CLUSTER):
        return name
    return "principal_diagnosis" if name == CHAPTER else needed_column(name)


def _level(cases: ir.Table, name: str, bins: Mapping[str, Sequence[float]]) -> ir.StringValue:
    """The word of each case, NULL where it has none."""
    import ibis

    if name in bins:
        scale = MINOR if columns()[name].kind == "money" else 1
        words, value = class_words(bins[name]), cases[name]
        steps = [(value < x * scale, word) for x, word in zip(bins[name], words, strict=False)]
        return ibis.cases((value.isnull(), ibis.null("string")), *steps, else_=words[-1])
    if name == CHAPTER:
        return chapter_expression(cases.principal_diagnosis.substr(0, CATEGORY).upper())
    if name in patient_words():
        words = closed_levels(name)
        if not words:
            return open_word(cases, name)
        code = closed_code(cases, name)
        return code.cases(*enumerate(words))
    if name in columns() and columns()[name].kind == "flag":
        flag = cases[name].cast("int64")
        return flag.cases((0, "no"), (1, "yes"))
    word = cases[name].cast("string").strip()
    return word.nullif("")


def class_words(limits: Sequence[float]) -> tuple[str, ...]:
    """``<0.5``, ``0.5–1``, ``≥1``: the classes between limits, each with its first value."""
    inner = [f"{low:g}–{high:g}" for low, high in zip(limits, limits[1:], strict=False)]
    return (f"<{limits[0]:g}", *inner, f"≥{limits[-1]:g}")


def _found(engine: TableEngine, table: ir.Table, name: str, most: int) -> list[str]:
    words = table.select(word=table[PREFIX + name]).distinct().limit(most + 1)
    return sorted(engine.to_frame(words)["word"].astype("str"))


def _dimension(
    name: str, found: Sequence[str], bins: Mapping[str, Sequence[float]], labels: Labels | None
) -> Dimension:
    order = [level for level in _declared(name, bins) if level in found]
    order += [level for level in found if level not in order and level != MISSING]
    order += [MISSING] if MISSING in found else []
    own = {MISSING: MISSING_LABEL, **_own_labels(name), **(labels or {})}
    told = {word: _told(word, own) if name == HOSPITAL else label_of(word, own) for word in order}
    return Dimension(name, tuple(order), told, *dimension_label(name, own))


def _told(word: str, labels: Labels) -> tuple[str, str]:
    """A hospital, behind the label of its city where there are several."""
    city, slash, code = word.partition(SLASH)
    if not slash or word in labels or city not in labels:
        return label_of(word, labels)
    english, chinese = labels[city]
    return f"{english}, {code}", f"{chinese}{code}"


def _declared(name: str, bins: Mapping[str, Sequence[float]]) -> tuple[str, ...]:
    if name in bins:
        return class_words(bins[name])
    if name == CHAPTER:
        return tuple(chapters())
    if name == "when":
        return ("before", "after")
    if name in patient_words() or (name in columns() and columns()[name].kind in ("code", "flag")):
        return closed_levels(name)
    return ()


def _own_labels(name: str) -> Labels:
    if name == CHAPTER:
        return {n: (f"{n} ({a}–{b})", f"第{int(n)}章（{a}–{b}）") for n, (a, b) in chapters().items()}
    if name in columns() and columns()[name].kind == "flag" or name == "surgery":
        return {"no": ("No", "否"), "yes": ("Yes", "是")}
    return {}


def dimension_label(name: str, labels: Labels | None = None) -> tuple[str, str]:
    """What a dimension is called, in English and Chinese; `labels` says it of clusters."""
    if name.startswith(CLUSTER):
        return label_of(name, labels)
    if name in PLACES:
        return PLACES[name]
    if name == CHAPTER:
        return CHAPTER_LABEL
    entry = patient_words()[name] if name in patient_words() else columns()[name]
    return entry.label_en, entry.label_zh
