"""How one city writes its format: which of the known headers and codes, which zero, with a BOM or not."""

from __future__ import annotations

from dataclasses import dataclass

from ..study.model import City, ColumnRule, RawFile, Source
from ..vocabulary import units

BOM_EVERY = 4


@dataclass(frozen=True)
class Style:
    """The habits of one city.

    Attributes
    ----------
    chinese : bool
        Chinese headers and words, instead of the ids and codes of the interface.
    variant : int
        Which of several Chinese aliases.
    zero : str
        How a fee of zero is written.
    bom : bool
        Whether UTF-8 text starts with a byte order mark.
    """

    chinese: bool
    variant: int
    zero: str
    bom: bool

    def header(self, aliases: tuple[str, ...]) -> str:
        """Choose one of the aliases of a raw item."""
        chinese = [alias for alias in aliases if not alias.isascii()]
        if self.chinese and chinese:
            return chinese[self.variant % len(chinese)]
        return aliases[0]

    def code(self, source: Source, column: str, word: str) -> str:
        """Choose one of the raw codes that mean a word of the vocabulary."""
        known = [code for code, meaning in source.codes[column].items() if meaning == word]
        return known[-1] if self.chinese else known[0]


def style_of(city: City, nth: int) -> Style:
    """Return the style of the `nth` city of its format: they differ, as those of real cities do."""
    spreadsheet = is_spreadsheet(city.files[0])
    return Style(
        chinese=spreadsheet or nth % 2 == 1,
        variant=nth // 2,
        zero="0.00" if nth % 2 == 0 else "0",
        bom=nth % BOM_EVERY == BOM_EVERY - 1,
    )


def is_spreadsheet(file: RawFile) -> bool:
    """Whether a raw file is a spreadsheet."""
    return file.path.endswith(".xlsx")


def minor_per_unit(city: City, rule: ColumnRule) -> int:
    """Return how many fen one of the city's units of a money column is."""
    return units()[city.units.get(rule.name, rule.unit)].minor_per_unit
