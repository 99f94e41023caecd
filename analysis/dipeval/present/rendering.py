"""All files of an exhibit from one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dipeval.disclose import Released
from dipeval.present.drawing import DRAWERS, draw
from dipeval.present.numbers import numbers_tex
from dipeval.present.tabulation import LAYOUTS, tabulate
from dipeval.present.words import LANGUAGES
from dipeval.present.writers.spreadsheet import frame_csv
from dipeval.results.exhibit import Exhibit


@dataclass(frozen=True)
class Rendered:
    """An exhibit with its files.

    Attributes
    ----------
    exhibit : Exhibit
        As released.
    files : mapping of str to bytes
        By name: ``<name>.pdf``, Chinese ones ``<name>.zh.pdf``, a figure's data ``<name>.csv``.
    """

    exhibit: Exhibit
    files: Mapping[str, bytes]

    def file(self, form: str, language: str = "en") -> bytes:
        """The file of a format in a language.

        Raises
        ------
        KeyError
            If the exhibit has no such file.
        """
        return self.files[file_name(self.exhibit.name, form, language)]

    @property
    def is_figure(self) -> bool:
        """Whether it is drawn; otherwise it is a table or the numbers of the text."""
        return self.exhibit.kind in DRAWERS


def file_name(name: str, form: str, language: str) -> str:
    """``name.form`` in English, ``name.zh.form`` in Chinese."""
    return f"{name}.{form}" if language == "en" else f"{name}.{language}.{form}"


def data_csv(released: Released) -> bytes:
    """Exactly what a figure shows, as comma-separated values in UTF-8.

    Raises
    ------
    TypeError
        If the exhibit has not passed the gate.
    """
    if not isinstance(released, Released):
        raise TypeError("only what has passed dipeval.disclose.gate can be written")
    return frame_csv(released.exhibit.frame.assign(synthetic=released.exhibit.synthetic))


def render(
    released: Released, languages: Sequence[str] = LANGUAGES, *, stars: bool = False, prefix: str = ""
) -> Rendered:
    """Make all files of an exhibit.

    Parameters
    ----------
    released : Released
        What the gate let through.
    languages : sequence of {"en", "zh"}
    stars : bool
        Whether regression tables mark small p-values.
    prefix : str
        What the macros of ``numbers.tex`` start with.

    Returns
    -------
    Rendered
        Figures in pdf, png, svg with one csv; tables in csv, md, tex, html; numbers in tex.

    Raises
    ------
    KeyError
        If the kind of the exhibit is neither drawn nor laid out.
    """
    exhibit = released.exhibit
    if exhibit.kind == "numbers":
        return Rendered(exhibit, {f"{exhibit.name}.tex": numbers_tex(released, prefix).encode("utf-8")})
    files: dict[str, bytes] = {}
    for language in languages:
        made = draw(released, language) if exhibit.kind in DRAWERS else _table(released, language, stars)
        files |= {file_name(exhibit.name, form, language): content for form, content in made.items()}
    if exhibit.kind in DRAWERS:
        files[f"{exhibit.name}.csv"] = data_csv(released)
    return Rendered(exhibit, dict(sorted(files.items())))


def _table(released: Released, language: str, stars: bool) -> dict[str, bytes]:
    """Spreadsheets take UTF-8 for Chinese only when the file begins with a byte order mark."""
    made = tabulate(released, language, stars=stars)
    mark = "utf-8-sig" if language == "zh" else "utf-8"
    return {form: text.encode(mark if form == "csv" else "utf-8") for form, text in made.items()}


def kinds() -> list[str]:
    """Every kind of exhibit that can be rendered."""
    return sorted([*DRAWERS, *LAYOUTS, "numbers"])
