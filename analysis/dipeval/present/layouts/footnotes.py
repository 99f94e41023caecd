"""Lettered remarks below a table: why a cell is empty, what is peculiar about it."""

from __future__ import annotations

from dipeval.present.layouts.table import Cell

LETTERS = "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖ"


class Footnotes:
    """Gives equal remarks one letter, in the order in which they first occur.

    Parameters
    ----------
    language : str
    """

    def __init__(self, language: str):
        self.language = language
        self.found: dict[str, str] = {}

    def marked(self, cell: Cell, remark: str) -> Cell:
        """The cell with the letter of its remark; unchanged without one."""
        if not remark or remark == "nan":
            return cell
        number = len(self.found)
        letter = self.found.setdefault(remark, LETTERS[number % len(LETTERS)] * (1 + number // len(LETTERS)))
        return Cell(cell.text + letter, cell.number)

    @property
    def notes(self) -> tuple[str, ...]:
        """One note a remark."""
        end, space = ("。", "") if self.language == "zh" else (".", " ")
        return tuple(f"{letter}{space}{remark.rstrip('。.')}{end}" for remark, letter in self.found.items())
