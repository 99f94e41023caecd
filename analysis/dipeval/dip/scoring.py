"""Grouped cases → their scores: weight × auxiliary × hospital coefficient × deviation multiplier.

All four are integers with declared decimals; their product is rounded half up once, to the decimals of the
weights. So a score depends neither on threads nor on the order of rows, and can be checked with a pencil.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from .auxiliary import with_auxiliary
from .catalogue import Catalogue
from .deviation import AMOUNTS, deviated, reference_frame
from .exact import half_up
from .hospital_coefficients import coefficient_frame
from .parameters import ParameterSet
from .special_cases import reviewed
from .stays import hospital_levels

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

LARGEST = 2**62


@dataclass(frozen=True)
class Scales:
    """Decimals of the integers of a scored case."""

    weight: int
    auxiliary: int
    hospital: int
    ratio: int

    @property
    def coefficients(self) -> int:
        """Decimals that the two coefficients have together."""
        return self.auxiliary + self.hospital


def scales_of(catalogue: Catalogue, parameters: ParameterSet) -> Scales:
    """Decimals by which weights, coefficients, ratios and (as weights) scores are written."""
    return Scales(
        catalogue.decimals,
        parameters.auxiliary.decimals,
        parameters.hospital_coefficients.decimals,
        parameters.deviation.ratio_decimals,
    )


def scored(
    engine: TableEngine,
    cases: ir.Table,
    catalogue: Catalogue,
    parameters: ParameterSet,
    hospitals: pd.DataFrame | None = None,
) -> ir.Table:
    """Score grouped cases.

    Parameters
    ----------
    cases : ibis table
        From `grouping.grouped` with the same catalogue.
    hospitals : pandas.DataFrame, optional
        From `stays.hospital_levels` of the same stays; without it one more pass over the cases finds it.

    Returns
    -------
    ibis table
        Lazy: the cases with ``auxiliary_coefficient``, ``hospital_coefficient``, ``cost_ratio``,
        ``reference_basis``, ``deviation_class``, ``deviation_multiplier`` and ``score``; see `scales_of` for
        their units. Ungrouped cases have no coefficients and the score 0, or their cost over the region's
        mean where the payment file says ``as_incurred``. Cost: two joins with small tables, one more where
        an auxiliary catalogue is declared; no pass of its own.

    Raises
    ------
    DataError
        If a hospital has no level or no coefficient, a grade no coefficient, or a product of weights and
        coefficients does not fit.
    """
    import ibis

    from ..schema.functions import rounded_share

    scales = scales_of(catalogue, parameters)
    there = hospital_levels(engine, cases) if hospitals is None else hospitals
    known_hospitals = coefficient_frame(there, parameters.hospital_coefficients, catalogue)
    _check_size(catalogue, parameters, max(known_hospitals["hospital_coefficient"], default=0))
    adjusted = with_auxiliary(engine, cases, parameters.auxiliary)
    compared = _with_references(engine, adjusted, known_hospitals, catalogue, parameters)
    if parameters.hospital_coefficients.primary_level_exempt and _has_primary_level(catalogue):
        exempt = compared.disease_type_kind == "primary_level"
        one = 10**scales.hospital
        compared = compared.mutate(hospital_coefficient=exempt.ifelse(one, compared.hospital_coefficient))
    classed = deviated(compared, parameters.deviation)
    if parameters.deviation.special_cases == "coefficient":
        classed = reviewed(engine, classed, parameters.deviation)
    product = classed.relative_weight * classed.hospital_coefficient
    unit = 10 ** (scales.hospital + scales.ratio)
    if parameters.auxiliary.adjusts:
        product, unit = product * classed.auxiliary_coefficient, unit * 10**scales.auxiliary
    score = rounded_share(product, classed.deviation_multiplier, unit)
    grouped = classed.type_number.notnull()
    only = {
        name: grouped.ifelse(classed[name], None)
        for name in (
            "auxiliary_coefficient",
            "hospital_coefficient",
            "deviation_class",
            "deviation_multiplier",
        )
    }
    outside = ibis.literal(0, "int64")
    if parameters.deviation.ungrouped == "as_incurred":
        outside = _as_incurred(classed, catalogue)
    made = classed.mutate(**only, score=grouped.ifelse(score, outside))
    return made.drop("type_number", *[name for name in AMOUNTS if name != "reference_basis"])


def _has_primary_level(catalogue: Catalogue) -> bool:
    return bool((catalogue.types["kind"] == "primary_level").any())


def _with_references(
    engine: TableEngine,
    cases: ir.Table,
    known_hospitals: pd.DataFrame,
    catalogue: Catalogue,
    parameters: ParameterSet,
) -> ir.Table:
    """Cases with the coefficient of their hospital and the mean that their cost is compared with.

    There is a row for each type (and for none) at each level, numbered without gaps: a join in which every
    number is found lets an engine look up by position.
    """
    levels = sorted(known_hospitals["level"].unique())
    numbered = known_hospitals.assign(level_number=known_hospitals["level"].map(levels.index).astype("int64"))
    found = reference_frame(catalogue, parameters.deviation, levels)
    place = (found["type_number"] + 1) * len(levels) + found["level"].map(levels.index)
    rows = range((len(catalogue.types) + 1) * len(levels))
    grid = found[list(AMOUNTS)].astype(AMOUNTS).set_axis(place.astype("int64")).reindex(rows)
    references = engine.small_table(grid.rename_axis("reference_number").reset_index())
    known = cases.join(engine.small_table(numbered), ["hospital", "level"])
    number = (known.type_number.fill_null(-1) + 1) * len(levels) + known.level_number
    joined = known.mutate(reference_number=number).join(references, "reference_number")
    return joined.drop("reference_number", "level_number")


def _as_incurred(cases: ir.Table, catalogue: Catalogue) -> ir.IntegerValue:
    """The score of a case that has no type: its cost over the mean cost of the region, on the scale."""
    from ..schema.functions import rounded_share

    if not catalogue.overall:
        what = "ungrouped cases are paid as incurred, but the catalogue knows no mean cost of the region"
        todo = 'give the overall mean cost, or write ungrouped = "unpaid"'
        raise DataError("score cases", [Problem("catalogue", what, todo)])
    mean = Fraction(half_up(catalogue.overall * 100), 100)
    number = cases.total_cost * (catalogue.scale * mean.denominator)
    return rounded_share(number, 10**catalogue.decimals, mean.numerator)


def _check_size(catalogue: Catalogue, parameters: ParameterSet, hospital: int) -> None:
    """The largest product of weight and coefficients must fit an int64."""
    auxiliary = parameters.auxiliary
    largest = Fraction(10**auxiliary.decimals)
    for declared in (auxiliary.ages, auxiliary.comorbidity):
        largest *= max([Fraction(band.coefficient) for band in declared], default=Fraction(1))
    for grades in (auxiliary.severity, auxiliary.tumour):
        largest *= max(map(Fraction, grades.values()), default=Fraction(1))
    weight = int(catalogue.types["relative_weight"].max() or 0) if len(catalogue.types) else 0
    if weight * largest * hospital >= LARGEST:
        what = "weights times coefficients have too many digits"
        todo = "use a smaller scale, or fewer decimals"
        raise DataError("score cases", [Problem("payment file, weighting and coefficients", what, todo)])
