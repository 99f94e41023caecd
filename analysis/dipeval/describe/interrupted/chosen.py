"""The series that a study asks for: a city (or all that were reformed together), its control, its dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.given import Given
from dipeval.describe.over_time.series import Series, series_of
from dipeval.describe.over_time.trend_exhibits import PER_YEAR, calendar_of
from dipeval.design.calendar import period_code
from dipeval.errors import DataError, Problem, nearest
from dipeval.estimate.interrupted.segments import Interruption, Season, Segments, segments
from dipeval.study import NEVER
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome

STAGE = "interrupted series"


@dataclass(frozen=True)
class Chosen:
    """One outcome of one place, ready to be fitted.

    Attributes
    ----------
    treated : Series
    control : Series or None
    interruptions : tuple of Interruption
    season : Season
    design : Segments
    rows, control_rows : pandas.DataFrame
        Hospital-periods behind the series; none for a control that there is not.
    """

    treated: Series
    control: Series | None
    interruptions: tuple[Interruption, ...]
    season: Season
    design: Segments
    rows: pd.DataFrame
    control_rows: pd.DataFrame | None

    @property
    def first(self) -> int:
        """First position after the first interruption."""
        return self.interruptions[0].at


def chosen_series(given: Given, choice: DescriptionChoice, outcome: Outcome) -> Chosen:
    """Take the series of an outcome from the panel.

    Raises
    ------
    DataError
        An unknown city, none where several dates are in play, a control that is reformed in the window, dates outside
        the window, gaps.
    """
    frame, options, periods = given.panel, choice.options, calendar_of(given)
    city = _city(given, str(options["city"] or ""))
    mine = frame[(frame["city"] == city).to_numpy()]
    start = str(mine.loc[mine["cohort"].astype("str") != NEVER, "cohort"].iloc[0])
    labels = {city: given.labels.get(city, (city, city))}
    treated = series_of(mine, outcome, "city", periods, labels=labels)[0]
    control_rows, control = _control(given, str(options["control"] or ""), city, outcome, periods)
    _refuse_gaps([one for one in (treated, control) if one is not None])
    dates = list(options["dates"] or ()) or [start]
    interruptions = tuple(
        Interruption(
            at=_position(label, periods, given.frequency),
            slope=bool(options["slope"]),
            phase_in=int(options["phase_in"]),
            left_out=int(options["left_out"]),
            name=label,
        )
        for label in dates
    )
    season = _season(given, str(options["season"]), int(options["harmonics"]))
    laid = segments(len(periods), interruptions, season)
    return Chosen(treated, control, interruptions, season, laid, mine, control_rows)


def _city(given: Given, named: str) -> str:
    """The reformed city that is meant."""
    frame = given.panel
    reformed = sorted(frame.loc[frame["cohort"].astype("str") != NEVER, "city"].astype("str").unique())
    if not named and len(reformed) == 1:
        return reformed[0]
    if named in reformed:
        return named
    what = f"'{named}' is no reformed city of the study" if named else f"{len(reformed)} cities are reformed"
    todo = nearest(named, reformed) if named else f'name one: city = "{reformed[0]}"'
    raise DataError(STAGE, [Problem("city", what, todo)])


def _control(
    given: Given, named: str, city: str, outcome: Outcome, periods: list[str]
) -> tuple[pd.DataFrame | None, Series | None]:
    if not named:
        return None, None
    frame = given.panel
    never = frame["cohort"].astype("str") == NEVER
    if named == NEVER:
        label = {"all": ("Hospitals without the reform", "未改革医院")}
        if not never.any():
            raise DataError(
                STAGE, [Problem("control", "no hospital stays without the reform", "leave it out")]
            )
        part = frame[never.to_numpy()].assign(control="all")
        return part, series_of(part, outcome, "control", periods, labels=label)[0]
    known = sorted(set(frame.loc[never, "city"].astype("str")) - {city})
    if named not in known:
        what = f"'{named}' is no city without the reform"
        raise DataError(STAGE, [Problem("control", what, nearest(named, [NEVER, *known]))])
    part = frame[(never & (frame["city"] == named)).to_numpy()]
    label = {named: given.labels.get(named, (named, named))}
    return part, series_of(part, outcome, "city", periods, labels=label)[0]


def _refuse_gaps(series: list[Series]) -> None:
    problems = []
    for one in series:
        empty = [p for p, v in zip(one.periods, one.values, strict=True) if not np.isfinite(v)]
        if empty:
            todo = "shorten the window, or mend the panel: a series needs every period"
            problems.append(
                Problem(
                    f"series {one.group}", "has periods without a value", todo, tuple(empty[:5]), len(empty)
                )
            )
    if problems:
        raise DataError(STAGE, problems)


def _position(label: str, periods: list[str], frequency: str) -> int:
    if label not in periods:
        what = f"'{label}' is no {frequency} of the study's window {periods[0]} to {periods[-1]}"
        raise DataError(STAGE, [Problem("dates", what, "write a period inside it")])
    return periods.index(label)


def _season(given: Given, kind: str, pairs: int) -> Season:
    length = PER_YEAR[given.frequency]
    if length == 1:
        return Season()
    return Season(kind, length, min(pairs, length // 2), period_code(given.start) % length)


def before_of(chosen: Chosen) -> np.ndarray:
    """The treated series up to its first interruption."""
    return pd.Series(chosen.treated.values).to_numpy(float)[: chosen.first]
