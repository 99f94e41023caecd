"""Words → TOML: strings that mean themselves, and comments that no file can break out of."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..schema.plain_table import safe


def string(text: str) -> str:
    """A basic string; JSON's escapes are TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def strings(texts: Iterable[str]) -> str:
    """An array of basic strings."""
    return f"[{', '.join(string(text) for text in texts)}]"


def comment(line: str) -> str:
    """A comment of one line: spaces stay, so that columns stay aligned; what could end it becomes a space."""
    return ("# " + "".join(c if c == " " else safe(c) or " " for c in line)).rstrip()
