"""Fifth floor: released exhibits as figures, tables and numbers in files."""

from .drawing import DRAWERS, draw
from .numbers import numbers_tex
from .tabulation import TABULATED, shown_csv, tabulate
from .writers.markup import table_within

__all__ = ["DRAWERS", "TABULATED", "draw", "numbers_tex", "shown_csv", "table_within", "tabulate"]
