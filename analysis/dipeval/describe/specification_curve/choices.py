"""Declared choices and the specifications that they make: all combinations, or those that are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import NamedTuple

from dipeval.describe.side_by_side.approaches import approaches
from dipeval.describe.side_by_side.variant import NONE, DesignVariant
from dipeval.errors import DesignError, Problem, nearest
from dipeval.vocabulary import columns, outcomes

Words = tuple[str, str]
MOST = 400
"""More specifications than this are refused, unless a higher limit is stated."""
TO = "/"
NOTHING = ("None", "无")
WHOLE = ("Whole window", "整个时间窗")
COMPARISONS = {
    "not_yet_treated": ("Not yet reformed too", "含尚未改革者"),
    "never_treated": ("Never reformed only", "仅从未改革者"),
}


class Option(NamedTuple):
    """One option of a choice: how lists name it, its labels and its value."""

    key: str
    en: str
    zh: str
    value: object


LABELS: Mapping[str, Words] = {
    "outcome": ("Outcome", "结局"),
    "estimator": ("Estimator", "估计方法"),
    "window": ("Window", "时间窗"),
    "comparison": ("Comparison", "对照组"),
    "anticipation": ("Anticipated periods", "预期期数"),
    "weights": ("Weights", "权重"),
    "clusters": ("Clusters", "聚类层级"),
    "excluded": ("Left out", "剔除"),
    "controls": ("Controls", "协变量"),
    "trim": ("Trimmed at each end", "两端修剪比例"),
    "least_cases": ("Fewest cases", "最少病例数"),
}
"""Choices in the order in which they stand below a curve."""


@dataclass(frozen=True)
class Choices:
    """What a researcher could have chosen, as many options each as are defensible.

    Attributes
    ----------
    outcomes : tuple of str
        Names in the vocabulary: forms of one outcome (mean of logs, log of the mean, level).
    estimators : tuple of str
        Names in `dipeval.estimate.ESTIMATORS`, or approaches of `describe.side_by_side`.
    windows : tuple of (str, str)
        First and last period; empty for those of the panel.
    comparisons, anticipations, weights : tuple
        As in `DesignVariant`.
    clusters : tuple of str
        Column that errors are by.
    excluded : tuple of tuple of str
        Sets of cities that are left out; the empty one for none.
    controls : tuple of tuple of str
        Sets of columns that estimators adjust for.
    trims : tuple of float
        Share of hospital-periods left out at each end of the outcome; 0 for none.
    least_cases : tuple of int
        Hospital-periods with fewer discharges are left out; 0 for none.
    by : str
        Column that `excluded` names words of.
    labels : mapping of str to (str, str)
        Of cities and columns.
    """

    outcomes: tuple[str, ...]
    estimators: tuple[str, ...] = ("twfe",)
    windows: tuple[tuple[str, str], ...] = (("", ""),)
    comparisons: tuple[str, ...] = ("not_yet_treated",)
    anticipations: tuple[int, ...] = (0,)
    weights: tuple[str, ...] = (NONE,)
    clusters: tuple[str, ...] = ("city",)
    excluded: tuple[tuple[str, ...], ...] = ((),)
    controls: tuple[tuple[str, ...], ...] = ((),)
    trims: tuple[float, ...] = (0.0,)
    least_cases: tuple[int, ...] = (0,)
    by: str = "city"
    labels: Mapping[str, Words] | None = None

    @property
    def options(self) -> dict[str, tuple[Option, ...]]:
        """Options by choice, in the order of `LABELS`."""
        named, known = approaches(), outcomes()
        made = {
            "outcome": [_named(x, known) for x in self.outcomes],
            "estimator": [Option(x, *(named[x].label if x in named else (x, x)), x) for x in self.estimators],
            "window": [Option(TO.join(w), *_window(w), tuple(w)) for w in self.windows],
            "comparison": [Option(x, *COMPARISONS.get(x, (x, x)), x) for x in self.comparisons],
            "anticipation": [Option(str(x), str(x), str(x), x) for x in self.anticipations],
            "weights": [Option(x, *self._label(x), x) for x in self.weights],
            "clusters": [Option(x, *self._label(x), x) for x in self.clusters],
            "excluded": [self._set(x) for x in self.excluded],
            "controls": [self._set(x) for x in self.controls],
            "trim": [Option(f"{x:g}", f"{x:.1%}", f"{x:.1%}", x) for x in self.trims],
            "least_cases": [Option(str(x), str(x), str(x), x) for x in self.least_cases],
        }
        return {name: tuple(options) for name, options in made.items()}

    def _set(self, names: Sequence[str]) -> Option:
        labels = [self._label(name) for name in names] or [NOTHING]
        return Option(
            "+".join(names),
            ", ".join(en for en, _ in labels),
            "、".join(zh for _, zh in labels),
            tuple(names),
        )

    def _label(self, name: str) -> Words:
        if name == NONE:
            return NOTHING
        if self.labels and name in self.labels:
            return self.labels[name]
        known = outcomes().get(name) or columns().get(name)
        return (known.label_en, known.label_zh) if known is not None else (name, name)


@dataclass(frozen=True)
class Specification:
    """One option of each choice.

    Attributes
    ----------
    number : int
        Place among all of them, from 1.
    chosen : mapping of str to Option
        By choice.
    clusters : tuple of str
        All options of that choice.
    """

    number: int
    chosen: Mapping[str, Option]
    clusters: tuple[str, ...] = ()

    @property
    def but_clusters(self) -> tuple[str, ...]:
        """Its options without that of the clusters: what the effect itself depends on."""
        return tuple(option.key for name, option in self.chosen.items() if name != "clusters")

    def value(self, choice: str) -> object:
        """The value of one choice."""
        return self.chosen[choice].value

    def variant(self, base: DesignVariant) -> DesignVariant:
        """The design of this specification; what is no choice is as in the base.

        It knows all clusters that are a choice, its own first, so that specifications which differ in them alone are one
        estimate.
        """
        start, end = self.value("window")
        own = str(self.value("clusters"))
        anticipation = int(self.value("anticipation"))
        return DesignVariant(
            name=str(self.number),
            start=start,
            end=end,
            comparison=str(self.value("comparison")),
            anticipation=anticipation,
            clusters=(own, *(name for name in self.clusters if name != own)),
            weights=str(self.value("weights")),
            excluded=self.value("excluded"),
            covariates=self.value("controls"),
            event_window=base.event_window,
            reference=None,
            by=base.by,
        )


def specifications(
    choices: Choices, listed: Sequence[Mapping[str, str]] = (), *, most: int = MOST
) -> list[Specification]:
    """Make all combinations, or those that are listed.

    Parameters
    ----------
    choices : Choices
    listed : sequence of mapping of str to str
        By choice the key of an option (cities and columns joined by ``+``, periods by ``/``); a choice that is left
        out takes its first option.
    most : int
        The limit.

    Returns
    -------
    list of Specification
        The last choice varies fastest.

    Raises
    ------
    DesignError
        Options that are empty, doubled or unknown, listed words that name none, more than the limit.
    """
    options = choices.options
    problems = _option_problems(choices, options)
    for place, told in enumerate(listed, 1):
        problems += _listed_problems(place, told, options)
    count = len(listed) or prod(len(each) for each in options.values())
    if not problems and count > most:
        todo = f"declare fewer options, list those that are meant, or state a limit of {count}"
        problems.append(Problem("specifications", f"{count:,} are more than the limit of {most:,}", todo))
    if problems:
        raise DesignError("specification curve", problems)
    if listed:
        chosen = [{n: _listed(told.get(n), each) for n, each in options.items()} for told in listed]
    else:
        chosen = [dict(zip(options, each, strict=True)) for each in product(*options.values())]
    return [Specification(number, each, choices.clusters) for number, each in enumerate(chosen, 1)]


def _listed(key: str | None, options: Sequence[Option]) -> Option:
    return options[0] if key is None else next(option for option in options if option.key == key)


def _option_problems(choices: Choices, options: Mapping[str, Sequence[Option]]) -> list[Problem]:
    found, known = [], approaches()
    for name, each in options.items():
        keys = [option.key for option in each]
        if not keys:
            found.append(Problem(name, "has no option", "name at least one"))
        found += [
            Problem(name, f"'{key or 'none'}' stands twice", "name each option once")
            for key in dict.fromkeys(keys)
            if keys.count(key) > 1
        ]
    for word in choices.estimators:
        if word not in known:
            found.append(Problem("estimators", f"'{word}' is unknown", nearest(word, known)))
        elif known[word].own_errors:
            todo = 'ask for it in a table of kind "side_by_side"'
            found.append(
                Problem("estimators", f"'{word}' has no errors by cluster, which a curve needs", todo)
            )
    for word in choices.outcomes:
        if word not in outcomes():
            found.append(Problem("outcomes", f"'{word}' is no outcome", nearest(word, outcomes())))
    found += [
        Problem("trims", f"{x:g} is no share of each end", "write numbers from 0 to below 0.5")
        for x in choices.trims
        if not 0 <= x < 0.5
    ]
    return found


def _listed_problems(
    place: int, told: Mapping[str, str], options: Mapping[str, Sequence[Option]]
) -> list[Problem]:
    where = f"listed specification {place}"
    found = [
        Problem(where, f"'{name}' is no choice", nearest(name, options))
        for name in told
        if name not in options
    ]
    for name, key in told.items():
        keys = [option.key for option in options.get(name, ())]
        if keys and key not in keys:
            found.append(Problem(f"{where}: {name}", f"'{key}' is not among its options", nearest(key, keys)))
    return found


def _named(name: str, known: Mapping[str, object]) -> Option:
    found = known.get(name)
    return (
        Option(name, found.label_en, found.label_zh, name)
        if found is not None
        else Option(name, name, name, name)
    )


def _window(window: Sequence[str]) -> Words:
    start, end = window
    if not start and not end:
        return WHOLE
    return f"{start or '…'} to {end or '…'}", f"{start or '…'}至{end or '…'}"
