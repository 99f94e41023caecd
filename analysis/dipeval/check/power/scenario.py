"""A planned evaluation: how many cities, how many periods, who is reformed when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.study.planning import PlannedCalendar


@dataclass(frozen=True)
class Calendar:
    """When cities of a plan are reformed.

    Attributes
    ----------
    name, label_en, label_zh : str
    planned : PlannedCalendar or None
        None: `offsets` are the study's own dates.
    offsets : tuple of float
        Periods of each city's date after the first one; inf for never.
    """

    name: str
    label_en: str
    label_zh: str
    planned: PlannedCalendar | None = None
    offsets: tuple[float, ...] = ()

    def dates(self, cities: int, before: int, after: int) -> np.ndarray:
        """First treated period of each city (G,), in order; inf where it is none of the `before + after`.

        A city that would be reformed later counts as untreated. The study's own dates stand for other numbers of
        cities by their quantiles.
        """
        if self.planned is None:
            given = np.sort(np.array(self.offsets, float))
            chosen = given[((np.arange(cities) + 0.5) * len(given) / cities).astype(int)]
        else:
            chosen = self._planned(cities, after)
        return np.where(chosen < after, before + chosen, np.inf)

    def _planned(self, cities: int, after: int) -> np.ndarray:
        wanted = self.planned.treated
        count = int(np.clip(round(wanted * cities) if wanted < 1 else wanted, 1, cities - 1))
        waves = min(self.planned.waves, count)
        if not self.planned.apart:
            waves = min(waves, after)
        apart = self.planned.apart or after // (waves + 1) or 1
        offsets = np.full(cities, np.inf)
        offsets[:count] = np.arange(count) * waves // count * apart
        return offsets


@dataclass(frozen=True)
class Scenario:
    """One plan."""

    cities: int
    before: int
    after: int
    calendar: Calendar

    @property
    def dates(self) -> np.ndarray:
        """First treated period (G,), inf for those that are compared with throughout."""
        return self.calendar.dates(self.cities, self.before, self.after)

    @property
    def periods(self) -> int:
        """Periods that can be used: up to the last date, where every city is reformed in the end."""
        dates = self.dates
        return self.before + self.after if np.isinf(dates).any() else int(dates.max())

    @property
    def usable(self) -> np.ndarray:
        """Dates within those periods; the last ones are then compared with throughout."""
        return np.where(self.dates < self.periods, self.dates, np.inf)

    @property
    def treated(self) -> int:
        """Cities that are treated in a period that can be used."""
        return int(np.isfinite(self.usable).sum())

    @property
    def why_not(self) -> tuple[str, str] | None:
        """Why it shows nothing, in both languages; None where it may."""
        if not 0 < self.treated < self.cities:
            return (
                "no city is reformed beside others that are not yet",
                "没有城市在其他城市尚未改革时先行改革",
            )
        return None
