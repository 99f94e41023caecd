"""Pieces of the page: escaped, and in as many languages as it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

CLASSES = {"en": ("en", "en"), "zh": ("zh", "zh-CN")}

Words = tuple[str, str]
"""The same in English and in Chinese."""


def both(words: Words, languages: Sequence[str], tag: str = "span") -> str:
    """A text in every language of the page, of which the style sheet shows one."""
    return each(lambda language: escape(words[language == "zh"]), languages, tag)


def each(content: Callable[[str], str], languages: Sequence[str], tag: str = "div") -> str:
    """An element a language around content that is markup already."""
    return "".join(_element(content(language), language, tag) for language in languages)


def _element(content: str, language: str, tag: str) -> str:
    name, lang = CLASSES[language]
    return f'<{tag} class="{name}" lang="{lang}">{content}</{tag}>'


def plain_table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of texts; `heads` and cells are markup already."""
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in rows)
    table = f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="scroll">{table}</div>'


def short(sha256: str) -> str:
    """The first 12 digits of a fingerprint, the whole of it on hovering."""
    return f'<code title="{escape(sha256)}">{escape(sha256[:12])}</code>'
