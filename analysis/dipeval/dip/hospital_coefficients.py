"""The coefficient of each hospital (医疗机构系数): its level's base, and declared bonuses."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from .catalogue import Catalogue
from .exact import scaled
from .parameters import HospitalCoefficients

if TYPE_CHECKING:
    import pandas as pd


def coefficient_of(
    hospital: str, level: str, coefficients: HospitalCoefficients, bases: Mapping[str, Fraction]
) -> int:
    """Coefficient of one hospital in units of 10^-`decimals`, rounded half up once.

    k = base + Σ bonuses, or base × Π (1 + bonus); a hospital's own declared coefficient takes the place of
    its level's base.
    """
    own = coefficients.hospitals.get(hospital)
    value = Fraction(own) if own is not None else bases[level]
    for bonus in coefficients.bonuses:
        if bonus.hospital == hospital:
            gain = Fraction(bonus.amount)
            value = value + gain if coefficients.combine == "add" else value * (1 + gain)
    return scaled(value, coefficients.decimals)


def level_bases(coefficients: HospitalCoefficients, catalogue: Catalogue) -> dict[str, Fraction]:
    """Base of each level: declared, or the level's weighted mean cost over that of the city."""
    if coefficients.base == "declared":
        return {level: Fraction(value) for level, value in coefficients.levels.items()}
    if not catalogue.overall:
        return {}
    return {level: mean / catalogue.overall for level, mean in catalogue.level_means.items()}


def coefficient_frame(
    there: pd.DataFrame, coefficients: HospitalCoefficients, catalogue: Catalogue
) -> pd.DataFrame:
    """Coefficients of the hospitals (at the levels) that the cases have, from `stays.hospital_levels`.

    Returns
    -------
    pandas.DataFrame
        ``hospital``, ``level``, ``hospital_coefficient``.

    Raises
    ------
    DataError
        If a level has no base, a bonus belongs to no hospital of the cases, or a coefficient is not above 0.
    """
    import pandas as pd

    bases = level_bases(coefficients, catalogue)
    rows, problems = [], []
    for hospital, level in there.itertuples(index=False):
        if level not in bases and hospital not in coefficients.hospitals:
            todo = f"add {level} to hospital_coefficients.levels"
            what = f"no coefficient for the level {level}"
            problems.append(Problem(f"hospital {hospital}", what, todo))
            continue
        value = coefficient_of(hospital, level, coefficients, bases)
        if value <= 0:
            todo = "mend its bonuses"
            problems.append(Problem(f"hospital {hospital}", "its coefficient is not above 0", todo))
        rows.append((hospital, level, value))
    unknown = sorted({b.hospital for b in coefficients.bonuses} - set(there["hospital"]))
    for hospital in unknown:
        what = "has a bonus, but no case"
        problems.append(Problem(f"hospital {hospital}", what, "mend its name in the bonuses"))
    if problems:
        raise DataError("find hospital coefficients", problems)
    types = {"hospital": "str", "level": "str", "hospital_coefficient": "int64"}
    return pd.DataFrame(rows, columns=list(types)).astype(types)
