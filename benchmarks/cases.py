"""Models on cases: clean discharges → cells → the estimate with its errors, from 2 to 50 million cases.

    python benchmarks/cases.py --folder FOLDER --rows 2000000 10000000 50000000

The discharges are invented inside the engine: 200 hospitals in 20 cities over 48 months, ages, schemes,
secondary diagnoses, procedures, diagnoses in two thousand categories. Two models: one with five patient
covariates, whose cells stay few, and one that absorbs the category of the diagnosis as well, whose cells are
nearly as many as the cases. Each measurement is a process of its own. With `--record` the table is written
into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from statistics import median

import numpy as np
from measured import machine, record, run_measured, say

from dipeval.design import build_design
from dipeval.estimate.cases import estimate_cases
from dipeval.infer import infer
from dipeval.panel.case_query import case_cells
from dipeval.store.engine import Engine

COVARIATES = ("age_group", "sex", "insurance_type", "comorbidity", "surgery")
ABSORBED = {"five covariates": (), "and the diagnosis absorbed": ("diagnosis_category",)}
EFFECT = -0.08
INVENTED = """
WITH draws AS (SELECT i, hash(i * 7 + 1) AS a, hash(i * 7 + 2) AS b, hash(i * 7 + 3) AS c,
    hash(i * 7 + 4) AS d, hash(i * 7 + 5) AS e FROM range({rows}) AS r(i)),
known AS (SELECT *, (a % 200)::INT AS h, ((a // 200) % 1461)::INT AS day, (b % 1000) / 1000.0 AS u,
    (b // 1000 % 1000) / 1000.0 AS v, c // 10000 % 10 < 3 AS cut, e // 1000 % 95 AS years,
    ((c % 1000)::INT + (d % 1000)::INT + (e % 1000)::INT - 1500) / 500.0 AS z FROM draws)
SELECT 'H' || lpad(h::VARCHAR, 4, '0') AS hospital, (DATE '2018-01-01' + day)::DATE AS discharge_date,
    CASE WHEN d // 1000 % 100 < 48 THEN 'male' ELSE 'female' END AS sex,
    CASE WHEN d // 100000 % 100 < 60 THEN 'employee' ELSE 'resident' END AS insurance_type,
    years::DOUBLE AS age,
    chr((65 + (sqrt(v) * 20)::INT)) || lpad(((u * u) * 99)::INT::VARCHAR, 2, '0') || '.'
        || (c // 1000 % 10)::VARCHAR AS principal_diagnosis,
    CASE WHEN cut THEN '47.0' || (c // 100000 % 10)::VARCHAR END AS principal_procedure,
    [NULL, 'I10', 'I10;E11;J44', 'I10;E11;J44;N18;I50;K21'][1 + (b // 1000000 % 4)::INT]
        AS secondary_diagnoses,
    exp(13 + 0.3 * cut::INT + 0.004 * years + 0.2 * ((h * 37) % 11) / 11.0 + 0.7 * z
        + CASE WHEN (h // 10) % 4 < 3 AND day >= 365 + (h // 10 % 4) * 181 THEN {effect} ELSE 0 END)::BIGINT
        AS total_cost
FROM known
"""


def invent(folder: Path, rows: int) -> Path:
    """Write the cases when they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"cases_{rows}.parquet"
    if not path.exists():
        with Engine(memory_limit="3GB") as engine:
            query = INVENTED.format(rows=rows, effect=EFFECT)
            engine.run(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def step(folder: Path, rows: int, model: str, memory: str, threads: int) -> dict[str, object]:
    """Cells, design, estimate and errors by city of one model."""
    absorbed = ABSORBED[model]
    begun = time.perf_counter()
    with Engine(memory_limit=memory, threads=threads, temp_directory=folder) as engine:
        cells = case_cells(
            engine,
            {"all": invent(folder, rows)},
            outcomes=["mean_log_total_cost"],
            covariates=[*COVARIATES, *absorbed],
            frequency="month",
            start="2018-01",
            end="2021-12",
        )
    made = time.perf_counter()
    place = cells.periods["hospital"].str[1:].astype(int) // 10
    start = np.array(["2019-01", "2019-07", "2020-01", None], object)[place % 4]
    frame = cells.periods.assign(place=place, start=start)
    columns = {"unit": "unit", "time": "period", "cohort": "start", "clusters": ["place"], "n_cases": "cases"}
    design = build_design(frame, **columns)
    fitted = estimate_cases(
        design, cells, outcome="mean_log_total_cost", covariates=COVARIATES, absorb=absorbed
    )
    row = infer(fitted, cluster="place").tidy().set_index("term").loc["treated"]
    ended = time.perf_counter()
    return {
        "cells": cells.n_cells,
        "making": made - begun,
        "estimating": ended - made,
        "estimate": row["estimate"],
        "std_error": row["std_error"],
    }


def measure(rows: int, model: str, asked: argparse.Namespace) -> dict[str, float]:
    """One model in a process of its own."""
    words = ["--step", model, "--folder", str(asked.folder), "--rows", str(rows)]
    words += ["--memory", asked.memory, "--threads", str(asked.threads)]
    facts, processor, megabytes = run_measured(__file__, words)
    found = {"rows": rows, "model": model, **facts, "processor": processor, "megabytes": megabytes}
    say(json.dumps(found))
    return found


def main() -> None:
    """Measure every size and model; medians count."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    read.add_argument("--folder", type=Path, required=True, help="where the invented cases are kept")
    read.add_argument("--rows", type=int, nargs="+", default=[2_000_000])
    read.add_argument("--memory", default="1200MB", help="limit of the engine; the process needs more")
    read.add_argument("--threads", type=int, default=os.cpu_count())
    read.add_argument("--times", type=int, default=3)
    read.add_argument("--record", action="store_true", help="write the table into benchmarks/README.md")
    read.add_argument("--step", choices=tuple(ABSORBED), help=argparse.SUPPRESS)
    asked = read.parse_args()
    if asked.step:
        print(json.dumps(step(asked.folder, asked.rows[0], asked.step, asked.memory, asked.threads)))
        return
    lines = [
        "| cases | model | cells | cells made, s | estimated, s | processor s | peak MB | effect (error) |",
        "|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    for rows in asked.rows:
        invent(asked.folder, rows)
        for model in ABSORBED:
            runs = [measure(rows, model, asked) for _ in range(asked.times)]
            middle = {name: median(run[name] for run in runs) for name in runs[0] if name != "model"}
            lines.append(
                f"| {rows:,} | {model} | {middle['cells']:,} | {middle['making']:.1f} | "
                f"{middle['estimating']:.1f} | {middle['processor']:.1f} | {middle['megabytes']:,.0f} | "
                f"{middle['estimate']:.4f} ({middle['std_error']:.4f}) |"
            )
    table = "\n".join([*lines, "", machine(("duckdb", "ibis-framework", "pandas", "numpy", "scipy"))])
    print("\n" + table)
    if asked.record:
        record("cases", table)


if __name__ == "__main__":
    main()
