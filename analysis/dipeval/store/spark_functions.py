"""The package's own functions of one text, in the words of Spark.

Each gives what `embedded_functions` gives, to the bit: where the two engines read a text differently
(Spark takes ``1d`` for a number and full-width digits for digits, its ``$`` matches before a final line
break), the text is tested first. They are SQL functions, so Spark plans them like its own; only texts
that NFKC may change go to Python, in Arrow batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

from ..schema.joining import GAP
from ..schema.text import WHITE_SPACE
from .embedded_functions import CLOSE, DIGITS, MOST_PLACES, OPEN
from .record_key import HASH_DIGITS, UPPER, RecordKey

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from pyspark.sql import SparkSession

BLANK = r"[ \t\n\x0B\f\r]*"
GROUP = "[0-9]+(?:_[0-9]+)*"
"""The embedded engine lets single underscores stand between digits."""
PLAIN_NUMBER = rf"^{BLANK}[+-]?(?:{GROUP}(?:\.(?:{GROUP})?)?|\.{GROUP}){BLANK}\z"
FLOAT = rf"^{BLANK}[+-]?(?:{GROUP}(?:\.(?:{GROUP})?)?|\.{GROUP})(?:[eE][+-]?[0-9]+)?{BLANK}\z"
ISO_DAY = rf"^([0-9]{{2,5}})([-/ \\])([0-9]{{1,2}})\2([0-9]{{1,2}}){BLANK}\z"
GROUPED = r"^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?\z"
SIGNED = r"^(-?)[ \t\n\f\r]*[¥$][ \t\n\f\r]*(-?)"
FLOAT_ZEROS = r"^(-?[0-9]+)(?:\.0+\z|(\.[0-9]*[1-9])0*\z)"
FINAL_ZEROS = r"^(-?[0-9]+\.[0-9]*?)0+\z"
END = r"\z"
ESCAPED = r"\\$1"
SPECIAL = r"([.+*?()\[\]{}|^$])"
SIXTY, DAY_HOURS = "[0-5]?[0-9]", "(?:2[0-3]|[01]?[0-9])"
DIRECTIVES = {"Y": "[0-9]{1,4}+", "m": "[0-9]{1,2}+", "d": "[0-9]{1,2}+"}
DIRECTIVES |= {"H": DAY_HOURS, "M": SIXTY, "S": SIXTY}
"""Of a form of days, with the digits that each may have."""
LETTERS = f"'{ascii_lowercase}', '{ascii_uppercase}'"
STABLE = r"\x{0}-\x{7F}\x{B7}\x{D7}\x{2013}-\x{2015}\x{2018}-\x{201F}\x{3001}-\x{3029}\x{4E00}-\x{9FFF}"
"""Characters that NFKC never changes: ASCII, Chinese and its common signs. Few ranges, because Java tries
them one by one; whatever else there is goes to Python, which decides."""
NFKC, KEYED_HASH = "dipeval_nfkc", "dipeval_keyed_hash"
WIDE = "DECIMAL(19, 0)"
ROUNDED_SHARE = f"(2 * (CAST(a AS {WIDE}) * CAST(b AS {WIDE})) + c) DIV (2 * CAST(c AS {WIDE}))"


@dataclass(frozen=True)
class SqlFunction:
    """A function that SQL can say: its parameters and result with their types, and its body."""

    parameters: str
    returns: str
    body: str


def sql_functions() -> dict[str, SqlFunction]:
    """Every function by its full name, in an order in which each uses only those before it."""
    made = {
        "dipeval_iso_day": SqlFunction("t STRING", "DATE", _iso_day()),
        "dipeval_parsed_day": SqlFunction("t STRING, form STRING", "DATE", _parsed_day()),
        "dipeval_finite_number": SqlFunction("t STRING", "DOUBLE", _finite_number()),
        "dipeval_float_text": SqlFunction("t DOUBLE", "STRING", _float_text()),
        "dipeval_plain_hash": SqlFunction("t STRING", "BIGINT", f"xxhash64(translate(t, {LETTERS}))"),
        "dipeval_told_parts": SqlFunction(
            "t STRING, separator STRING, nothing STRING", "STRING", _told_parts()
        ),
        "dipeval_rounded_share": SqlFunction("a BIGINT, b BIGINT, c BIGINT", "BIGINT", ROUNDED_SHARE),
        **{f"dipeval_{name}": SqlFunction("t STRING", "STRING", body) for name, body in _texts().items()},
    }
    for places in range(MOST_PLACES + 1):
        made[f"dipeval_minor_{places}"] = SqlFunction("t STRING", "BIGINT", _minor_units(places))
    return made


def bring_functions(session: SparkSession) -> None:
    """Define what `schema.functions` names, for as long as the session is open."""
    _bring_python(session, NFKC, _nfkc())
    for name, made in sql_functions().items():
        head = f"CREATE OR REPLACE TEMPORARY FUNCTION {name}({made.parameters}) RETURNS {made.returns}"
        session.sql(f"{head} RETURN {made.body}")


def bring_key(session: SparkSession, key: RecordKey) -> None:
    """Define `schema.functions.keyed_hash`; the key goes to the workers inside the function alone."""
    _bring_python(session, KEYED_HASH, _keyed(key))


def forget_key(session: SparkSession) -> None:
    """Remove what `bring_key` defined."""
    session.sql(f"DROP TEMPORARY FUNCTION IF EXISTS {KEYED_HASH}")


def _bring_python(session: SparkSession, name: str, function: Callable[[pa.Array], pa.Array]) -> None:
    import pyarrow
    from pyspark.sql.functions import arrow_udf

    # Spark reads from the annotations, which are plain words here, that whole batches come and go.
    function.__annotations__ = {"texts": pyarrow.Array, "return": pyarrow.Array}
    session.udf.register(name, arrow_udf(function, "string"))


# Spark sends functions that are made inside others whole, so the workers need pyarrow and not this package.


def _nfkc() -> Callable[[pa.Array], pa.Array]:
    def nfkc(texts: pa.Array) -> pa.Array:
        """NFKC of each text."""
        from unicodedata import normalize

        import pyarrow

        folded = [text if text is None else normalize("NFKC", text) for text in texts.to_pylist()]
        return pyarrow.array(folded, pyarrow.string())

    return nfkc


def _keyed(key: RecordKey) -> Callable[[pa.Array], pa.Array]:
    (inner, outer), letters, kept = key.pads, UPPER, HASH_DIGITS

    def keyed_hash(texts: pa.Array) -> pa.Array:
        """HMAC-SHA256 of each text, by RFC 2104."""
        from hashlib import sha256

        import pyarrow

        def hashed(text: str) -> str:
            first = sha256(inner + text.translate(letters).encode()).digest()
            return sha256(outer + first).hexdigest()[:kept]

        made = [text if text is None else hashed(text) for text in texts.to_pylist()]
        return pyarrow.array(made, pyarrow.string())

    return keyed_hash


def _texts() -> dict[str, str]:
    odd, space = _pattern(f"[^{STABLE}]"), _text(WHITE_SPACE)
    # A text that NFKC surely leaves alone is passed to Python as NULL: the batches stay small.
    nfkc = f"CASE WHEN t RLIKE {odd} THEN {NFKC}(CASE WHEN t RLIKE {odd} THEN t END) ELSE t END"
    sign_gone = "dipeval_unsigned(dipeval_folded(t))"
    grouped = f"regexp_extract(t, {_pattern(GROUPED)}, 0)"
    return {
        "folded": f"btrim({nfkc}, {space})",
        "unsigned": f"regexp_replace(t, {_pattern(SIGNED)}, '$1$2')",
        "ungrouped": f"coalesce(nullif(replace({grouped}, ',', ''), ''), t)",
        "without_final_zeros": f"regexp_replace(t, {_pattern(FINAL_ZEROS)}, '$1')",
        "plain_decimal": f"dipeval_without_final_zeros(dipeval_ungrouped({sign_gone}))",
    }


def _told_parts() -> str:
    """As `embedded_functions` has it, without a case: a text that stands twice is planned twice."""
    parts = f"concat({OPEN}, replace(t, separator, concat({CLOSE}, {OPEN})), {CLOSE})"
    told = f"regexp_replace({parts}, concat({OPEN}, nothing, {CLOSE}), '')"
    marks = _pattern(rf"{GAP}([\x01\x02]){GAP}")
    trimmed = f"regexp_replace({told}, {marks}, '$1')"
    joined = f"replace({trimmed}, concat({CLOSE}, {OPEN}), separator)"
    return f"replace(replace({joined}, {OPEN}, ''), {CLOSE}, '')"


def _minor_units(places: int) -> str:
    """As `embedded_functions` has it."""
    digits = f"TRY_CAST(replace(t, '_', '') AS DECIMAL({DIGITS}, {places}))"
    scaled = f"CASE WHEN t RLIKE {_pattern(PLAIN_NUMBER)} THEN CAST({digits} * {10**places} AS BIGINT) END"
    few = f"(instr(t, '.') = 0 OR instr(t, '.') >= octet_length(t) - {places})"
    return f"CASE WHEN {few} THEN {scaled} END"


def _finite_number() -> str:
    read = f"CASE WHEN t RLIKE {_pattern(FLOAT)} THEN TRY_CAST(replace(t, '_', '') AS DOUBLE) END"
    return f"nullif(nullif({read}, DOUBLE('Infinity')), DOUBLE('-Infinity'))"


def _float_text() -> str:
    """Spark writes an exponent from 10^7 on; through decimals there is none."""
    digits = "CAST(CAST(CAST(t AS STRING) AS DECIMAL(38, 20)) AS STRING)"
    plain = f"regexp_replace({digits}, {_pattern(FLOAT_ZEROS)}, '$1$2')"
    return f"CASE WHEN abs(t) < 1e15 AND (abs(t) >= 1e-4 OR t = 0) THEN {plain} ELSE CAST(t AS STRING) END"


def _iso_day() -> str:
    # Spark wants four digits of a year at least; the zeros before it change nothing.
    day = f"regexp_replace(t, {_pattern(ISO_DAY)}, '00$1-$3-$4')"
    return f"CASE WHEN octet_length(t) = 10 AND t RLIKE {_pattern(ISO_DAY)} THEN TRY_CAST({day} AS DATE) END"


def _parsed_day() -> str:
    """Turn a form into a pattern; forms are literals, so Spark does it once for a query.

    Possessive digits do not give back what they took, as ``strptime`` does not.
    """
    pattern = f"regexp_replace(form, {_pattern(SPECIAL)}, {_pattern(ESCAPED)})"
    for letter, digits in DIRECTIVES.items():
        pattern = f"replace({pattern}, '%{letter}', {_pattern(f'(?<{letter}>{digits})')})"
    whole = f"concat('^', {pattern}, {_pattern(BLANK + END)})"
    # Spark wants four digits of a year at least; the zeros before it change nothing. A dollar before a
    # brace would be a variable of its own.
    parts = [
        f"'{before}', if(contains(form, '%{letter}'), concat('$', '{{{letter}}}'), '{absent}')"
        for letter, before, absent in (("Y", "000", "1900"), ("m", "-", "1"), ("d", "-", "1"))
    ]
    found = f"regexp_replace(t, {whole}, concat({', '.join(parts)}))"
    return f"CASE WHEN t >= '0' AND t < ':' AND t RLIKE {whole} THEN TRY_CAST({found} AS DATE) END"


def _pattern(expression: str) -> str:
    """A regular expression as a raw literal: Spark would read backslashes of a plain one as its own."""
    if "'" in expression:
        raise ValueError("a pattern with a quote cannot be written as a raw literal")
    return f"r'{expression}'"


def _text(text: str) -> str:
    """A text as a literal that any client may pass on: by code points."""
    return "'" + "".join(c if c.isalnum() else f"\\u{ord(c):04X}" for c in text) + "'"
