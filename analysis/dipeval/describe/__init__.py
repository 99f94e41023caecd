"""Third floor: descriptions and estimates as exhibits, before anyone judges or draws them."""

from .adoption import adoption_map
from .case_groups import CaseGroups, case_groups
from .case_table import case_table
from .case_variable import CaseVariable
from .cost_structure import cost_structure
from .estimate_frames import EstimateFrames
from .event_study import event_study_exhibit
from .families import family_exhibit
from .records import PublishedTotal, TextNumber, ledger_exhibit, numbers_exhibit, validation_exhibit
from .regression import regression_table
from .table_one import table_one
from .trends import trends
from .variable import Variable

__all__ = [
    "CaseGroups",
    "CaseVariable",
    "EstimateFrames",
    "PublishedTotal",
    "TextNumber",
    "Variable",
    "adoption_map",
    "case_groups",
    "case_table",
    "cost_structure",
    "event_study_exhibit",
    "family_exhibit",
    "ledger_exhibit",
    "numbers_exhibit",
    "regression_table",
    "table_one",
    "trends",
    "validation_exhibit",
]
