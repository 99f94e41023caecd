"""What the study, city and source files say, parsed and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .case_models import CaseModel
    from .composition import CompositionChoice
    from .descriptions import DescriptionChoice
    from .families import Family
    from .inference import InferenceChoice
    from .policies import Policy
    from .simulation import Simulation
    from .standardise import StandardChoice
    from .tables import WarehouseTable

from .compare import CompareChoice
from .disclosure import Disclosure
from .payment import PaymentChoice
from .planning import PlanChoice
from .references import CodeVersions, Comparison

NEVER = "never"


@dataclass(frozen=True)
class Era:
    """A span of periods in which a column came in another unit."""

    since: str
    until: str
    unit: str


@dataclass(frozen=True)
class ColumnRule:
    """How one column of the vocabulary is read from the headers of a raw format.

    Attributes
    ----------
    name : str
        The vocabulary's name.
    items : tuple of tuple of str
        One tuple of header aliases per raw item.
    combine : {"single", "sum", "coalesce", "join"}
        One item; the sum of items (money); the first that is not empty (one measure, several eras);
        the texts of those that are not empty, with `separator` between them.
    unit : str
        Unit of money; empty for other kinds.
    eras : tuple of Era
        Spans in which another unit applied.
    required : bool
        Whether at least one item must stand in the header.
    date_format : str
        ``strptime`` format of dates and periods; ``days/hours/minutes`` of a duration in hours.
    zero_is_missing : bool
        Whether 0 means "does not apply" (zero-filled columns).
    empty_is_zero : bool
        Whether a fee that is left blank was not charged; the rule `blank_amount` counts them.
    separator : str
        What stands between joined items.
    parted_by : tuple of str
        What parts several values inside one raw cell; each becomes `separator`.
    """

    name: str
    items: tuple[tuple[str, ...], ...]
    combine: str = "single"
    unit: str = ""
    eras: tuple[Era, ...] = ()
    required: bool = True
    date_format: str = ""
    zero_is_missing: bool = False
    empty_is_zero: bool = False
    separator: str = ";"
    parted_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class LongForm:
    """A format with one row a charge: which rows make one settlement, and where its amounts go.

    The amount under header ``amt`` of the charge ``09`` is read like a column with the header
    ``amt_09`` of a format with one row a settlement.

    Attributes
    ----------
    key : tuple of str
        Columns that all rows of one settlement share, and no other row.
    item : tuple of str
        Headers of the column that names the charge.
    items : mapping of str to tuple of str
        By charge: the words for it in that column.
    amounts : mapping of str to tuple of str
        By amount: its headers.
    """

    key: tuple[str, ...]
    item: tuple[str, ...]
    items: Mapping[str, tuple[str, ...]]
    amounts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Identity:
    """An accounting identity: `total` = sum of `parts`, within `tolerance` minor units a row."""

    name: str
    total: str
    parts: tuple[str, ...]
    tolerance: int
    action: str


@dataclass(frozen=True)
class Within:
    """Sub-items ("of which"): the sum of `parts` lies within `parent`, and is never added to it."""

    parent: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """How hospitals are linked over periods: where they are, and how alike they must be.

    Attributes
    ----------
    region, place, name, attribute, address : str
        Columns of the report; `attribute` is the kind of hospital, `address` may be empty.
    similarity : float
        Names count as alike from here on (0 to 1).
    size_factor : float
        Discharges may differ by this factor between two linked periods, beyond counting noise.
    accepted, refused : tuple of tuple of str
        Decisions of a person: earlier name, later name, reason.
    """

    region: str
    place: str
    name: str
    attribute: str
    address: str
    similarity: float
    size_factor: float
    accepted: tuple[tuple[str, ...], ...] = ()
    refused: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Source:
    """One raw format.

    Attributes
    ----------
    header_row, header_rows : int
        First row of the header (from 1), and how many rows it takes.
    ignored, identifiers, shared : tuple of str
        Headers that are not used; that identify a person and are never read; that feed several columns.
    long : LongForm or None
        For formats with several rows a settlement.
    """

    name: str
    title_en: str
    title_zh: str
    layer: str
    reference: str
    encoding: str
    format: str
    delimiter: str
    header_row: int
    header_rows: int
    sheets: tuple[str, ...]
    empty: tuple[str, ...]
    total_words: tuple[str, ...]
    total_rows: str
    columns: Mapping[str, ColumnRule]
    codes: Mapping[str, Mapping[str, str]]
    ignored: tuple[str, ...]
    identifiers: tuple[str, ...]
    shared: tuple[str, ...]
    identities: tuple[Identity, ...]
    link: Link | None = None
    parts: tuple[Within, ...] = ()
    long: LongForm | None = None


@dataclass(frozen=True)
class RawFile:
    """One raw file of a city, below its data folder; what is empty or 0 is as its format says."""

    path: str
    sha256: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheets: tuple[str, ...] = ()
    header_row: int = 0
    header_rows: int = 0
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OtherUnit:
    """Rows whose amounts come in another unit: those of one file, of one hospital, of a span of periods.

    Attributes
    ----------
    columns : tuple of str
        Columns of money; none: all of the format.
    file, hospital, since, until : str
        What is empty sets no bound; a row lies in the span when all others hold.
    """

    unit: str
    columns: tuple[str, ...] = ()
    file: str = ""
    hospital: str = ""
    since: str = ""
    until: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Dates:
    """The dates of a reform (labels ``YYYY-MM``, empty when unknown) and their source.

    `ended` is the first month that is no longer paid so, for a city that left for something else.
    """

    announced: str = ""
    simulated: str = ""
    payment: str = ""
    full: str = ""
    never: bool = False
    source: str = ""
    ended: str = ""
    ended_reason: str = ""


@dataclass(frozen=True)
class Correction:
    """A known error of a city's data, mended as data."""

    column: str
    match: Mapping[str, str]
    action: str
    value: str
    reason: str
    expect: int


