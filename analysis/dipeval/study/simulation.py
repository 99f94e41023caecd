"""What a study says of the cities that it invents: its ``[simulate]`` table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .grammar import Key, Named, Table

LEVELS = ("tertiary", "secondary", "primary")
UNCHANGED = ("consumables_cost", "service_cost")


@dataclass(frozen=True)
class Simulation:
    """Invented cities: sizes and known effects (all costs in yuan, effects in log points or days).

    The reform leaves the drug cost as it is, and components that are `unchanged` too.
    With a `portrait` all that is told in a file of that name under ``analysis/portraits``, and `seed` may be another
    one than the portrait's (-1: the portrait's own).

    Trends are parallel unless `paths` gives cities a ``level`` and a ``growth`` of their own; `turn` bends the path of
    all cities in one month (``at``, ``before``, ``after``). Effects stay exactly what they are.

    The reform passes by patients of the schemes that are `spared`. Each of `policies`, dated in the study's calendar,
    shifts the cost of its cities by ``effect`` log points while it is in force, and the effect of the reform by
    ``with_reform`` more; both times the share that it touches. The effects of the reform are those of its level times
    the city's of `strengths`, where it has one.

    `violations` break the design on purpose, in all cities of the reform: see `simulate.violations`.
    """

    seed: int
    hospitals: int
    discharges: int
    start: str
    periods: int
    effects: Mapping[str, Mapping[str, object]]
    portrait: str = ""
    unchanged: tuple[str, ...] = ()
    turn: Mapping[str, object] = field(default_factory=dict)
    paths: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    spared: tuple[str, ...] = ()
    policies: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    strengths: Mapping[str, float] = field(default_factory=dict)
    violations: Mapping[str, float] = field(default_factory=dict)


def simulation_grammar() -> Table:
    """The table ``[simulate]`` of a study file."""
    effect = Table(
        {
            "start": Key("number", required=True, doc="effect in the month of the reform"),
            "plateau": Key("number", required=True, doc="effect reached at the end of the ramp"),
            "months": Key("integer", required=True, doc="months from start to plateau"),
        }
    )
    return Table(
        {
            "portrait": Key("text", default="", doc="name of a file under analysis/portraits"),
            "seed": Key("integer"),
            "hospitals": Key("integer", default=110),
            "discharges": Key("integer", default=400_000),
            "start": Key("period"),
            "periods": Key("integer", default=48),
            "effects": Named(Named(effect, names=LEVELS), names=("total_cost", "length_of_stay")),
            "unchanged": Key(
                "texts",
                default=(),
                choices=UNCHANGED,
                doc="components that the reform leaves, as it does drugs",
            ),
            **_path_grammar(),
        }
    )


def _path_grammar() -> dict[str, object]:
    """Keys of ``[simulate]`` that keep trends from being parallel, or from being straight."""
    each = {
        "level": Key("number", default=0.0, low=-2, high=2, doc="log points of cost above the other cities"),
        "growth": Key("number", default=0.0, low=-0.05, high=0.05, doc="more log points a month than others"),
    }
    turn = {
        "at": Key("period", doc="from when the costs of all cities grow otherwise"),
        "before": Key("number", default=0.0, low=-0.05, high=0.05, doc="more log points a month before"),
        "after": Key("number", default=0.0, low=-0.05, high=0.05, doc="more log points a month from then on"),
    }
    policy = {
        "effect": Key("number", default=0.0, low=-0.5, high=0.5, doc="log points of cost while in force"),
        "with_reform": Key("number", default=0.0, low=-0.5, high=0.5, doc="more, where the reform is too"),
    }
    broken = {
        "drift": Key("number", default=0.0, low=-0.05, high=0.05, doc="more log points a month than others"),
        "anticipated": Key("number", default=0.0, low=-0.5, high=0.5, doc="log points before the reform"),
        "anticipated_months": Key("integer", default=0, low=0, high=60, doc="in so many months before it"),
        "closing": Key(
            "number", default=0.0, low=0, high=0.9, doc="share of lower hospitals that close with it"
        ),
        "lighter": Key(
            "number", default=0.0, low=0, high=0.9, doc="share of cases that are light ones since"
        ),
    }
    return {
        "violations": Table(broken, doc="what breaks the design, in all cities of the reform"),
        "spared": Key("texts", default=(), doc="insurance schemes that the reform passes by"),
        "policies": Named(Table(policy), doc="by concurrent policy: its effect on cost"),
        "turn": Table(turn),
        "strengths": Named(Key("number", low=0, high=3), doc="by city: its effects of the reform times this"),
        "paths": Named(Table(each), doc="by city: its cost beside that of others"),
    }
