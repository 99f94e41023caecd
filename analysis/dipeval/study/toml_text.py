"""Text of a TOML file → what it says, checked against a grammar; every kind of file is opened here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from ..errors import Problem, StudyError
from .grammar import Checker, Table


def read_toml(
    text: str, where: str, grammar: Mapping[str, object], stage: str = "read file"
) -> tuple[dict, Checker]:
    """Parse and check a file; a syntax error ends the reading at once, all else is noted in the checker.

    Parameters
    ----------
    text, where : str
        What the file holds, and its path for error messages.
    grammar : mapping
        Its tables.
    stage : str
        What is being done, for error messages.

    Raises
    ------
    StudyError
        When the text is no TOML.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = Problem(where, f"is not valid TOML: {error}", "mend the syntax at that line")
        raise StudyError(stage, [problem]) from None
    checker = Checker(where)
    return checker.read(raw, Table(grammar)), checker


def require_sound(checker: Checker, stage: str) -> None:
    """End the reading of a file that has problems.

    Raises
    ------
    StudyError
        With all of them.
    """
    if checker.problems:
        raise StudyError(stage, checker.problems)