@dataclass(frozen=True)
class RuleChoice:
    """What a city says of a cleaning rule: on or off, and its settings by name."""

    on: bool = True
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class City:
    """One city (or other place that sends files)."""

    name: str
    label_en: str
    label_zh: str
    province: str
    synthetic: bool
    scheme: str
    source: str
    obtain: str
    files: tuple[RawFile, ...]
    dates: Dates
    units: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, RuleChoice] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    hospital_table: str = ""
    code_versions: Mapping[str, CodeVersions] = field(default_factory=dict)
    compare: tuple[Comparison, ...] = ()
    other_units: tuple[OtherUnit, ...] = ()
    tables: tuple[WarehouseTable, ...] = ()


@dataclass(frozen=True)
class Treatment:
    """Who is treated when: by city (dates of the city files) or by an attribute of hospitals.

    `after_leaving` says whether periods after a hospital left stay in the design.
    """

    by: str
    starts: Mapping[str, str]
    excluded: tuple[str, ...]
    placebo: bool
    comparison: str
    anticipation: int
    event_window: tuple[int, int]
    reference: int
    clusters: tuple[str, ...]
    weights: str
    ends: Mapping[str, str] = field(default_factory=dict)
    after_leaving: str = "keep"
    policies: tuple[str, ...] = ()
    common_clusters: str = ""


@dataclass(frozen=True)
class EstimatorChoice:
    """An estimator of the registry with its options."""

    name: str
    options: Mapping[str, object]


@dataclass(frozen=True)
class Published:
    """A published total that the cleaned data must reproduce to the printed digit."""

    item_en: str
    item_zh: str
    value: str
    period: str
    statistic: str
    column: str
    denominator: str
    where: Mapping[str, str]
    per: float
    round_to: float
    source: str


@dataclass(frozen=True)
class Study:
    """Every choice of one paper; one that only describes has no estimators, and may have no treatment."""

    name: str
    title_en: str
    title_zh: str
    synthetic: bool
    cities: tuple[str, ...]
    start: str
    end: str
    frequency: str
    keep: Mapping[str, tuple[str, ...]]
    link_persons: bool
    stays: str
    linked_days: str
    level: str
    treatment: Treatment | None
    outcomes: tuple[str, ...]
    components: tuple[str, ...]
    table_one: tuple[str, ...]
    estimators: tuple[EstimatorChoice, ...]
    main: str
    inference: InferenceChoice
    disclosure: Disclosure
    languages: tuple[str, ...]
    published: tuple[Published, ...]
    simulation: Simulation | None
    notes_en: tuple[str, ...] = ()
    notes_zh: tuple[str, ...] = ()
    without_flags: tuple[str, ...] = ()
    payment: PaymentChoice | None = None
    case_models: tuple[CaseModel, ...] = ()
    families: tuple[Family, ...] = ()
    descriptions: tuple[DescriptionChoice, ...] = ()
    standard: StandardChoice | None = None
    compositions: tuple[CompositionChoice, ...] = ()
    compare: CompareChoice = CompareChoice()
    policies: tuple[Policy, ...] = ()
    checks: tuple[DescriptionChoice, ...] = ()
    plan: PlanChoice = PlanChoice()

    @property
    def is_compared(self) -> bool:
        """Whether cities are put side by side: it says so, or there are several."""
        return self.compare.said or len(self.cities) > 1
