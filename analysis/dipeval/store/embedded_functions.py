"""The package's own functions of one text, in the words of the embedded engine (DuckDB)."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase

from ..schema.joining import GAP
from ..schema.text import WHITE_SPACE, may_change
from .record_key import HASH_DIGITS, RecordKey
from .sql import quoted

DIGITS = 15
"""Digits of an amount in its raw unit, so that in minor units it fits an int64."""
MOST_PLACES = 8
"""Digits behind the point of the largest unit of money; 10,000 yuan has 6."""

PARAMETERS = {"told_parts": "t, separator, nothing", "parsed_day": "t, form", "rounded_share": "a, b, c"}
"""Of macros that take more than their text."""
OPEN, CLOSE = "chr(1)", "chr(2)"
"""Around each part of a text while empty parts are taken out; no text of a table holds them."""
HALF = 2**61
"""Below this, twice a product and its divisor still fit an int64 together."""
STARTS_WITH_DIGIT = "t >= '0' AND t < ':'"


def macros() -> dict[str, str]:
    """The body of each function of `schema.functions` that plain SQL can say, by name; its text is ``t``."""
    odd, space = "strlen(t) <> length(t)", quoted(WHITE_SPACE)
    # Columns of text pass through here whole. Trimming by a set costs more than all the rest, and
    # NFKC is Python's, so both are kept for texts that they may change.
    is_odd = f"regexp_matches(t, {quoted(_odd())})"
    is_plain = f"CASE WHEN {odd} THEN NOT {is_odd} ELSE t >= '!' AND right(t, 1) >= '!' END"
    trimmed = f"trim(CASE WHEN {odd} THEN dipeval_nfkc(t) ELSE t END, {space})"
    # Commas go only where they group by three: 12,5 stays, and is then no number.
    grouped = r"regexp_extract(t, '^-?\d{1,3}(,\d{3})+(\.\d+)?$')"
    return {
        "folded": f"CASE WHEN {is_plain} THEN t ELSE {trimmed} END",
        "told_parts": _told_parts(),
        "unsigned": r"regexp_replace(t, '^(-?)\s*[¥$]\s*(-?)', '\1\2')",
        "ungrouped": f"coalesce(nullif(replace({grouped}, ',', ''), ''), t)",
        "without_final_zeros": r"regexp_replace(t, '^(-?\d+\.\d*?)0+$', '\1')",
        "plain_decimal": f"dipeval_without_final_zeros(dipeval_ungrouped(dipeval_unsigned({trimmed})))",
        # The engine reads words such as 'epoch' and 'infinity' as days; a day starts with a digit.
        "iso_day": f"CASE WHEN strlen(t) = 10 AND {STARTS_WITH_DIGIT} THEN TRY_CAST(t AS DATE) END",
        "parsed_day": f"CASE WHEN {STARTS_WITH_DIGIT} THEN try_strptime(t, form)::DATE END",
        "finite_number": "CASE WHEN isfinite(TRY_CAST(t AS DOUBLE)) THEN TRY_CAST(t AS DOUBLE) END",
        # Floats from 10^15 on are written with an exponent, and are then no amount.
        "float_text": (
            r"regexp_replace((t + 0.0::DOUBLE)::VARCHAR, '^(-?\d+)(\.0+$|(\.\d*[1-9])0*$)', '\1\3')"
        ),
        "rounded_share": _rounded_share(),
        "plain_hash": f"(hash({_upper()}) >> 1)::BIGINT",
        **{f"minor_{places}": _minor_units(places) for places in range(MOST_PLACES + 1)},
    }


def _told_parts() -> str:
    """What `schema.functions.told_parts` asks for; most texts have one part, and cost no pattern."""
    parts = f"{OPEN} || replace(t, separator, {CLOSE} || {OPEN}) || {CLOSE}"
    told = f"regexp_replace({parts}, {OPEN} || nothing || {CLOSE}, '', 'g')"
    marks = quoted(f"{GAP}([\x01\x02]){GAP}")
    trimmed = rf"regexp_replace({told}, {marks}, '\1', 'g')"
    joined = f"replace({trimmed}, {CLOSE} || {OPEN}, separator)"
    bare = f"replace(replace({joined}, {OPEN}, ''), {CLOSE}, '')"
    return f"CASE WHEN contains(t, separator) THEN {bare} ELSE t END"


def _rounded_share() -> str:
    """What `schema.functions.rounded_share` asks for; 128 bits, which are slow, only where 64 do not do."""
    fits = f"a <= {HALF} // greatest(b, 1) AND c <= {HALF}"
    wide = "((2 * a::HUGEINT * b + c) // (2 * c::HUGEINT))::BIGINT"
    return f"CASE WHEN {fits} THEN (2 * a * b + c) // (2 * c) ELSE {wide} END"


def keyed_hash(key: RecordKey) -> str:
    """What `schema.functions.keyed_hash` asks for: HMAC-SHA256 by RFC 2104."""
    inner, outer = (f"unhex('{pad.hex()}')" for pad in key.pads)
    return f"left(sha256({outer} || unhex(sha256({inner} || encode({_upper()})))), {HASH_DIGITS})"


def _upper() -> str:
    """Letters of ASCII in upper case; engines differ in the others."""
    letters = f"{quoted(ascii_lowercase)}, {quoted(ascii_uppercase)}"
    return f"CASE WHEN strlen(t) = length(t) THEN upper(t) ELSE translate(t, {letters}) END"


def _odd() -> str:
    """What NFKC may change, or what `schema.text.WHITE_SPACE` trims from the ends: an RE2 expression."""
    beyond = "".join(rf"\x{{{ord(c):X}}}" for c in WHITE_SPACE if ord(c) >= 128)
    ends = "".join(rf"\x{{{ord(c):X}}}" for c in WHITE_SPACE if ord(c) < 128)
    return rf"{may_change()[:-1]}{beyond}]|^[{ends}]|[{ends}]$"


def _minor_units(places: int) -> str:
    """What `schema.functions.minor_units` asks for: decimals throughout, never floats."""
    digits = f"TRY_CAST(t AS DECIMAL({DIGITS}, {places}))"
    # Both factors together have more than 18 digits: wide decimals, which are slower.
    digits = f"{digits}::DECIMAL(38, {places})" if places > 3 else digits
    scaled = f"({digits} * {10**places})::BIGINT"
    no_exponent = "NOT contains(t, 'e') AND NOT contains(t, 'E')"
    # Behind a point there is room for an exponent (1.2E+05, 1.e5) where the unit has two digits or more.
    behind = f"AND {no_exponent}" if places > 1 else ""
    return (
        f"CASE WHEN strpos(t, '.') > 0 AND strpos(t, '.') >= strlen(t) - {places} {behind} THEN {scaled} "
        f"WHEN strpos(t, '.') = 0 AND {no_exponent} THEN {scaled} END"
    )
