"""Fifth floor: released exhibits as figures, tables and numbers in files."""

from .drawing import draw
from .numbers import numbers_tex
from .rendering import Rendered, data_csv, kinds, render
from .tabulation import tabulate

__all__ = ["Rendered", "data_csv", "draw", "kinds", "numbers_tex", "render", "tabulate"]
