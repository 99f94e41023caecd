"""Pictures of synthetic controls: paths, gap, weights, placebos, ratios of fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.describe.given import Given
from dipeval.describe.labels import label_of
from dipeval.describe.synthetic.fitted import Fitted, fitted_cohorts
from dipeval.describe.synthetic.tables import fit_table, weights_table
from dipeval.describe.synthetic.words import (
    BAND,
    BEST,
    FIT,
    IDENTIFIED,
    IMPORTANCE,
    METHODS,
    MOVED,
    NAMES,
    PLACEBOS,
    RANK,
    SEVERAL,
    SYNTHETIC,
    TREATED,
    WEIGHTS,
    Words,
)
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome, outcomes

MOST_BARS = 20
DIFFERENCE = "synthetic_difference"


def synthetic_exhibits(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """The exhibits of every outcome and cohort; see `kinds.synthetic`."""
    made = []
    for name in choice.options["outcomes"]:
        outcome = outcomes()[str(name)]
        found = fitted_cohorts(given, choice, outcome)
        for one in found:
            stem = f"{choice.name}_{outcome.name}" + (f"_{one.date}" if len(found) > 1 else "")
            made += _Shown(given, choice, outcome, one, stem).exhibits()
    return made


class _Shown:
    """One cohort of one outcome, with the words that its exhibits share."""

    def __init__(
        self, given: Given, choice: DescriptionChoice, outcome: Outcome, fitted: Fitted, stem: str
    ) -> None:
        self.given, self.outcome, self.fitted, self.stem = given, outcome, fitted, stem
        self.estimator, self.level = str(choice.options["estimator"]), float(choice.options["level"])
        self.method = str(choice.options["method"])
        told = IMPORTANCE[str(choice.options["importance"])]
        how = METHODS[self.method]
        self.how = (how[0].format(importance=told[0]), how[1].format(importance=told[1]))
        own = [label_of(name, given.labels) for name in fitted.treated[:2]]
        more = len(fitted.treated) - len(own)
        place = (
            ", ".join(en for en, _ in own) + (f" and {more} more" if more else ""),
            "、".join(zh for _, zh in own) + (f"等{len(fitted.treated)}个" if more else ""),
        )
        heads = choice.titles(*NAMES[self.estimator])
        self.title = (
            f"{heads[0]}: {outcome.label_en}, {place[0]}",
            f"{heads[1]}：{outcome.label_zh}，{place[1]}",
        )

    def exhibits(self) -> list[Exhibit]:
        fitted, shared = self.fitted, (self.given, self.outcome)
        made = [
            fit_table(f"{self.stem}", self.title, fitted, [*self._notes(), self._weights_note()], *shared),
            self._curves("path", ("paths", "路径"), self._path_rows(), self._path_notes()),
            self._curves("gap", ("gap", "差距"), self._gap_rows(), self._gap_notes(), y_line=0.0),
            self._bars("weights", ("weights of donors", "供体权重"), *self._weight_rows()),
            weights_table(
                f"{self.stem}_donors", self.title, fitted, self._largest(), [self._weights_note()], *shared
            ),
        ]
        if self.estimator == DIFFERENCE:
            made.append(
                self._bars("periods", ("weights of periods", "时期权重"), self._period_rows(), [MOVED])
            )
        if fitted.placebos:
            rows = self._placebo_rows()
            made.append(self._curves("placebos", ("placebos", "安慰剂"), rows, self._gap_notes(), y_line=0.0))
            ratio = ("fit after over fit before", "改革后与改革前拟合之比")
            made.append(self._bars("ratios", ratio, self._ratio_rows(), self._notes()))
        return made

    def _notes(self) -> list[Words]:
        own, rank = self.fitted.own, self.fitted.rank
        told = {"before": own.fit_before, "after": own.fit_after, "ratio": own.ratio}
        if rank is not None:
            told |= {"total": rank.total, "rank": rank.rank, "p": rank.p_value, "least": rank.least}
        several = {"n": len(self.fitted.treated)}
        second = _say(SEVERAL, several) if rank is None else _say(RANK, told)
        return [IDENTIFIED[self.estimator], _say(FIT, told), second]

    def _path_notes(self) -> list[Words]:
        band = [] if self.fitted.band is None else [_say(BAND, {"level": self.level})]
        return [IDENTIFIED[self.estimator], *band]

    def _gap_notes(self) -> list[Words]:
        return [*self._notes()[1:], *([MOVED] if self.estimator == DIFFERENCE else [])]

    def _weights_note(self) -> Words:
        weights = self.fitted.own.weights.donors
        told = {"used": int(self.fitted.used.sum()), "n": len(weights)}
        said = _say(WEIGHTS, told | {"effective": 1 / float((weights**2).sum())})
        if self.estimator == DIFFERENCE:
            return said
        return f"{self.how[0]} {said[0]}", self.how[1] + said[1]

    def _largest(self) -> np.ndarray:
        """Donors in use by weight, the largest first."""
        weights = self.fitted.own.weights.donors
        order = np.argsort(-np.abs(weights), kind="stable")
        return order[self.fitted.used[order]][:MOST_BARS]

    def _path_rows(self) -> list[dict[str, object]]:
        fitted = self.fitted
        counts, shares = fitted.behind_synthetic()
        own = _line("treated", TREATED, fitted, fitted.own.path, fitted.counts[-1], fitted.shares[-1])
        others = _line("synthetic", SYNTHETIC, fitted, fitted.own.synthetic, counts, shares)
        if fitted.band is not None:
            ends = [{"low": float(low), "high": float(high)} for low, high in fitted.band.T]
            others = [row | end for row, end in zip(others, ends, strict=True)]
            own = [row | {"low": np.nan, "high": np.nan} for row in own]
        return own + others

    def _gap_rows(self) -> list[dict[str, object]]:
        fitted = self.fitted
        counts, shares = fitted.behind_synthetic()
        return _line(
            "treated",
            TREATED,
            fitted,
            fitted.own.gap,
            np.minimum(counts, fitted.counts[-1]),
            np.fmax(shares, fitted.shares[-1]),
        )

    def _placebo_rows(self) -> list[dict[str, object]]:
        fitted, rows = self.fitted, []
        for k, placebo in enumerate(fitted.placebos):
            line = (f"donor:{fitted.donors[k]}", PLACEBOS)
            rows += _line(*line, fitted, placebo.gap, fitted.counts[k], fitted.shares[k], behind=True)
        return rows + [row | {"behind": False} for row in self._gap_rows()]

    def _weight_rows(self) -> tuple[list[dict[str, object]], list[Words]]:
        fitted, chosen = self.fitted, self._largest()
        rows = [
            self._bar(fitted.donors[k], fitted.own.weights.donors[k], fitted.counts[k], fitted.shares[k])
            for k in chosen
        ]
        used = int(fitted.used.sum())
        said = [_say(BEST, {"shown": len(chosen), "n": used})] if used > len(chosen) else []
        return rows, [self._weights_note(), *said]

    def _period_rows(self) -> list[dict[str, object]]:
        fitted = self.fitted
        weights = fitted.own.weights.periods
        total, largest = fitted.behind_synthetic()
        return [
            _row(float(weights[t]), total[t], largest[t], (fitted.periods[t],) * 2)
            for t in np.flatnonzero(weights > 1e-6)
        ]

    def _ratio_rows(self) -> list[dict[str, object]]:
        fitted = self.fitted
        gaps, names = [*fitted.placebos, fitted.own], [*fitted.donors, fitted.treated[0]]
        order = sorted(range(len(gaps)), key=lambda k: (-gaps[k].ratio, names[k]))
        first = [k for k in order if k == len(gaps) - 1 or k in order[: MOST_BARS - 1]]
        rows = []
        for k in first:
            bar = self._bar(names[k], gaps[k].ratio, fitted.counts[k], fitted.shares[k])
            if k == len(gaps) - 1:
                bar["label_en"] += f" ({TREATED[0].lower()})"
                bar["label_zh"] += f"（{TREATED[1]}）"
            rows.append(bar | {"unit": names[k]})
        return rows

    def _bar(self, name: str, value: float, counts: np.ndarray, shares: np.ndarray) -> dict[str, object]:
        """A unit with all its cases behind it."""
        total = float(counts.sum())
        largest = float((counts * shares).sum() / total) if total else float("nan")
        return _row(float(value), total, largest, label_of(name, self.given.labels))

    def _curves(
        self,
        what: str,
        words: Words,
        rows: list[dict[str, object]],
        notes: Sequence[Words],
        **more: object,
    ) -> Exhibit:
        outcome = self.outcome
        options = {
            "periods": True,
            "x_line": self.fitted.date,
            "y_unit": "" if outcome.unit == "log points" else outcome.unit,
            "currency": self.given.currency,
            "y_axis_en": outcome.label_en if what == "path" else f"Gap: {outcome.label_en}",
            "y_axis_zh": outcome.label_zh if what == "path" else f"差距：{outcome.label_zh}",
            **more,
        }
        frame = pd.DataFrame(rows)
        if frame["series"].nunique() < 2:
            frame = frame.drop(columns=["series", "series_en", "series_zh"])
        return self._made("curves", what, words, frame, notes, options)

    def _bars(
        self, what: str, words: Words, rows: list[dict[str, object]], notes: Sequence[Words]
    ) -> Exhibit:
        unit = {"unit": "" if what == "ratios" else "share"}
        return self._made("bars", what, words, pd.DataFrame(rows), notes, unit)

    def _made(
        self,
        kind: str,
        what: str,
        words: Words,
        frame: pd.DataFrame,
        notes: Sequence[Words],
        options: dict[str, object],
    ) -> Exhibit:
        return bilingual(
            name=f"{self.stem}_{what}",
            kind=kind,
            titles=(f"{self.title[0]}: {words[0]}", f"{self.title[1]}：{words[1]}"),
            frame=frame,
            notes=notes,
            synthetic=self.given.synthetic,
            options=options,
        )


def _say(words: Words, told: dict[str, object]) -> Words:
    return words[0].format(**told), words[1].format(**told)


def _row(value: float, count: float, share: float, label: Words) -> dict[str, object]:
    return {
        "value": value,
        "count": float(count),
        "largest_share": float(share),
        "label_en": label[0],
        "label_zh": label[1],
    }


def _line(
    key: str,
    words: Words,
    fitted: Fitted,
    values: np.ndarray,
    counts: np.ndarray,
    shares: np.ndarray,
    **more: object,
) -> list[dict[str, object]]:
    return [
        _row(float(values[t]), counts[t], shares[t], (f"{words[0]}, {period}", f"{words[1]}，{period}"))
        | {"series": key, "series_en": words[0], "series_zh": words[1], "x": period, **more}
        for t, period in enumerate(fitted.periods)
    ]
