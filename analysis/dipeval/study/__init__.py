"""Studies are data: TOML files with a closed vocabulary, parsed and frozen."""

from .model import NEVER, City, ColumnRule, Correction, Dates, Source, Study
from .parse import parse_city, parse_source, parse_study
from .rules import Registries

__all__ = [
    "NEVER",
    "City",
    "ColumnRule",
    "Correction",
    "Dates",
    "Registries",
    "Source",
    "Study",
    "parse_city",
    "parse_source",
    "parse_study",
]
