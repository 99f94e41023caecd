"""The page that puts cities side by side: one file that opens offline, and the same as text."""

from .page import compare_html
from .rows import Comparison, compared_rows
from .table import compare_table

__all__ = ["Comparison", "compare_html", "compare_table", "compared_rows"]
