"""Ground floor: the words that everything else uses."""

from .words import (
    NANO,
    RECORD,
    Column,
    Outcome,
    Plausible,
    Unit,
    columns,
    outcomes,
    plausible_costs,
    units,
    value_labels,
)

__all__ = [
    "NANO",
    "RECORD",
    "Column",
    "Outcome",
    "Plausible",
    "Unit",
    "columns",
    "outcomes",
    "plausible_costs",
    "units",
    "value_labels",
]
