"""Group, weigh and score discharges, beside a query written by hand that does the same.

    python benchmarks/dip.py --folder FOLDER --rows 10000000 50000000

Both start from the same Parquet file and the same catalogue and end in the accounts of scheme × hospital ×
month, which must be equal in every cell. The discharges are invented inside the engine: 9,000 diagnoses and
60,000 sets of procedures, unevenly frequent. Each measurement is a process of its own. With `--record` the
table is written into benchmarks/README.md.
"""

import json
import time
from pathlib import Path

import pandas as pd
from measured import machine, measured_step, record, sized_arguments

from dipeval.dip.accounts import accounts
from dipeval.dip.building import build_catalogue
from dipeval.dip.catalogue import Catalogue
from dipeval.dip.deviation import reference_frame
from dipeval.dip.grouping import grouped
from dipeval.dip.matching import lookups
from dipeval.dip.reading import parse_payment
from dipeval.dip.scoring import scored
from dipeval.dip.stays import hospital_levels
from dipeval.store.engine import Engine

PARAMETERS = """
[dip]
name = "benchmark"
title_en = "Benchmark"
title_zh = "基准"
schemes = ["employee", "resident"]
years = [2021]
[[hospital_coefficients]]
since = "2021"
until = "2021"
source = "invented"
levels = { tertiary = 1.1, secondary = 1, primary = 0.9 }
[[weighting]]
since = "2021"
until = "2021"
source = "invented"
year_weights = [1]
[[budgets]]
since = "2021"
until = "2021"
source = "invented"
scheme = "employee"
unit = "yuan"
gross = 1_000_000_000
[[budgets]]
since = "2021"
until = "2021"
source = "invented"
scheme = "resident"
unit = "yuan"
gross = 1_000_000_000
"""

INVENTED = """
SELECT 'H' || lpad((h // 7 % 400)::VARCHAR, 3, '0') AS hospital,
    ['tertiary', 'secondary', 'primary'][1 + h // 7 % 400 % 3] AS level,
    CASE WHEN h % 10 < 3 THEN 'employee' ELSE 'resident' END AS insurance_type,
    make_date({year}, 1 + (h % 12)::INT, 1 + (h % 28)::INT) AS discharge_date,
    chr((65 + d % 20)::INT) || lpad((d // 20 % 60)::VARCHAR, 2, '0') || '.' || (d % 10)::VARCHAR || '00'
        AS principal_diagnosis,
    CASE WHEN h % 5 < 2 THEN NULL ELSE list_aggregate(list_transform(range(1 + p % 3), lambda k:
        lpad((1 + (p * (k + 3)) % 86)::VARCHAR, 2, '0') || '.'
        || lpad(((p * (k + 1)) % 97)::VARCHAR, 2, '0') || '00'), 'string_agg', ';') END AS procedures,
    (300000 * exp(-ln(1e-9 + (h % 1000003) / 1000003.0) * 0.9))::BIGINT AS total_cost,
    (150000 * exp(-ln(1e-9 + (h % 1000003) / 1000003.0) * 0.9))::BIGINT AS fund_paid
FROM (SELECT h, (9000 * pow((h % 999983) / 999983.0, 4))::BIGINT AS d,
    (60000 * pow((h // 11 % 999979) / 999979.0, 7))::BIGINT AS p
    FROM (SELECT (hash(i * 2654435761 + {year}) % 9223372036854775807)::BIGINT AS h
        FROM range({rows}) AS r(i)))
"""

BY_HAND = r"""
WITH texts AS (SELECT DISTINCT coalesce(principal_diagnosis, '') AS dx, coalesce(procedures, '') AS px
    FROM {cases}),
sets AS (SELECT px, string_agg(DISTINCT code, '+' ORDER BY code) AS s,
    max(CASE WHEN code[:2] BETWEEN '01' AND '86' THEN 3 WHEN code[:2] BETWEEN '87' AND '91' THEN 1
        ELSE 2 END) AS r
    FROM (SELECT px, regexp_replace(unnest(string_split(px, ';')), '\.?0+$', '') AS code
        FROM (SELECT DISTINCT px FROM texts WHERE px <> '')) GROUP BY px),
keyed AS (SELECT dx, texts.px, dx[:5] AS d, coalesce(s, '') AS s, coalesce(r, 0) AS r
    FROM texts LEFT JOIN sets USING (px)),
types AS (SELECT dx, px, coalesce(c.number, p.number) AS number,
    coalesce(c.relative_weight, p.relative_weight) AS w
    FROM keyed LEFT JOIN {sets} c ON c.code = d AND c.procedure_set = s
    LEFT JOIN {pools} p ON p.pool = d[:3]
        AND p.treatment_class = ['conservative', 'diagnostic', 'therapeutic', 'surgery_related'][1 + r]),
compared AS (SELECT insurance_type, hospital, discharge_date, total_cost, fund_paid, w,
    CASE {cases}.level WHEN 'tertiary' THEN 11000 WHEN 'secondary' THEN 10000 ELSE 9000 END AS k,
    total_cost::HUGEINT * reference_count AS a, reference_sum AS b
    FROM {cases} JOIN types ON coalesce(principal_diagnosis, '') = dx AND coalesce(procedures, '') = px
    LEFT JOIN {references} f ON f.type_number = number AND f.level = {cases}.level),
ratio AS (SELECT *, (2 * a * 10000 + b) // (2 * b) AS r FROM compared),
final AS (SELECT *, CASE WHEN b IS NULL THEN 10000 WHEN 2 * a < b THEN r WHEN a > 2 * b THEN r - 10000
    ELSE 10000 END AS d FROM ratio)
SELECT insurance_type, hospital, strftime(discharge_date, '%Y-%m') AS month, count(*) AS n,
    sum(coalesce((2 * w * k * d::HUGEINT + 100000000) // 200000000, 0))::BIGINT AS score,
    sum(total_cost) AS total_cost, sum(fund_paid) AS actual_fund
FROM final GROUP BY ALL ORDER BY ALL
"""

