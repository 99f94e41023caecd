"""Ground floor: the words that everything else uses."""

from .words import NANO, RECORD, Column, Outcome, Unit, columns, outcomes, units, value_labels

__all__ = ["NANO", "RECORD", "Column", "Outcome", "Unit", "columns", "outcomes", "units", "value_labels"]
