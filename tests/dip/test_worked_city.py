"""The worked city of docs/dip.md: every number on the way from costs to payments, written out."""

from pathlib import Path

import pytest
from worked_city import stays

from dipeval.dip.accounts import accounts
from dipeval.dip.building import build_catalogue
from dipeval.dip.grouping import grouped
from dipeval.dip.payments import hospital_rounding, paid
from dipeval.dip.point_values import budget_point_values
from dipeval.dip.reading import parse_payment
from dipeval.dip.scoring import scored
from dipeval.dip.settlement import budgets_of, clearing, monthly, prepayment

ROOT = Path(__file__).resolve().parents[2]
# disease type: cases of three years, mean in yuan (0.1, 0.2, 0.7), weight × 100 on the scale of 100
TYPES = {
    "C50.9:40.3+85.43": ("core", 6, 20_000, 20_000),  # 0.1·14000 + 0.2·16000 + 0.7·22000
    "I20.0:conservative": ("core", 6, 5_600, 5_600),  # 0.1·4000 + 0.2·5000 + 0.7·6000
    "I20/surgery_related": ("comprehensive", 3, 24_600, 24_600),
    "J18.9:conservative": ("core", 9, 4_000, 4_000),
    "K35.9:47.01": ("core", 6, 9_600, 9_600),  # 0.1·8000 + 0.2·9000 + 0.7·10000
    "K35/conservative": ("comprehensive", 3, 3_000, 3_000),
}
# case: weight, auxiliary × 10^4, hospital × 10^4, ratio × 10^4, class, multiplier × 10^4, score × 100
SCORES = """
1 9600 10000 11000 10000 normal 10000 10560
2 9600 10500 11000 12500 normal 10000 11088
3 9600 12000 11000 5000 normal 10000 12672
4 9600 10000 11000 5000 low 5000 5280
5 5600 11550 11000 20000 normal 10000 7115
6 5600 10000 11000 21000 high 11000 6776
7 4000 10000 11000 10000 normal 10000 4400
8 4000 10000 11000 70000 extreme 60000 26400
9 20000 10000 11000 10000 normal 10000 22000
10 20000 10000 11000 25000 high 15000 33000
11 24600 10000 11000 10000 normal 10000 27060
12 24600 10000 11000 4878 low 4878 13200
13 - - - - - - 0
14 4000 10000 11000 4833 low 4833 2127
15 9600 10000 11000 10833 normal 10000 10560
16 9600 10000 10200 10000 normal 10000 9792
17 9600 10000 10200 9000 normal 10000 9792
18 9600 10000 10200 21000 high 11000 10771
19 9600 12000 10200 11250 normal 10000 11750
20 9600 10000 10200 3750 low 3750 3672
21 4000 10000 10200 10000 normal 10000 4080
22 4000 10000 10200 11000 normal 10000 4080
23 4000 10000 10200 12500 normal 10000 4080
24 4000 10500 10200 10250 normal 10000 4284
25 3000 10000 10200 10000 normal 10000 3060
26 3000 10000 10200 11000 normal 10000 3060
27 5600 10000 10200 10000 normal 10000 5712
28 5600 10000 10200 12000 normal 10000 5712
29 - - - - - - 0
30 3000 12000 10200 4667 low 4667 1714
31 5600 10000 9000 10000 normal 10000 5040
32 5600 10500 9000 8000 normal 10000 5292
33 4000 10000 9000 10000 normal 10000 3600
34 4000 10000 9000 11000 normal 10000 3600
35 4000 10000 9000 4500 low 4500 1620
36 4000 10000 9000 9000 normal 10000 3600
37 5600 10000 9000 11000 normal 10000 5040
38 5600 10000 9000 21000 high 11000 5544
39 4000 10000 9000 5000 normal 10000 3600
40 4000 12000 9000 13000 normal 10000 4320
"""
BUDGET = """employee:
  Pooled fund before deductions            160,000.00
  Negotiated growth                          8,000.00
  Outpatient chronic care                  -30,000.00
  Out-of-region care                       -20,000.00
  Pharmacies                                -8,000.00
  Reserve for overruns                      -5,500.00
  Budget divided by points                 104,500.00"""
# score × 100, actual fund, entitlement, after sharing, withheld, payable, prepaid, monthly, balance; fen
HOSPITALS = {
    ("employee", "H1"): (94910, 8212500, 7717161, 7964831, 0, 7964831, 680144, 7331303, -46616),
    ("employee", "H2"): (24970, 1755000, 2030318, 2030318, 0, 2030318, 145346, 1928803, -43831),
    ("employee", "H3"): (8640, 547500, 702521, 688004, 13760, 674244, 45343, 667395, -38494),
    ("resident", "H1"): (97328, 8681999, 5948219, 6245630, 0, 6245630, 590232, 5650808, 4590),
    ("resident", "H2"): (56589, 3600000, 3458448, 3529224, 0, 3529224, 244740, 3285524, -1040),
    ("resident", "H3"): (32616, 1692000, 1993333, 1993333, 39867, 1953466, 115028, 1893667, -55229),
}
LINES = {
    "employee": {
        "for_points": 10_450_000,
        "overruns_paid": 247_670,
        "surpluses_kept": -14_517,
        "withheld": -13_760,
        "paid": 10_669_393,
    },
    "resident": {
        "for_points": 11_400_000,
        "overruns_paid": 368_187,
        "surpluses_kept": 0,
        "withheld": -39_867,
        "paid": 11_728_320,
    },
}
ROUNDING = {"employee": [-1, 1, 0], "resident": [-1, 2, -3]}