PAID = parse_payment(PARAMETERS, "benchmark").year(2021)
COMPARED = ["scheme", "hospital", "month", "cases", "score", "total_cost", "actual_fund"]


def invent(folder: Path, rows: int) -> None:
    """Write the cases of the base year and of the year that is paid, when they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for year in (2020, 2021):
        path = folder / f"dip_{rows}_{year}.parquet"
        if not path.exists():
            with Engine(memory_limit="6GB") as engine:
                engine.run(f"COPY ({INVENTED.format(year=year, rows=rows)}) TO '{path}' (FORMAT parquet)")


def weigh(engine: Engine, folder: Path, rows: int) -> Catalogue:
    """The catalogue of disease types and weights of the base year."""
    base = engine.scan_parquet(folder / f"dip_{rows}_2020.parquet")
    return build_catalogue(engine, base, PAID.grouping, PAID.weighting, 2021)


def by_package(engine: Engine, folder: Path, rows: int) -> dict[str, object]:
    """Weigh the base year, then group and score the cases of the next, with the package."""
    begun = time.perf_counter()
    catalogue = weigh(engine, folder, rows)
    weighed = time.perf_counter()
    stays = engine.scan_parquet(folder / f"dip_{rows}_2021.parquet")
    hospitals = hospital_levels(engine, stays)
    cases = scored(engine, grouped(engine, stays, catalogue, PAID.grouping), catalogue, PAID, hospitals)
    account = accounts(engine, cases, PAID)
    seconds = time.perf_counter() - weighed
    account.to_parquet(folder / "package.parquet")
    return {"seconds": seconds, "weighing": weighed - begun, "types": len(catalogue.types)}


def by_hand(engine: Engine, folder: Path, rows: int) -> dict[str, object]:
    """Group and score the same cases with one query; the catalogue is given to it."""
    catalogue = weigh(engine, folder, rows)
    references = reference_frame(catalogue, PAID.deviation, ["primary", "secondary", "tertiary"])
    cases = engine.scan_parquet(folder / f"dip_{rows}_2021.parquet").get_name()
    for name, frame in zip(("core", "pooled", "known"), (*lookups(catalogue), references), strict=True):
        table = engine.small_table(frame).get_name()
        engine.run(f"CREATE TABLE {name} AS SELECT * FROM {table}")
    query = BY_HAND.format(cases=cases, sets="core", pools="pooled", references="known")
    begun = time.perf_counter()
    found = pd.DataFrame(engine.run(query), columns=COMPARED)
    seconds = time.perf_counter() - begun
    found.to_parquet(folder / "by_hand.parquet")
    return {"seconds": seconds}


STEPS = {"package": by_package, "by hand": by_hand}


def equal(folder: Path) -> None:
    """Stop unless both ways give the same accounts.

    Raises
    ------
    AssertionError
        With the first difference.
    """
    ours, theirs = (
        pd.read_parquet(folder / f"{name}.parquet")[COMPARED].sort_values(COMPARED[:3], ignore_index=True)
        for name in ("package", "by_hand")
    )
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False)


def main() -> None:
    """Measure every size, twice each and in turn; the better of both counts."""
    read = sized_arguments(__doc__, STEPS)
    asked = read.parse_args()
    if asked.step:
        with Engine(memory_limit=asked.memory, threads=asked.threads) as engine:
            print(json.dumps(STEPS[asked.step](engine, asked.folder, asked.rows[0])))
        return
    lines = [
        "| cases | weighing, s | grouping and scoring, s | by hand, s | ratio | processor s | peak MB |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for rows in asked.rows:
        invent(asked.folder, rows)
        runs = [
            (measured_step(__file__, "package", rows, asked), measured_step(__file__, "by hand", rows, asked))
            for _ in range(2)
        ]
        equal(asked.folder)
        ours = min((pair[0] for pair in runs), key=lambda one: one["seconds"])
        hand = min(pair[1]["seconds"] for pair in runs)
        lines.append(
            f"| {rows:,} | {ours['weighing']:.1f} | {ours['seconds']:.1f} | {hand:.1f} | "
            f"{ours['seconds'] / hand:.2f} | {ours['processor']:.1f} | {ours['megabytes']:,.0f} |"
        )
    table = "\n".join([*lines, "", machine(("duckdb", "ibis-framework", "pandas", "numpy"))])
    print("\n" + table)
    if asked.record:
        record("dip", table)


if __name__ == "__main__":
    main()
