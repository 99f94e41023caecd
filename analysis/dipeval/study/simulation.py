"""What a study says of the cities that it invents: its ``[simulate]`` table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Simulation:
    """Invented cities: sizes and known effects (all costs in yuan, effects in log points or days).

    The reform leaves the drug cost as it is, and components that are `unchanged` too.
    With a `portrait` all that is told in a file of that name under ``analysis/portraits``, and `seed` may be another
    one than the portrait's (-1: the portrait's own).
    """

    seed: int
    hospitals: int
    discharges: int
    start: str
    periods: int
    effects: Mapping[str, Mapping[str, object]]
    portrait: str = ""
    unchanged: tuple[str, ...] = ()
