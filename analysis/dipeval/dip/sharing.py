"""Who keeps a surplus and who bears an overrun: of the whole city, or of each hospital.

With F the entitlement, A the actual cost and s the hospitals' share, a hospital gets A + s (F - A): it
keeps s of a surplus and bears s of an overrun. Jinhua: s = 0.85 both ways, on the city's budget. In bands
of A/F, the slice of the gap inside each band has its own share (``marginal``), or the band that A/F lies in
gives the share of the whole gap (``whole``).
"""

from __future__ import annotations

from fractions import Fraction

from .exact import half_up
from .parameters import Sharing


def shared(entitlement: int, actual: int, sharing: Sharing) -> int:
    """What is paid after sharing, in minor units, rounded half up once.

    Parameters
    ----------
    entitlement, actual : int
        What the points give, and what the fund's part of the care cost; 0 or more.
    """
    if sharing.level == "none" or entitlement == actual:
        return entitlement
    if sharing.mode == "whole":
        share = _share_at(entitlement, actual, sharing)
        return half_up(actual + share * (entitlement - actual))
    lower, upper = sorted((entitlement, actual))
    slices = Fraction(0)
    for band in sharing.bands:
        start = Fraction(band.start) * entitlement
        # Against an entitlement of nothing every cost lies in the band without end.
        end = None if band.end is None else Fraction(band.end) * entitlement
        inside = (upper if end is None else min(upper, end)) - max(lower, start)
        slices += Fraction(band.hospital_share) * max(inside, Fraction(0))
    return half_up(actual + slices if actual < entitlement else actual - slices)


def _share_at(entitlement: int, actual: int, sharing: Sharing) -> Fraction:
    """Share of the band that the actual cost lies in."""
    for band in sharing.bands:
        if band.end is None or actual < Fraction(band.end) * entitlement:
            return Fraction(band.hospital_share)
    raise ValueError("sharing bands leave a hole")
