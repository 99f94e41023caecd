"""What is tried on simulated studies: one estimator with one test, quick by sums or by the package's own calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from dipeval.check.power.city_estimators import ESTIMATORS
from dipeval.check.power.city_tests import TESTS, Question
from dipeval.check.power.drawing import Drawn
from dipeval.check.subject import effect_of
from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.estimate.registry import ESTIMATORS as REGISTRY
from dipeval.infer import infer
from dipeval.infer.registry import INFERENCES

PUBLIC = 100
"""Panels on which the package's own calls are tried: each takes as long as an estimate of the study."""
ANEW = ("data", "rows", "paths")
"""Methods that estimate again and again, or need what city means have not, are not tried by calls."""
Rejected = Callable[[Drawn, Question, int], np.ndarray]


@dataclass(frozen=True)
class Trial:
    """One estimator with one test.

    Attributes
    ----------
    estimator, method : str
        What they are called in tables.
    label_en, label_zh : str
        Of the test.
    rejected : callable
        From a draw, a question and a seed to whether "no effect" is rejected, (E, R).
    panels : int
        Most panels that are tried; 0: all that were drawn.
    """

    estimator: str
    method: str
    label_en: str
    label_zh: str
    rejected: Rejected
    panels: int = 0


@dataclass(frozen=True)
class Call:
    """How the package is called on a simulated study.

    Attributes
    ----------
    estimator : str
    options : mapping
        Of the estimator.
    method : str
        Of inference.
    how : mapping
        Its options.
    design : mapping
        ``comparison``, ``event_window``, ``reference`` of the study.
    """

    estimator: str
    options: Mapping[str, object]
    method: str
    how: Mapping[str, object]
    design: Mapping[str, object] = field(default_factory=dict)


def quick_trial(estimator: str, method: str) -> Trial:
    """A trial by sums, of an estimator in `city_estimators.ESTIMATORS` and a test in `city_tests.TESTS`."""
    test = TESTS[method]

    def rejected(drawn: Drawn, asked: Question, seed: int) -> np.ndarray:
        return test.rejected(drawn, estimator, asked, seed)

    return Trial(estimator, method, test.label_en, test.label_zh, rejected)


def study_trial(call: Call) -> tuple[Trial | None, tuple[str, str]]:
    """The trial of an estimator with the test that a study names for it.

    Returns
    -------
    trial : Trial or None
        By sums where these know the estimator and the test, else by calls.
    why : (str, str)
        Why there is none, in both languages.
    """
    word = _quick_word(call)
    if call.estimator in ESTIMATORS and not call.options and word:
        return quick_trial(call.estimator, word), ("", "")
    spec = INFERENCES[call.method]
    if spec.needs in ANEW or {"within", "groups"} & set(call.how):
        known = REGISTRY[call.estimator]
        return None, (
            f"{known.label_en} with {spec.label_en}: too slow, or it needs more than city means",
            f"{known.label_zh}（{spec.label_zh}）：计算过慢，或所需信息超出城市均值",
        )
    method = call.method if call.method != "cluster" else str(call.how.get("small_sample") or "CR1")
    rejected = partial(_rejected_by_call, call)
    return Trial(call.estimator, method, *_label(call, method), rejected, PUBLIC), ("", "")


def _label(call: Call, method: str) -> tuple[str, str]:
    spec = INFERENCES[call.method]
    return (
        (f"{spec.label_en} ({method})", f"{spec.label_zh}（{method}）")
        if call.method == "cluster"
        else (
            spec.label_en,
            spec.label_zh,
        )
    )


def _quick_word(call: Call) -> str:
    """The quick test that is the study's; empty where none is."""
    how = call.how
    if call.method == "cluster":
        plain = how.get("small_sample") in (None, "CR1") and how.get("df") in (None, "clusters")
        return "CR1" if plain else ""
    if call.method == "randomisation":
        return "randomisation-t" if how.get("statistic") in (None, "t") and not how.get("within") else ""
    return ""


def _rejected_by_call(call: Call, drawn: Drawn, asked: Question, seed: int) -> np.ndarray:
    """Whether the interval of a panel without an effect leaves out the effect turned round; (E, R).

    An interval that is not known, or an estimate that cannot be made, rejects nothing.
    """
    frame = _rows(drawn)
    rejected = np.zeros((len(asked.effects), drawn.sums.shape[2]), bool)
    try:
        design = build_design(
            frame,
            unit="unit",
            time="time",
            cohort="start",
            clusters=["city"],
            weights="weight",
            **call.design,
        )
    except DesignError:
        return rejected
    city = frame["place"].to_numpy()
    for r in range(drawn.sums.shape[2]):
        means = drawn.sums[:, :, r] / drawn.size[:, None]
        ends = _interval(call, design, means[city, frame["time"].to_numpy()], asked.level)
        rejected[:, r] = (-asked.effects < ends[0]) | (-asked.effects > ends[1])
    return rejected


def _interval(call: Call, design: object, values: np.ndarray, level: float) -> tuple[float, float]:
    try:
        found = estimate(design, values, estimator=call.estimator, **call.options)
        how = {**call.how, "level": level}
        overall = np.flatnonzero(found.terms["kind"] == "overall")
        if "terms" in INFERENCES[call.method].options and len(overall):
            how["terms"] = [found.params.index[int(overall[0])]]
        effect = effect_of(infer(found, call.method, **how), ("", ""), level)
    except DesignError:
        return -np.inf, np.inf
    known = np.isfinite(effect.low) and np.isfinite(effect.high)
    return (effect.low, effect.high) if known else (-np.inf, np.inf)


def _rows(drawn: Drawn) -> pd.DataFrame:
    """Hospitals of a draw as rows: those of one city share its mean and its weight."""
    periods = drawn.sums.shape[1]
    place = np.repeat(np.arange(len(drawn.dates)), drawn.hospitals)
    start = np.array(["never" if np.isinf(date) else f"{date:.0f}" for date in drawn.dates], object)
    weight = drawn.size / drawn.hospitals
    n = len(place)
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), periods),
            "time": np.tile(np.arange(periods), n),
            "place": np.repeat(place, periods),
            "city": np.repeat([f"c{g:03d}" for g in place], periods),
            "start": np.repeat(start[place], periods),
            "weight": np.repeat(weight[place], periods),
        }
    )
