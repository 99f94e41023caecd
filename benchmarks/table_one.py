"""Table 1 of 30 variables, beside a query written by hand that gives the same numbers.

    python benchmarks/table_one.py --folder FOLDER --rows 10000000

Ten variables are continuous (mean, standard deviation, exact quartiles), twenty categorical; two groups. The query
by hand has no largest shares, no missing counts and no standardised differences; every mean, deviation, quartile
and number of cases must be equal. The third column adds six Mann–Whitney tests, which the query has not. The
cases are invented inside the engine. Each measurement is a process of its own. With `--record` the table is
written into benchmarks/README.md.
"""

import json
import time
from pathlib import Path

import pandas as pd
from measured import machine, measured_step, record, sized_arguments

from dipeval.describe.case_groups import case_groups
from dipeval.describe.case_table import case_table
from dipeval.describe.case_variable import CaseVariable
from dipeval.store.engine import Engine

MONEY = [f"cost{k}" for k in range(8)]
NUMBERS = [*MONEY, "days", "age"]
WORDS = [f"word{k}" for k in range(20)]
TESTED = (*MONEY[:4], "days", "age")
BOTH = ("mean_sd", "median_iqr")

INVENTED = """
SELECT 'c' || (h // 12 % 400 % 12) AS city, 'H' || lpad((h // 12 % 400)::VARCHAR, 3, '0') AS hospital,
    CASE WHEN h // 4801 % 5 < 2 THEN 'before' ELSE 'after' END AS arm,
    {money},
    1 + (8 * -ln(1e-9 + (h // 7 % 1000033) / 1000033.0))::BIGINT AS days,
    CASE WHEN h % 50 = 0 THEN NULL ELSE (h // 31 % 95)::DOUBLE END AS age,
    {words}
FROM (SELECT (hash(i * 2654435761) % 9223372036854775807)::BIGINT AS h FROM range({rows}) AS r(i))
"""
ONE_COST = (
    "(300000 * exp(-ln(1e-6 + (h // {k} % 1000003) / 1000003.0) * 0.5) + h // 13 % 99991)::BIGINT AS cost{k0}"
)
ONE_WORD = "CASE WHEN h // {prime} % 41 = 0 THEN NULL ELSE 'w' || (h // {prime} % {levels}) END AS word{k}"


