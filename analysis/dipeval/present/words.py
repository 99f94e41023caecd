"""The phrases that figures and tables add by themselves, in English and Chinese."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import pandas as pd

from dipeval.results.exhibit import Exhibit

LANGUAGES = ("en", "zh")


@cache
def _phrases() -> dict[str, dict[str, str]]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def phrase(name: str, language: str) -> str:
    """One phrase of ``words.toml``.

    Raises
    ------
    KeyError
        If there is no such phrase or language.
    """
    return _phrases()[name][language]


def unit_words(unit: str, currency: str, language: str, *, effect: bool = False) -> str:
    """The unit of a variable as it stands on an axis.

    An effect on a share is in percentage points, an effect on a logarithm in log points.
    """
    if not unit:
        return ""
    if unit == "currency":
        name = f"unit_currency_{currency}" if currency else "unit_currency"
        return phrase(name if name in _phrases() else "unit_currency", language)
    if unit == "share" and effect:
        return phrase("unit_share_effect", language)
    if unit == "log points" and not effect:
        return phrase("unit_log_level", language)
    name = "unit_" + unit.replace(" ", "_")
    return phrase(name, language) if name in _phrases() else ""


def check_language(language: str) -> None:
    """Refuse a language that there is no column for."""
    if language not in LANGUAGES:
        raise ValueError(f"language is {language!r}, not one of {LANGUAGES}")


def title_of(exhibit: Exhibit, language: str) -> str:
    """The exhibit's title in a language."""
    return exhibit.title_zh if language == "zh" else exhibit.title_en


def notes_of(exhibit: Exhibit, language: str) -> tuple[str, ...]:
    """The exhibit's notes in a language."""
    return exhibit.notes_zh if language == "zh" else exhibit.notes_en


def option(exhibit: Exhibit, name: str, default: str = "") -> str:
    """A drawing fact of the exhibit as text."""
    return str(exhibit.options.get(name, default))


def labels(frame: pd.DataFrame, language: str, stem: str = "label") -> pd.Series:
    """The label column of a language as text."""
    return frame[f"{stem}_{language}"].astype("str")


def with_unit(label: str, unit: str, language: str) -> str:
    """A label and its unit: ``Length of stay, days``; the unit alone where there is no label."""
    if not unit or not label:
        word = label or unit
        return word[:1].upper() + word[1:]
    return f"{label}（{unit}）" if language == "zh" else f"{label}, {unit}"
