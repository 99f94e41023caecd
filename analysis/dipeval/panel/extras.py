"""What the panel has only for a study that asks: powers of costs and days, quartiles, flags of stays above a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..vocabulary import NANO, outcomes, thresholds

if TYPE_CHECKING:
    import ibis.expr.types as ir

SPREAD_POWERS = {"cv": ("p2",), "skewness": ("p2", "p3"), "sd_log": ("p2_log",)}
"""Power sums that each kind of spread is made of, beside the sum itself."""
QUARTILES = ("iqr", "iqr_log")
"""Kinds of spread that are made of quartiles."""


@dataclass(frozen=True)
class Extras:
    """Further columns of a panel.

    Attributes
    ----------
    flags : tuple of str
        Of `vocabulary.thresholds`.
    powers : tuple of (str, str)
        Power (``p2``, ``p3``, ``p2_log``) and column; the panel's column is ``<power>_<column>``.
    quartiles : tuple of str
        Columns whose quartiles the panel has (see `quartiles`).
    """

    flags: tuple[str, ...] = ()
    powers: tuple[tuple[str, str], ...] = ()
    quartiles: tuple[str, ...] = ()


def extras_of(names: Sequence[str]) -> Extras:
    """What outcomes (and columns) of a study need beyond the sums that every panel has."""
    asked = [outcomes()[name] for name in names if name in outcomes()]
    words = [*names, *(o.numerator for o in asked)]
    flags = tuple(name for name in thresholds() if name in words)
    powers = [(power, o.numerator) for o in asked for power in SPREAD_POWERS.get(o.kind, ())]
    quartiles = tuple(dict.fromkeys(o.numerator for o in asked if o.kind in QUARTILES))
    return Extras(flags, tuple(dict.fromkeys(powers)), quartiles)


def with_flags(stays: ir.Table, flags: Sequence[str]) -> ir.Table:
    """Stays with a flag for each threshold; missing where the number is."""
    made = {
        name: (stays[thresholds()[name].column] > thresholds()[name].above).cast("int64") for name in flags
    }
    return stays.mutate(**made) if made else stays


def power_sums(stays: ir.Table, powers: Sequence[tuple[str, str]]) -> dict[str, ir.Value]:
    """Exact power sums, each made one float at the very end.

    Squares and cubes are of whole minor units or days; squares of logarithms are of ln(minor units) in units of 1e-9.
    """
    made = {}
    for power, name in powers:
        value = stays[name]
        if power == "p2_log":
            value = (value.nullif(0).ln() * NANO).round()
        wide = value.cast("int64").cast("decimal(38, 0)")
        product = wide * wide * wide if power == "p3" else wide * wide
        made[f"{power}_{name}"] = product.sum().cast("float64")
    return made
