"""Groups of one dimension as the lines of a table: their levels, their heads, their places."""

from __future__ import annotations

from dipeval.describe.cases.grid import TOTAL, Word
from dipeval.describe.cases.tally import ALL
from dipeval.describe.dimensions import Dimension


class GroupPlaces:
    """For a dataclass with a ``dimension``, whose one level is ``""`` where cases are not divided."""

    dimension: Dimension

    @property
    def levels(self) -> tuple[str, ...]:
        """The groups, and all of them where they are several."""
        return self.dimension.levels if self.dimension.levels == ("",) else (*self.dimension.levels, ALL)

    def head(self, level: str) -> Word:
        """A group."""
        return TOTAL if level in ("", ALL) else Word(level, *self.dimension.labels[level])

    def place(self, level: str) -> dict[str, str]:
        """A group's place."""
        return {self.dimension.name: level or ALL}
