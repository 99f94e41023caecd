"""What a user declares about one line of a case-level Table 1."""

from __future__ import annotations

from dataclasses import dataclass

from dipeval.describe.labels import Labels

CONTINUOUS, CATEGORICAL = "continuous", "categorical"
MEAN_SD, MEDIAN_IQR, N_PERCENT = "mean_sd", "median_iqr", "n_percent"
SUMMARIES = {CONTINUOUS: (MEAN_SD, MEDIAN_IQR), CATEGORICAL: (N_PERCENT,)}
TESTS = {
    CONTINUOUS: ("t", "welch", "anova", "mann_whitney", "kruskal_wallis", "trend"),
    CATEGORICAL: ("chi_square", "chi_square_yates", "fisher", "trend"),
}
OF_RANKS = ("mann_whitney", "kruskal_wallis")
OF_TWO_GROUPS = ("t", "welch", "mann_whitney")
TEST_LABELS = {
    "t": ("Student's t", "t检验"),
    "welch": ("Welch's t", "Welch t检验"),
    "anova": ("analysis of variance", "方差分析"),
    "mann_whitney": ("Mann–Whitney U", "Mann–Whitney U检验"),
    "kruskal_wallis": ("Kruskal–Wallis H", "Kruskal–Wallis H检验"),
    "trend": ("trend", "趋势检验"),
    "chi_square": ("χ²", "χ²检验"),
    "chi_square_yates": ("χ² with Yates' correction", "校正χ²检验"),
    "fisher": ("Fisher's exact test", "Fisher精确检验"),
}


@dataclass(frozen=True)
class CaseVariable:
    """A column of the cases, how it is summarised and how its groups are compared.

    Attributes
    ----------
    name : str
        Column of the cases.
    kind : {"continuous", "categorical"}
    summaries : tuple of str
        Of `SUMMARIES`; by default the first of the kind.
    test : str
        Of `TESTS`; empty for none. Tests are declared, never chosen by looking at the data.
    decimals : int
        Decimal places that a continuous variable carries. An integer column is in units of
        ``10 ** -decimals`` (2 for money in fen); a floating column must have no further places.
    levels : tuple of str
        Categories in their order; empty takes those found, sorted. A value that is not declared stops the run.
    label_en, label_zh, unit : str
    level_labels : mapping of str to (str, str), optional
        English and Chinese label by category; by default the table's, or the vocabulary's.
    """

    name: str
    kind: str
    summaries: tuple[str, ...] = ()
    test: str = ""
    decimals: int = 0
    levels: tuple[str, ...] = ()
    label_en: str = ""
    label_zh: str = ""
    unit: str = ""
    level_labels: Labels | None = None

    @property
    def shown(self) -> tuple[str, ...]:
        """The summaries asked for, or the first of the kind."""
        return self.summaries or SUMMARIES.get(self.kind, ())[:1]

    @property
    def labels(self) -> tuple[str, str]:
        """Label in English and Chinese; the name where none is given."""
        return self.label_en or self.name, self.label_zh or self.label_en or self.name
