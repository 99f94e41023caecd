"""Clusters of cases: the description of a study, and mini-batches on all rows as an array.

    python benchmarks/clusters.py --folder FOLDER --rows 10000000

``description`` is kind ``clusters`` as a study has it, from a file of cases to all exhibits: choice of k, K-means on a
sample, every case to its nearest centre, profile with quartiles, pictures, stability. ``mini-batch`` parts all rows in
memory, without a sample, and says how far its labels agree with the groups that the cases were drawn from. Cases of
five groups are invented inside the engine. Each measurement is a process of its own. With `--record` the table is
written into benchmarks/README.md.
"""

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from measured import machine, record, run_measured, say

from dipeval.cluster.agreement import adjusted_rand
from dipeval.cluster.fit import mini_batch_k_means
from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.store.engine import Engine
from dipeval.study.descriptions import DescriptionChoice

SEED = 9
GROUPS = 5
NUMBERS = ("age", "care_days", "total_cost", "self_paid")
AGE, DAYS, COST, SELF = (
    (66, 44, 40, 73, 58),
    (2.3, 1.9, 1.3, 3.1, 3.3),
    (13.7, 14.0, 12.4, 14.6, 16.0),
    (11.1, 12.0, 11.0, 11.6, 13.4),
)
"""By group the mean age, and means of the logarithms of days and of costs in minor units."""
INVENTED = """
SELECT 'c' || (h % 12) AS city, 'H' || lpad((h // 12 % 400)::VARCHAR, 3, '0') AS hospital, g AS truth,
    greatest(0, {age} + 6 * z1) AS age,
    greatest(1, round(exp({days} + 0.2 * z2)))::BIGINT AS care_days,
    round(exp({cost} + 0.25 * z3))::BIGINT AS total_cost,
    round(exp({own} + 0.3 * z4))::BIGINT AS self_paid,
    CASE WHEN h // 977 % 2 = 0 THEN 'male' ELSE 'female' END AS sex
FROM (
    SELECT *, (h // 7 % 100 + h // 31 % 20) % 5 AS g,
        {z1} AS z1, {z2} AS z2, {z3} AS z3, {z4} AS z4
    FROM (SELECT (hash(i * 2654435761) % 9223372036854775807)::BIGINT AS h, i FROM range({rows}) AS r(i))
)
"""
HALF = "((hash(i + {a}) % 1000003) + 0.5) / 1000003.0"
NORMAL = f"sqrt(-2 * ln({HALF})) * cos(2 * pi() * {HALF.replace('{a}', '{b}')})"


def invent(folder: Path, rows: int) -> Path:
    """Write the cases, when they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"clusters_{rows}.parquet"
    if not path.exists():
        of_group = {
            name: "CASE g " + " ".join(f"WHEN {g} THEN {x}" for g, x in enumerate(values)) + " END"
            for name, values in (("age", AGE), ("days", DAYS), ("cost", COST), ("own", SELF))
        }
        drawn = {f"z{k}": NORMAL.format(a=k * 1_000_003, b=k * 7_000_003) for k in range(1, 5)}
        with Engine(memory_limit="2GB") as engine:
            query = INVENTED.format(rows=rows, **of_group, **drawn)
            engine.run(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def description(path: Path, memory: str, threads: int) -> dict[str, object]:
    """All exhibits of the kind."""
    kind = KINDS["clusters"]
    plain = {name: getattr(key, "default", ()) for name, key in kind.keys.items()}
    told = {"levels": ("age",), "logs": NUMBERS[1:], "scale": "standardise", "seed": SEED}
    told |= {"dimensions": ("sex",)}
    with Engine(memory_limit=memory, threads=threads) as engine:
        begun = time.perf_counter()
        cases = engine.scan_parquet(path).drop("truth")
        given = Given(pd.DataFrame(), "month", "2022-01", "2022-12", "CNY", engine=engine, cases=cases)
        made = {e.name: e for e in kind.make(given, DescriptionChoice("stays", "clusters", plain | told))}
        seconds = time.perf_counter() - begun
    sizes = made["stays_sizes"].frame["value"]
    return {"seconds": seconds, "clusters": len(sizes), "cases": int(sizes.sum())}


def mini_batch(path: Path, memory: str, threads: int) -> dict[str, object]:
    """All rows in memory, in five clusters."""
    with Engine(memory_limit=memory, threads=threads) as engine:
        engine.run("SET preserve_insertion_order = true")
        table = engine.scan_parquet(path)
        begun = time.perf_counter()
        points = np.empty((engine.count(table), len(NUMBERS)))
        for j, name in enumerate(NUMBERS):
            column = np.asarray(engine.to_frame(table.select(name))[name], dtype=np.float64)
            if j:
                np.log(column, out=column)
            points[:, j] = (column - column.mean()) / column.std()
        truth = engine.to_frame(table.select("truth"))["truth"].to_numpy()
        found = mini_batch_k_means(points, GROUPS, SEED)
        seconds = time.perf_counter() - begun
    agreement = adjusted_rand(found.labels, truth)
    return {"seconds": seconds, "clusters": found.k, "cases": len(points), "agreement": agreement}


STEPS = {"description": description, "mini-batch": mini_batch}


def measure(name: str, rows: int, asked: argparse.Namespace) -> dict[str, float]:
    """One step in a process of its own."""
    words = ["--step", name, "--folder", str(asked.folder), "--rows", str(rows)]
    words += ["--memory", asked.memory, "--threads", str(asked.threads)]
    facts, processor, megabytes = run_measured(__file__, words)
    say(f"{rows:,} {name}: {facts} {processor:.1f} processor s, {megabytes:,.0f} MB")
    return {**facts, "processor": processor, "megabytes": megabytes}


def main() -> None:
    """Measure every size, each step as often as asked; the best of each counts."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    read.add_argument("--folder", type=Path, required=True, help="where the invented cases are kept")
    read.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    read.add_argument("--memory", default="1GB", help="limit of the engine; the process needs more")
    read.add_argument("--threads", type=int, default=os.cpu_count())
    read.add_argument("--times", type=int, default=1, help="how often each step is measured")
    read.add_argument("--record", action="store_true", help="write the table into benchmarks/README.md")
    read.add_argument("--step", choices=tuple(STEPS), help=argparse.SUPPRESS)
    asked = read.parse_args()
    if asked.step:
        path = invent(asked.folder, asked.rows[0])
        print(json.dumps(STEPS[asked.step](path, asked.memory, asked.threads)))
        return
    lines = [
        "| cases | description, s (processor) | peak MB | mini-batches of all, s (processor) | peak MB | agreement |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for rows in asked.rows:
        invent(asked.folder, rows)
        best = {}
        for name in STEPS:
            runs = [measure(name, rows, asked) for _ in range(asked.times)]
            best[name] = min(runs, key=lambda one: one["seconds"])
        shown = [
            f"{best[name]['seconds']:.1f} ({best[name]['processor']:.1f}) | {best[name]['megabytes']:,.0f}"
            for name in STEPS
        ]
        lines.append(f"| {rows:,} | {shown[0]} | {shown[1]} | {best['mini-batch']['agreement']:.3f} |")
    table = "\n".join([*lines, "", machine(("duckdb", "ibis-framework", "scikit-learn", "numpy"))])
    print("\n" + table)
    if asked.record:
        record("clusters", table)


if __name__ == "__main__":
    main()