@pytest.fixture
def parameters():
    text = (ROOT / "analysis" / "dip" / "worked_city.toml").read_text(encoding="utf-8")
    return parse_payment(text, "analysis/dip/worked_city.toml", "worked_city").year(2021)


@pytest.fixture
def city(engine, parameters):
    """Catalogue and scored cases of 2021."""
    table = engine.small_table(stays())
    catalogue = build_catalogue(engine, table, parameters.grouping, parameters.weighting, 2021)
    of_year = table.filter(table.discharge_date.year() == 2021)
    cases = grouped(engine, of_year, catalogue, parameters.grouping)
    return catalogue, engine.stage(scored(engine, cases, catalogue, parameters))


def test_nothing_is_assumed(parameters):
    assert parameters.assumed == ()


def test_the_catalogue(city):
    catalogue, _ = city
    assert catalogue.overall == 10_000_00  # (0.1·91600 + 0.2·99600 + 0.7·115600) / 11 yuan
    rows = catalogue.types.set_index("disease_type")
    assert {
        name: (row.kind, row.cases, row.mean_cost // 100, row.relative_weight)
        for name, row in rows.iterrows()
    } == TYPES


def test_every_score(engine, city):
    names = ["relative_weight", "auxiliary_coefficient", "hospital_coefficient", "cost_ratio"]
    names += ["deviation_class", "deviation_multiplier", "score"]
    frame = engine.to_frame(city[1], order_by=["case"])
    made = frame[["case", *names]].astype(object).where(frame[["case", *names]].notna(), "-")
    written = [" ".join(str(value) for value in row) for row in made.itertuples(index=False)]
    assert written == SCORES.strip().splitlines()
    reasons = frame.set_index("case")["ungrouped_reason"].dropna().to_dict()
    assert reasons == {13: "unparsable_diagnosis", 29: "no_type"}
    # Secondary hospitals had no angina last year: all hospitals' mean stands in, and is told.
    assert frame.loc[frame["reference_basis"] == "all_levels", "case"].tolist() == [27, 28]


def test_the_three_steps(engine, city, parameters):
    catalogue, cases = city
    budgets = budgets_of(parameters)
    assert budgets["employee"].text() == BUDGET
    assert (budgets["resident"].for_points, budgets["resident"].reserve) == (11_400_000, 600_000)
    account = accounts(engine, cases, parameters)
    values = budget_point_values(parameters, budgets, account, catalogue.decimals)
    # 104,500 yuan / 1285.20 points and 114,000 yuan / 1865.33 points
    assert [values[s].value for s in ("employee", "resident")] == [81_310_302, 61_115_191]
    advance = prepayment(parameters, budgets, account)
    assert advance["prepaid"].sum() == 870_833 + 950_000
    months = monthly(parameters, account, values)
    cleared = clearing(parameters, budgets, account, catalogue.decimals, advance, months)
    columns = ["score", "actual_fund", "entitlement", "after_sharing", "withheld", "payable"]
    columns += ["prepaid", "monthly_paid", "balance"]
    found = cleared.hospitals.set_index(["scheme", "hospital"])[columns]
    assert {key: tuple(int(v) for v in row) for key, row in zip(found.index, found.values, strict=True)} == (
        HOSPITALS
    )
    for scheme, lines in LINES.items():
        mine = cleared.lines[cleared.lines["scheme"] == scheme].set_index("line")["amount"].to_dict()
        assert mine == {**dict.fromkeys(mine, 0), **lines}
    assert cleared.notes == ()
    by_case = paid(engine, cases, cleared.point_values, parameters)
    rounding = hospital_rounding(engine, by_case, cleared.hospitals)
    assert rounding.groupby("scheme")["rounding"].apply(list).to_dict() == ROUNDING
    frame = engine.to_frame(by_case, order_by=["case"]).set_index("case")
    assert frame["fund_payable"][1] == 858_637  # 105.60 points at 8,131.0302 fen
    assert (frame["fund_payable"] - frame["actual_fund"]).equals(frame["profit"])
    assert (frame["total_payable"] - frame["total_cost"]).equals(frame["profit"])


def test_the_page_shows_the_same_scores():
    """docs/dip.md has the table of scores; what it prints is what is computed."""
    page = (ROOT / "docs" / "dip.md").read_text(encoding="utf-8")
    found = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    shown = {cells[0]: cells[6:] for cells in found if len(cells) == 13 and cells[0].isdigit()}
    assert len(shown) == 40
    for line in SCORES.strip().splitlines():
        case, weight, auxiliary, hospital, ratio, kind, multiplier, score = line.split()
        if kind == "-":
            assert shown[case] == ["–"] * 6 + ["0.00"]
            continue
        fine = [f"{int(value) / 10_000:.4f}" for value in (auxiliary, hospital, ratio)]
        expected = [f"{int(weight) / 100:.2f}", *fine, kind, f"{int(multiplier) / 10_000:.4f}"]
        assert shown[case] == [*expected, f"{int(score) / 100:.2f}"]


def test_the_page_shows_the_same_clearing():
    page = (ROOT / "docs" / "dip.md").read_text(encoding="utf-8").replace("−", "-").replace(",", "")
    for (scheme, hospital), (score, *amounts) in HOSPITALS.items():
        cells = [scheme, hospital, f"{score / 100:.2f}", *map(str, amounts)]
        assert f"| {' | '.join(cells)} |" in page
