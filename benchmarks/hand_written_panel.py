"""The hospital-month panel as one DuckDB query that a person would write for this one file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

MONEY = (
    *("total_cost", "self_paid", "drug_cost", "consumables_cost", "examination_cost"),
    *("treatment_cost", "service_cost", "blood_cost", "other_cost", "care_days"),
    *("western_drug_cost", "nonsurgical_treatment_cost", "transfusion_cost"),
)
LOGARITHMS = ("total_cost", "drug_cost")
SUMS = ("discharges", "age", "n_age", "deaths", "n_deaths", *MONEY, *(f"log_{name}" for name in LOGARITHMS))
COUNTS = tuple(f"n_log_{name}" for name in LOGARITHMS)


def query(files: str) -> str:
    """Sums by hospital and month, attributes of the first month.

    A sum is missing where a stay lacks the amount.
    """
    sums = ",\n".join(f"    sum({name}) AS {name}, count({name}) AS n_{name}" for name in MONEY)
    logarithms = ",\n".join(
        f"    sum(round(ln(nullif({name}, 0)) * 1e9)::BIGINT) AS log_{name},"
        f" count(nullif({name}, 0)) AS n_log_{name}"
        for name in LOGARITHMS
    )
    whole = ",\n".join(
        f"    CASE WHEN sum(n_{name}) = sum(discharges) THEN sum({name})::BIGINT END AS {name}"
        for name in MONEY
    )
    rest = [name for name in (*SUMS, *COUNTS) if name not in (*MONEY, "age")]
    added = ",\n".join(f"    sum({name})::BIGINT AS {name}" for name in rest)
    return f"""
WITH cells AS (
  SELECT hospital, hospital_name, level, source_format, date_trunc('month', discharge_date) AS month,
    count(*) AS discharges,
    sum(round(age * 1e6)::BIGINT) AS age, count(age) AS n_age,
    count(*) FILTER (disposition = 'death') AS deaths, count(disposition) AS n_deaths,
{sums},
{logarithms}
  FROM read_parquet('{files}')
  WHERE discharge_date BETWEEN DATE '2019-01-01' AND DATE '2023-12-31'
  GROUP BY ALL
), panel AS (
  SELECT hospital, month, sum(age)::BIGINT / 1e6 AS age,
{added},
{whole}
  FROM cells GROUP BY ALL
), named AS (
  SELECT DISTINCT ON (hospital) hospital, hospital_name, level, source_format
  FROM cells ORDER BY hospital, month, discharges DESC, hospital_name, level
)
SELECT 'bulk' AS city, hospital, strftime(month, '%Y-%m') AS period, panel.* EXCLUDE (hospital, month),
  hospital_name, level, source_format
FROM panel JOIN named USING (hospital) ORDER BY hospital, period
"""


def query_by_hand(path: Path, threads: int) -> pd.DataFrame:
    """Run the query in a plain connection.

    Parameters
    ----------
    path : Path
        Clean discharges: a Parquet file or a folder of parts.
    """
    import duckdb

    files = f"{path}/*.parquet" if path.is_dir() else str(path)
    with duckdb.connect() as connection:
        connection.execute(f"SET threads = {threads}")
        return connection.execute(query(files)).df()


def compare(ours: Path, by_hand: Path) -> None:
    """Stop unless both panels are equal in every cell.

    Raises
    ------
    SystemExit
        With the columns that differ.
    """
    one, other = pd.read_parquet(ours), pd.read_parquet(by_hand)
    if set(one.columns) != set(other.columns) or len(one) != len(other):
        raise SystemExit(f"the panels have other columns or rows: {set(one.columns) ^ set(other.columns)}")
    texts = [name for name in one.columns if one[name].dtype.kind not in "iuf"]
    one, other = one.astype(dict.fromkeys(texts, str)), other.astype(dict.fromkeys(texts, str))
    differing = [name for name in one.columns if not (one[name] == other[name]).all()]
    if differing:
        raise SystemExit(f"the panel and the query by hand differ in {', '.join(differing)}")
