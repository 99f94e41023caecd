"""What a city declares about its payment, year by year: frozen, exact, each part with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ..errors import Problem, StudyError


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a parameter set: from when to when it holds, and where it is written.

    Attributes
    ----------
    since, until : int
        First and last year in which it holds.
    source : str
        Regulation, notice or table that fixes it.
    verified : bool
        False where the source was not read itself.
    """

    since: int
    until: int
    source: str
    verified: bool = True

    def holds(self, year: int) -> bool:
        """Whether it holds in `year`."""
        return self.since <= year <= self.until


@dataclass(frozen=True, kw_only=True)
class Grouping(Part):
    """How cases become disease types; see `grammar.GROUPING` for each key."""

    version: str
    catalogue: str
    procedures: str
    case_threshold: int
    threshold_over: str
    comprehensive_by: str
    match: str
    ties: tuple[str, ...]
    ungroupable_diagnoses: tuple[str, ...]
    ungroupable_procedures: tuple[str, ...]
    ignored_procedures: tuple[str, ...]
    primary_level_share: Decimal | None
    primary_level_cv: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Weighting(Part):
    """How a disease type gets its weight; see `grammar.WEIGHTING`."""

    method: str
    benchmark: str
    quota: Decimal | None
    year_weights: tuple[int, ...]
    scale: int
    decimals: int
    trim_lower: Decimal
    trim_upper: Decimal


@dataclass(frozen=True, kw_only=True)
class Deviation(Part):
    """How a case that costs much less or more than its type is scored; see `grammar.DEVIATION`."""

    low: Decimal
    high: Decimal
    extreme: Decimal
    extreme_rule: str
    ratio_decimals: int
    reference_minimum: int
    ungrouped: str
    special_cases: str
    special_case_limit: Decimal


@dataclass(frozen=True)
class Band:
    """A coefficient for values from `start` (inclusive) to `end` (exclusive; None is without end)."""

    start: Decimal
    end: Decimal | None
    coefficient: Decimal


@dataclass(frozen=True, kw_only=True)
class Auxiliary(Part):
    """Coefficients of the auxiliary catalogue; see `grammar.AUXILIARY`.

    Attributes
    ----------
    ages, comorbidity : tuple of Band
        By age in years, and by the comorbidity index.
    severity, tumour : mapping of str to Decimal
        By grade.
    """

    combine: str
    decimals: int
    tumour_by: str
    ages: tuple[Band, ...] = ()
    comorbidity: tuple[Band, ...] = ()
    severity: Mapping[str, Decimal] = field(default_factory=dict)
    tumour: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def adjusts(self) -> bool:
        """Whether any coefficient is declared."""
        return bool(self.ages or self.comorbidity or self.severity or self.tumour)


@dataclass(frozen=True)
class Bonus:
    """What a hospital's coefficient gains, for what reason."""

    hospital: str
    amount: Decimal
    reason: str
    source: str


@dataclass(frozen=True, kw_only=True)
class HospitalCoefficients(Part):
    """Coefficients of hospitals; see `grammar.HOSPITAL_COEFFICIENTS`."""

    base: str
    combine: str
    decimals: int
    primary_level_exempt: bool
    levels: Mapping[str, Decimal]
    hospitals: Mapping[str, Decimal]
    bonuses: tuple[Bonus, ...]


@dataclass(frozen=True)
class Deduction:
    """One line that leaves the budget before disease types are paid, in minor units."""

    name_en: str
    name_zh: str
    amount: int
    source: str


@dataclass(frozen=True, kw_only=True)
class Budget(Part):
    """The budget of one scheme in one year, in minor units; `budget.built` reconciles it.

    Attributes
    ----------
    scheme : str
        A word of the column ``insurance_type``.
    gross : int
        Before growth and deductions.
    growth : Decimal
        Negotiated growth on `gross`; 0 where `gross` is the budget of the year itself.
    reserve_share : Decimal
        Part of the budget after deductions that is kept for overruns and mid-year adjustment.
    """

    scheme: str
    gross: int
    growth: Decimal
    reserve_share: Decimal
    deductions: tuple[Deduction, ...]


