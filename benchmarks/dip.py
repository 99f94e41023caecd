"""Group, weigh and score discharges, beside a query written by hand that does the same.

    python benchmarks/dip.py --rows 1000000 --memory 3GB --threads 2

Both start from the same Parquet file and the same catalogue and end in the accounts of scheme × hospital ×
month. The discharges are invented inside the engine: 9,000 diagnoses and 60,000 sets of procedures, unevenly
frequent. Prints seconds, the ratio, and the peak memory of the process.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

from dipeval.dip.accounts import accounts
from dipeval.dip.building import build_catalogue
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
    chr((65 + d % 20)::INT) || lpad((d // 20 % 60)::VARCHAR, 2, '0') || '.' || (d % 10)::VARCHAR || '00' AS principal_diagnosis,
    CASE WHEN h % 5 < 2 THEN NULL ELSE list_aggregate(list_transform(range(1 + p % 3), lambda k:
        lpad((1 + (p * (k + 3)) % 86)::VARCHAR, 2, '0') || '.' || lpad(((p * (k + 1)) % 97)::VARCHAR, 2, '0') || '00'),
        'string_agg', ';') END AS procedures,
    (300000 * exp(-ln(1e-9 + (h % 1000003) / 1000003.0) * 0.9))::BIGINT AS total_cost,
    (150000 * exp(-ln(1e-9 + (h % 1000003) / 1000003.0) * 0.9))::BIGINT AS fund_paid
FROM (SELECT h, (9000 * pow((h % 999983) / 999983.0, 4))::BIGINT AS d,
    (60000 * pow((h // 11 % 999979) / 999979.0, 7))::BIGINT AS p
    FROM (SELECT (hash(i * 2654435761 + {year}) % 9223372036854775807)::BIGINT AS h FROM range({rows}) AS r(i)))
"""

BY_HAND = r"""
WITH texts AS (SELECT DISTINCT coalesce(principal_diagnosis, '') AS dx, coalesce(procedures, '') AS px FROM {cases}),
sets AS (SELECT px, string_agg(DISTINCT code, '+' ORDER BY code) AS s,
    max(CASE WHEN code[:2] BETWEEN '01' AND '86' THEN 3 WHEN code[:2] BETWEEN '87' AND '91' THEN 1 ELSE 2 END) AS r
    FROM (SELECT px, regexp_replace(unnest(string_split(px, ';')), '\.?0+$', '') AS code
        FROM (SELECT DISTINCT px FROM texts WHERE px <> '')) GROUP BY px),
keyed AS (SELECT dx, texts.px, dx[:5] AS d, coalesce(s, '') AS s, coalesce(r, 0) AS r FROM texts LEFT JOIN sets USING (px)),
types AS (SELECT dx, px, coalesce(c.number, p.number) AS number,
    coalesce(c.relative_weight, p.relative_weight) AS w
    FROM keyed LEFT JOIN {sets} c ON c.code = d AND c.procedure_set = s
    LEFT JOIN {pools} p ON p.pool = d[:3]
        AND p.treatment_class = ['conservative', 'diagnostic', 'therapeutic', 'surgery_related'][1 + r]),
compared AS (SELECT insurance_type, hospital, discharge_date, total_cost, fund_paid, w,
    CASE {cases}.level WHEN 'tertiary' THEN 11000 WHEN 'secondary' THEN 10000 ELSE 9000 END AS k,
    total_cost * reference_count AS a, reference_sum AS b
    FROM {cases} JOIN types ON coalesce(principal_diagnosis, '') = dx AND coalesce(procedures, '') = px
    LEFT JOIN {references} f ON f.type_number = number AND f.level = {cases}.level),
ratio AS (SELECT *, (2 * a::HUGEINT * 10000 + b) // (2 * b) AS r FROM compared),
final AS (SELECT *, CASE WHEN b IS NULL THEN 10000 WHEN 2 * a < b THEN r WHEN a > 2 * b THEN r - 10000 ELSE 10000 END AS d
    FROM ratio)
SELECT insurance_type, hospital, strftime(discharge_date, '%Y-%m') AS month, count(*) AS n,
    sum(coalesce((2 * w * k * d::HUGEINT + 100000000) // 200000000, 0))::BIGINT AS score, sum(total_cost) AS total_cost,
    sum(fund_paid) AS actual_fund
FROM final GROUP BY ALL ORDER BY ALL
"""


def peak() -> float:
    """Largest resident memory of this process, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    """Run both ways and compare them."""
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--rows", type=int, default=1_000_000)
    read.add_argument("--memory", default="3GB")
    read.add_argument("--threads", type=int, default=2)
    read.add_argument("--repeat", type=int, default=2)
    asked = read.parse_args()
    parameters = parse_payment(PARAMETERS, "benchmark").year(2021)
    with tempfile.TemporaryDirectory() as folder:
        cases_file, base_file = Path(folder) / "cases.parquet", Path(folder) / "base.parquet"
        with Engine(memory_limit=asked.memory, threads=asked.threads) as engine:
            for year, path, rows in ((2020, base_file, asked.rows), (2021, cases_file, asked.rows)):
                query = INVENTED.format(year=year, rows=rows)
                engine.run(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        print(f"{asked.rows:,} cases of {cases_file.stat().st_size / 2**20:,.0f} MiB")
        with Engine(memory_limit=asked.memory, threads=asked.threads) as engine:
            started = time.perf_counter()
            catalogue = build_catalogue(
                engine, engine.scan_parquet(base_file), parameters.grouping, parameters.weighting, 2021
            )
            print(f"catalogue of {len(catalogue.types):,} types: {time.perf_counter() - started:.2f} s")
        ours, theirs = [], []
        for _ in range(asked.repeat):
            with Engine(memory_limit=asked.memory, threads=asked.threads) as engine:
                started = time.perf_counter()
                stays = engine.scan_parquet(cases_file)
                hospitals = hospital_levels(engine, stays)
                cases = grouped(engine, stays, catalogue, parameters.grouping)
                cases = scored(engine, cases, catalogue, parameters, hospitals)
                account = accounts(engine, cases, parameters)
                ours.append(time.perf_counter() - started)
            print(f"peak memory {peak():.2f} GB")
            with Engine(memory_limit=asked.memory, threads=asked.threads) as engine:
                levels = ["primary", "secondary", "tertiary"]
                references = reference_frame(catalogue, parameters.deviation, levels)
                names = {"cases": f"read_parquet('{cases_file}')"}
                engine.run(f"CREATE VIEW cases AS SELECT * FROM {names['cases']}")
                for name, frame in zip(
                    ("core", "pooled", "known"), (*lookups(catalogue), references), strict=True
                ):
                    engine.run(f"CREATE TABLE {name} AS {engine._sql(engine.small_table(frame))}")
                query = BY_HAND.format(cases="cases", sets="core", pools="pooled", references="known")
                started = time.perf_counter()
                rows = engine.run(query)
                theirs.append(time.perf_counter() - started)
        assert sum(row[4] for row in rows) == account["score"].sum(), "the two ways differ"
        print(f"package {min(ours):.2f} s, by hand {min(theirs):.2f} s, ratio {min(ours) / min(theirs):.2f}")


if __name__ == "__main__":
    main()
