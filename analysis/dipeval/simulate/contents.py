"""What fills the columns of a raw file, row by row in the file's order.

Everything that would identify a person is plainly invented: names say so, numbers start with zeros.
The cleaning must never read these columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ..study.model import Source
from . import text
from .diagnoses import diagnoses
from .draw import CityDraw
from .dress import Dress
from .effects import LEVELS
from .patients import DISPOSITION, INSURANCE, SEX
from .style import Style

ADDRESSES = 97


@dataclass(frozen=True)
class FileRows:
    """The rows of one raw file.

    Attributes
    ----------
    order : numpy.ndarray of int, shape (rows,)
        Index of the discharge that stands in each row; a repeated one is a duplicate row.
    number : numpy.ndarray of int, shape (rows,)
        Running number of the discharge in its city; equal in duplicate rows.
    again : numpy.ndarray of bool, shape (rows,)
        Whether the row repeats the one above it.
    """

    draw: CityDraw
    source: Source
    style: Style
    dress: Dress
    order: np.ndarray
    number: np.ndarray
    again: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """Values of the discharges → values of the rows."""
        return values[self.order]

    def hospital(self) -> np.ndarray:
        """Index of the hospital in each row."""
        return self.of(self.draw.patients.hospital)

    def admission(self) -> np.ndarray:
        """Day of admission: a stay of one day may start and end on the same day."""
        care_days = self.of(self.draw.costs.care_days)
        same_day = self.of(self.draw.patients.same_day) & (care_days == 1)
        return self.of(self.draw.patients.day) - np.where(same_day, 0, care_days)


def _codes(rows: FileRows, column: str, known: tuple[str, ...], index: np.ndarray) -> pa.Array:
    used = {word: rows.style.code(rows.source, column, word) for word in _meant(rows.source, column)}
    return text.words([used.get(word, "") for word in known], index)


def _meant(source: Source, column: str) -> set[str]:
    return set(source.codes[column].values())


def _level(rows: FileRows) -> pa.Array:
    """Each hospital bears one of the titles of its level (三级甲等, 三级乙等 …)."""
    hospitals = rows.draw.hospitals
    titles = []
    for level, pick in zip(hospitals.level, hospitals.title, strict=True):
        codes = [c for c, word in rows.source.codes["level"].items() if word == LEVELS[level]]
        codes = [c for c in codes if c.isascii() != rows.style.chinese] or codes
        titles.append(codes[int(pick * len(codes))])
    return text.words(titles, rows.hospital())


def _procedure(rows: FileRows) -> pa.Array:
    known = diagnoses()
    index = np.where(rows.draw.patients.operated, rows.draw.patients.diagnosis, len(known.procedures))
    return text.words([*known.procedures, rows.dress.empty], rows.of(index))


def _address(rows: FileRows) -> pa.Array:
    known = [f"虚拟省虚拟市虚拟路{k + 1}号, 虚拟小区" for k in range(ADDRESSES)]
    return text.words(known, rows.number % ADDRESSES)


def _birth_date(rows: FileRows) -> pa.Array:
    """The first of January: the age in completed years is then right on every day of admission."""
    year = rows.admission().astype("datetime64[Y]") - rows.of(rows.draw.patients.age)
    return text.dates(year.astype("datetime64[D]"), "%Y-%m-%d")


def _dates(rows: FileRows, column: str, days: np.ndarray) -> pa.Array:
    return text.dates(days, rows.source.columns[column].date_format)


COLUMNS: dict[str, Callable[[FileRows], pa.Array]] = {
    "hospital": lambda r: text.words(r.draw.hospitals.codes, r.hospital()),
    "hospital_name": lambda r: text.words(r.draw.hospitals.names, r.hospital()),
    "level": _level,
    "visit": lambda r: text.prefixed("XN", text.integers(r.number, 8)),
    "settlement": lambda r: text.prefixed("XNJS", text.integers(r.number, 8)),
    "insurance_type": lambda r: _codes(r, "insurance_type", INSURANCE, r.of(r.draw.patients.insurance)),
    "sex": lambda r: _codes(r, "sex", SEX, r.of(r.draw.patients.sex)),
    "age": lambda r: text.integers(r.of(r.draw.patients.age)),
    "admission_date": lambda r: _dates(r, "admission_date", r.admission()),
    "discharge_date": lambda r: _dates(r, "discharge_date", r.of(r.draw.patients.day)),
    "care_days": lambda r: text.integers(r.of(r.draw.costs.care_days)),
    "principal_diagnosis": lambda r: text.words(diagnoses().codes, r.of(r.draw.patients.diagnosis)),
    "principal_procedure": _procedure,
    "disposition": lambda r: _codes(r, "disposition", DISPOSITION, r.of(r.draw.patients.disposition)),
}
"""Columns of the vocabulary that are no money."""

PERSONS: dict[str, Callable[[FileRows], pa.Array]] = {
    "name": lambda r: text.prefixed("虚拟患者", text.integers(r.number, 6)),
    "identity_number": lambda r: text.integers(r.number, 18),
    "insurance_number": lambda r: text.prefixed("XN000", text.integers(r.number, 8)),
    "telephone": lambda r: text.prefixed("000", text.integers(r.number, 8)),
    "address": _address,
    "birth_date": _birth_date,
    "place": lambda r: text.words(["000000"], np.zeros(len(r.order), dtype=np.int64)),
}
"""Columns that identify, or are not used."""
