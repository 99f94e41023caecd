"""Random discharges for the tests of the mechanism; costs, codes and levels without any meaning."""

import numpy as np
import pandas as pd

LEVELS = ("tertiary", "secondary", "primary")
DIAGNOSES = (
    "I20.000x001",
    "I20.0",
    "K35.900",
    "C50.900x011",
    "J18.9",
    "I10.x00",
    "E11.6+",
    "S72.000",
    "A15.0",
)
PROCEDURES = ("47.0100", "86.0603", "85.4300", "36.0600x004", "88.7200", "99.2800x005", "45.2300", "81.5100")


def random_stays(
    n: int, seed: int, years: tuple[int, ...] = (2018, 2019, 2020, 2021), hospitals: int = 12
) -> pd.DataFrame:
    """`n` stays over `years`, evenly; one in forty with a code that cannot be read."""
    draw = np.random.default_rng(seed)
    hospital = draw.integers(hospitals, size=n)
    diagnosis = np.array(DIAGNOSES, dtype=object)[draw.integers(len(DIAGNOSES), size=n)]
    diagnosis[draw.random(n) < 0.02] = "nothing"
    diagnosis[draw.random(n) < 0.005] = None
    days = draw.integers(365, size=n)
    year = np.array(years)[draw.integers(len(years), size=n)]
    dates = pd.to_datetime([f"{y}-01-01" for y in year]) + pd.to_timedelta(days, unit="D")
    cost = np.round(np.exp(draw.normal(13.2, 0.9, n))).astype("int64")
    frame = pd.DataFrame(
        {
            "city": "invented",
            "hospital": [f"H{k:02d}" for k in hospital],
            "level": [LEVELS[k % 3] for k in hospital],
            "insurance_type": np.where(draw.random(n) < 0.4, "employee", "resident"),
            "period": dates.strftime("%Y-%m"),
            "discharge_date": dates.astype("datetime64[s]"),
            "principal_diagnosis": diagnosis,
            "procedures": _drawn(draw, [_procedures(draw) for _ in range(600)], n),
            "secondary_diagnoses": _drawn(draw, [_secondary(draw) for _ in range(600)], n),
            "age": np.round(draw.random(n) * 95, 1),
            "care_days": draw.integers(1, 30, size=n),
            "total_cost": cost,
            "fund_paid": (cost * draw.uniform(0.5, 0.8, n)).astype("int64"),
            "department": [f"D{k}" for k in draw.integers(4, size=n)],
            "source_file": "invented.csv",
            "source_row": np.arange(n),
        }
    )
    return frame


def _drawn(draw: np.random.Generator, texts: list, n: int) -> np.ndarray:
    return np.array(texts, dtype=object)[draw.integers(len(texts), size=n)]


def _procedures(draw: np.random.Generator) -> str | None:
    """Up to three procedures, the principal one first."""
    if draw.random() < 0.4:
        return None if draw.random() < 0.5 else ""
    chosen = draw.choice(PROCEDURES, size=draw.integers(1, 4), replace=False)
    return ";".join([*chosen, "bad"] if draw.random() < 0.01 else chosen)


SECONDARY = (
    "I10.x00",
    "E11.900",
    "I50.900",
    "C78.000",
    "J44.100",
    "N18.900",
    "B24.x00",
    "E11.200",
    "Z51.100",
)


def _secondary(draw: np.random.Generator) -> str | None:
    if draw.random() < 0.3:
        return None
    return ";".join(draw.choice(SECONDARY, size=draw.integers(1, 4), replace=False))
