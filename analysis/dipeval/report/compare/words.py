"""The phrases of the page of a comparison, in English and Chinese."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

Words = tuple[str, str]


@cache
def _phrases() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def section(name: str) -> dict[str, Words]:
    """All phrases of one section of ``words.toml``, English and Chinese."""
    return {key: (both["en"], both["zh"]) for key, both in _phrases()[name].items()}


def phrase(name: str, key: str, **parts: str) -> Words:
    """One phrase with its parts filled in.

    Raises
    ------
    KeyError
        If there is no such phrase, or a part is missing.
    """
    english, chinese = section(name)[key]
    return english.format(**parts), chinese.format(**parts)


def heading(by: str) -> Words:
    """What the page is called, by what is compared."""
    made = section("compared")
    return made.get(by, made["other"])
