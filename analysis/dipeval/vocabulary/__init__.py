"""Ground floor: the words that everything else uses."""

from .words import (
    NANO,
    RECORD,
    Account,
    Column,
    Outcome,
    PatientWord,
    Plausible,
    Unit,
    accounts,
    columns,
    outcomes,
    patient_covariates,
    patient_words,
    plausible_costs,
    units,
    value_labels,
)

__all__ = [
    "NANO",
    "RECORD",
    "Account",
    "Column",
    "Outcome",
    "PatientWord",
    "Plausible",
    "Unit",
    "accounts",
    "columns",
    "outcomes",
    "patient_covariates",
    "patient_words",
    "plausible_costs",
    "units",
    "value_labels",
]