def invent(folder: Path, rows: int) -> Path:
    """Write the cases, when they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"table_one_{rows}.parquet"
    if not path.exists():
        money = ", ".join(ONE_COST.format(k=k + 1, k0=k) for k in range(8))
        words = ", ".join(ONE_WORD.format(prime=101 + 2 * k, levels=2 + k % 11, k=k) for k in range(20))
        with Engine(memory_limit="3GB") as engine:
            query = INVENTED.format(money=money, words=words, rows=rows)
            engine.run(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def by_package(engine: Engine, path: Path, tested: tuple[str, ...] = ()) -> pd.DataFrame:
    """The table of the package, one row a printed cell."""
    variables = [
        CaseVariable(
            name,
            "continuous",
            BOTH,
            "mann_whitney" if name in tested else "",
            decimals=2 if name in MONEY else 0,
        )
        for name in NUMBERS
    ]
    variables += [CaseVariable(name, "categorical") for name in WORDS]
    return case_table(engine, case_groups(engine, engine.scan_parquet(path), "arm"), variables).frame


def by_hand(engine: Engine, path: Path) -> pd.DataFrame:
    """The same numbers from two queries."""
    cases = engine.scan_parquet(path).get_name()
    numbers = ", ".join(
        f"avg({n}), stddev_samp({n}), quantile_cont({n}, [0.25, 0.5, 0.75]), count({n})" for n in NUMBERS
    )
    rows = []
    for arm, *found in engine.run(f"SELECT arm, {numbers} FROM {cases} GROUP BY arm"):
        for k, name in enumerate(NUMBERS):
            mean, sd, (low, middle, high), n = found[4 * k : 4 * k + 4]
            unit = 100 if name in MONEY else 1
            rows.append((name, "", "mean_sd", arm, mean / unit, sd / unit, float("nan"), float("nan"), n))
            ends = (low / unit, high / unit)
            rows.append((name, "", "median_iqr", arm, middle / unit, float("nan"), *ends, n))
    sets = ", ".join(f"(arm, {word})" for word in WORDS)
    which = ", ".join(f"grouping({word})" for word in WORDS)
    query = f"SELECT arm, {', '.join(WORDS)}, {which}, count(*) FROM {cases} GROUP BY GROUPING SETS ({sets})"
    for arm, *found in engine.run(query):
        k = found[20:40].index(0)
        if found[k] is not None:
            empty = (float("nan"),) * 3
            rows.append((WORDS[k], found[k], "n_percent", arm, float(found[-1]), *empty, found[-1]))
    return pd.DataFrame(rows, columns=[*KEY, *COMPARED])


KEY = ["variable", "level", "statistic", "arm"]
COMPARED = ["value", "spread", "quartile_low", "quartile_high", "count"]
STEPS = ("package", "with tests", "by hand")


def step(name: str, path: Path, memory: str, threads: int) -> dict[str, float]:
    """One way, in this process; what it found is kept beside the cases."""
    with Engine(memory_limit=memory, threads=threads) as engine:
        begun = time.perf_counter()
        made = (
            by_hand(engine, path)
            if name == "by hand"
            else by_package(engine, path, TESTED if "with" in name else ())
        )
        seconds = time.perf_counter() - begun
    made.to_parquet(path.with_name(f"{name.replace(' ', '_')}.parquet"))
    return {"seconds": seconds}


def equal(folder: Path) -> None:
    """Stop unless both ways give the same numbers.

    Raises
    ------
    AssertionError
        With the first difference.
    """
    theirs = pd.read_parquet(folder / "by_hand.parquet").set_index(KEY)[COMPARED].astype(float).sort_index()
    for name in ("package", "with_tests"):
        frame = pd.read_parquet(folder / f"{name}.parquet")
        shown = frame[frame["statistic"].isin(["mean_sd", "median_iqr", "n_percent"])]
        ours = shown.set_index(KEY)[COMPARED].sort_index()
        ours["spread"] = ours["spread"].where(ours.index.get_level_values("statistic") == "mean_sd")
        pd.testing.assert_frame_equal(ours, theirs, rtol=1e-9)


def main() -> None:
    """Measure every size, each way in turn, as often as asked; the best of each counts."""
    read = sized_arguments(__doc__, STEPS)
    read.add_argument("--times", type=int, default=2, help="how often each way is measured")
    asked = read.parse_args()
    if asked.step:
        path = invent(asked.folder, asked.rows[0])
        print(json.dumps(step(asked.step, path, asked.memory, asked.threads)))
        return
    lines = [
        "| cases | 30 variables, s (processor) | with six rank tests, s (processor) | by hand, s (processor) | "
        "ratio of processor s | peak MB |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for rows in asked.rows:
        invent(asked.folder, rows)
        runs = [
            {name: measured_step(__file__, name, rows, asked) for name in STEPS} for _ in range(asked.times)
        ]
        equal(asked.folder)
        best = {name: min((run[name] for run in runs), key=lambda one: one["seconds"]) for name in STEPS}
        plain, hand, tests = (best[name] for name in ("package", "by hand", "with tests"))
        peak = max(plain["megabytes"], tests["megabytes"])
        told = " | ".join(f"{way['seconds']:.1f} ({way['processor']:.1f})" for way in (plain, tests, hand))
        ratio = plain["processor"] / hand["processor"]
        lines.append(f"| {rows:,} | {told} | {ratio:.1f} | {peak:,.0f} |")
    table = "\n".join([*lines, "", machine(("duckdb", "ibis-framework", "pandas", "numpy"))])
    print("\n" + table)
    if asked.record:
        record("table_one", table)


if __name__ == "__main__":
    main()