@dataclass(frozen=True, kw_only=True)
class Settlement(Part):
    """How points become money; see `grammar.SETTLEMENT`."""

    basis: str
    gross_up: str
    actual_fund: str
    year_by: str
    prepayment_months: Decimal
    monthly_share: Decimal
    point_value_decimals: int
    reimbursement_ratio: Mapping[str, Decimal]
    assessment: Mapping[str, Decimal]


@dataclass(frozen=True)
class SharingBand:
    """Which part of the gap between entitlement and actual cost goes to the hospital.

    Attributes
    ----------
    start, end : Decimal
        Actual cost over entitlement, from (inclusive) and to (exclusive; None is without end).
    hospital_share : Decimal
        Below 1: part of the surplus that the hospital keeps. Above 1: part of the overrun that it bears.
    """

    start: Decimal
    end: Decimal | None
    hospital_share: Decimal


@dataclass(frozen=True, kw_only=True)
class Sharing(Part):
    """Who keeps a surplus and who bears an overrun; see `grammar.SHARING`."""

    level: str
    mode: str
    bands: tuple[SharingBand, ...]


@dataclass(frozen=True)
class ParameterSet:
    """Everything that holds in one city and year.

    Attributes
    ----------
    name : str
    year : int
    schemes : tuple of str
        Insurance schemes that are paid by points, each from its own budget.
    budgets : mapping of str to Budget
        By scheme.
    assumed : tuple of str
        Parts that the city does not declare and that were taken from the national defaults, each with its
        source and whether it was verified. To be shown beside every result.
    """

    name: str
    year: int
    schemes: tuple[str, ...]
    grouping: Grouping
    weighting: Weighting
    deviation: Deviation
    auxiliary: Auxiliary
    hospital_coefficients: HospitalCoefficients
    settlement: Settlement
    sharing: Sharing
    budgets: Mapping[str, Budget]
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaymentFile:
    """All years of one city.

    Attributes
    ----------
    name, title_en, title_zh, where : str
        `where` is the file, for messages.
    years : tuple of int
        Years that the file answers for.
    parts : mapping of str to tuple of Part
        By the name of the part.
    defaults : mapping of str to tuple of Part
        The national defaults for parts that the file leaves out.
    """

    name: str
    title_en: str
    title_zh: str
    where: str
    schemes: tuple[str, ...]
    years: tuple[int, ...]
    parts: Mapping[str, tuple[Part, ...]]
    defaults: Mapping[str, tuple[Part, ...]]

    def year(self, year: int) -> ParameterSet:
        """The parameter set of one year.

        Raises
        ------
        StudyError
            If the file does not answer for that year.
        """
        if year not in self.years:
            known = ", ".join(str(y) for y in self.years)
            what = f"has no parameters for the year {year}"
            todo = f"add the year to dip.years and to each part (years there: {known})"
            raise StudyError("read payment", [Problem(f"{self.where}, key dip.years", what, todo)])
        found, assumed = {}, []
        for name in PARTS:
            part = next((p for p in self.parts[name] if p.holds(year)), None)
            if part is None:
                part = next(p for p in self.defaults[name] if p.holds(year))
                mark = "verified" if part.verified else "unverified"
                assumed.append(f"{name}: national default, {mark} ({part.source})")
            found[name] = part
        budgets = {b.scheme: b for b in self.parts["budgets"] if b.holds(year)}
        return ParameterSet(self.name, year, self.schemes, **found, budgets=budgets, assumed=tuple(assumed))


PARTS = {
    "grouping": Grouping,
    "weighting": Weighting,
    "deviation": Deviation,
    "auxiliary": Auxiliary,
    "hospital_coefficients": HospitalCoefficients,
    "settlement": Settlement,
    "sharing": Sharing,
}
"""Parts of which exactly one holds in a year; budgets hold one a scheme."""
