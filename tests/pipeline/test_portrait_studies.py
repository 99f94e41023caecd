"""Studies on invented cases that carry printed figures: from the raw file to the released tables they are found, and
where the portrait says otherwise they are not."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from dipeval import run_study
from dipeval.cluster.agreement import adjusted_rand

ANALYSIS = Path(__file__).resolve().parents[2] / "analysis"
KINDS = ("cities", "sources", "dip")


def run(place: Path, study: str, **changes: str) -> Path:
    """Run a study in a project of its own, in one language, with parts of its portrait said otherwise."""
    for kind in KINDS:
        shutil.copytree(ANALYSIS / kind, place / "analysis" / kind)
    text = (ANALYSIS / "studies" / f"{study}.toml").read_text(encoding="utf-8")
    portrait = re.search(r'portrait = "(\w+)"', text)[1]
    told = (ANALYSIS / "portraits" / f"{portrait}.toml").read_text(encoding="utf-8")
    for old, new in changes.items():
        assert told.count(old) >= 1, old
        told = told.replace(old, new)
    for kind, name, content in (
        ("studies", study, text.replace("synthetic = true", 'synthetic = true\nlanguages = ["en"]', 1)),
        ("portraits", portrait, told),
    ):
        (place / "analysis" / kind).mkdir(parents=True)
        (place / "analysis" / kind / f"{name}.toml").write_text(content, encoding="utf-8")
    run_study(study, root=place)
    return place / "figures" / study


def released(folder: Path, exhibit: str) -> pd.DataFrame:
    """A released table; what the gate held back has no value."""
    return pd.read_csv(folder / f"{exhibit}.csv", dtype={"row": str, "column": str})


def all_groups_but_the_first(portrait: str) -> str:
    """The part of a portrait that tells of them."""
    told = (ANALYSIS / "portraits" / f"{portrait}.toml").read_text(encoding="utf-8")
    return "[[groups]]" + "[[groups]]".join(told.split("[[groups]]")[2:])


def cell(folder: Path, exhibit: str, row: str, column: str) -> float:
    """One cell of a released table."""
    frame = released(folder, exhibit)
    found = frame.loc[(frame["row"] == row) & (frame["column"] == column), "value"]
    assert len(found) == 1, (exhibit, row, column)
    return float(found.iloc[0])


def percent(share: float) -> str:
    """A share as abstracts print it."""
    return f"{100 * share:.2f}"


def shares(folder: Path, exhibit: str) -> dict[str, str]:
    """The shares of a composition by level, as abstracts print them, in the order of the table."""
    frame = released(folder, f"{exhibit}_table").query("column == 'share' and row != 'total'")
    return {row: percent(value) for row, value in zip(frame["row"], frame["value"], strict=True)}


def one_disease(folder: Path) -> dict[str, str]:
    table = released(folder, "pterygium")
    change = {
        name: cell(folder, "pterygium", f"measure_{name}/welch", "relative")
        for name in ("total_cost", "drug_cost", "surgery_cost", "self_paid", "care_days")
    }
    cases = table[(table["line"] == "cases") & table["row"].str.startswith("measure_self_paid/")]["value"]
    return {
        "discharges": f"{cases.sum():.0f}",
        "self-paid": percent(change["self_paid"]),
        "lower": " ".join(name for name, value in change.items() if value < 0),
    }


def loss_cases(folder: Path) -> dict[str, str]:
    causes = shares(folder, "losses_loss_cause")
    return {
        "records": f"{cell(folder, 'losses_loss_cause_table', 'total', 'cases'):.0f}",
        "normal ratio": shares(folder, "losses_deviation_class")["normal"],
        "residents": shares(folder, "losses_insurance_type")["resident"],
        "departments": " ".join(list(shares(folder, "losses_department").values())[:2]),
        "causes": " ".join(value for value in causes.values() if value != "0.00"),
    }


def low_ratio_cases(folder: Path) -> dict[str, str]:
    types = released(folder, "low_ratio_disease_type_table").query("column == 'cumulative'")["value"]
    scheme = {
        column: cell(folder, "settlement_factors", "insurance_type=employee", column)
        for column in ("adjusted", "p")
    }
    return {
        "five types": percent(types.iloc[4]),
        "weight below 0.5": shares(folder, "low_ratio_case_weight")["<0.5"],
        "below 3,000": shares(folder, "low_ratio_total_cost")["<3000"],
        "employees below residents": str(scheme["adjusted"] < 0 and scheme["p"] < 0.05),
    }


def deductibles(folder: Path) -> dict[str, str]:
    paid, self_paid = (f"by_level_{name}_table" for name in ("deductible_per_case", "self_paid_share"))
    schemes = ("employee", "resident")
    lower = all(
        cell(folder, exhibit, "primary", scheme) < cell(folder, exhibit, level, scheme)
        for exhibit in (paid, self_paid)
        for level in ("secondary", "tertiary")
        for scheme in schemes
    )
    regions = released(folder, "by_region_deductible_per_case_table").query("column == 'p' and row == '*'")
    return {
        "deductibles": " ".join(f"{cell(folder, paid, 'primary', scheme):.0f}" for scheme in schemes),
        "self-paid": " ".join(percent(cell(folder, self_paid, "primary", scheme)) for scheme in schemes),
        "community lower": str(lower),
        "regions differ": str(bool((regions["value"] < 0.05).any())),
    }


def department_settlement(folder: Path) -> dict[str, str]:
    rate = released(folder, "settlement_settlement_rate_of_accounted_table").query("row == '*'")
    month = rate.set_index("column")["value"]
    return {"rises": str(month["2022-12"] > month["2022-01"] + 0.1), "months": str(len(month) - 1)}


def catalogue_use(folder: Path) -> dict[str, str]:
    frame = released(folder, "catalogue_grouping_rate")
    return {"grouped": f"{100 * float(frame['value'].iloc[-1]):.1f}"}


def tcm_hospitals(folder: Path) -> dict[str, str]:
    rate = [cell(folder, "payment_fund_share_table", "*", method) for method in ("fee_for_service", "drg")]
    cost = [cell(folder, "payment_cost_per_case_table", "*", method) for method in ("fee_for_service", "drg")]
    return {
        "rate": " ".join(percent(value) for value in rate),
        "cost": " ".join(f"{value:.0f}" for value in cost),
    }


def two_treatments(folder: Path) -> dict[str, str]:
    rows = ("measure_total_cost/crude", "measure_total_cost/overlap")
    changes = {name: [cell(folder, name, row, "change") for row in rows] for name in ("spine", "airways")}
    growth = [
        cell(folder, "growth_drug_cost_per_case_table", f"M47/{kind}", "2021")
        / cell(folder, "growth_drug_cost_per_case_table", f"M47/{kind}", "2020")
        for kind in ("tcm", "western")
    ]
    return {
        "spine, like with like": f"{100 * changes['spine'][1]:.0f}",
        "airways, like with like": f"{100 * changes['airways'][1]:.0f}",
        "unadjusted misleads": str(all(abs(crude - like) > 0.05 for crude, like in changes.values())),
        "drugs grow less": str(growth[0] < growth[1]),
    }


def poor_inpatients(folder: Path) -> dict[str, str]:
    name = "kinds_of_stays"
    said = "no clusters" in (folder / f"{name}_choice.md").read_text(encoding="utf-8")
    if not (folder / f"{name}_profile.csv").exists():
        return {"clusters": "none", "said to be none": str(said)}
    profile = released(folder, f"{name}_profile")
    of_groups = profile["row"].str.startswith("department=") & profile["column"].isin(list("12345"))
    table = profile[of_groups].fillna({"value": 0.0})  # a few strays, and the cells that would give them away
    times = table["value"].astype(int)
    of_fund = profile[(profile["row"] == "fund_paid") & profile["column"].isin(list("12345"))]
    first, second = (pd.factorize(table[c].repeat(times))[0] for c in ("row", "column"))
    funds = ("pooled_fund_paid", "serious_illness_paid", "medical_assistance_paid")
    whole = profile[profile["column"] == "total"].set_index("row")["value"]
    often = profile[(profile["row"] == "admission_number") & profile["column"].isin(list("12345"))]
    return {
        "clusters": f"{cell(folder, f'{name}_choice', 'gap', 'suggested'):.0f}",
        "said to be none": str(said),
        "agreement with the groups": str(adjusted_rand(first, second) > 0.98 and len(first) > 1_300),
        "stable": " ".join(released(folder, f"{name}_stability")["text_en"].dropna().unique()),
        "heaviest": of_fund.loc[of_fund["value"].idxmax(), "column_en"],
        "most often admitted": often.loc[often["value"].idxmax(), "column_en"],
        "funds": " ".join(f"{100 * whole[name] / whole['fund_paid']:.0f}" for name in funds),
    }


def insured_flows(folder: Path) -> dict[str, str]:
    paid = [
        cell(folder, "provinces_table", "虚拟北省", column) / 1e6 for column in ("out_amount", "in_amount")
    ]
    return {
        "out and in": " ".join(f"{value:.2f}" for value in paid),
        "times": f"{cell(folder, 'provinces_table', '虚拟北省', 'times'):.1f}",
    }


def chronic_burden(folder: Path) -> dict[str, str]:
    def largest(dimension: str) -> str:
        frame = released(folder, f"chronic_{dimension}_table").query("column == 'amount' and row != 'total'")
        return frame.loc[frame["value"].idxmax(), "row"]

    paid = [cell(folder, "chronic_insurance_type_table", s, "amount") for s in ("employee", "resident")]
    return {
        "billions": " ".join(f"{100 * value / 1e9:.2f}" for value in paid),
        "highest": f"{largest('number')} {largest('age')} {largest('level')}",
    }


CARRIED = {
    one_disease: {
        "discharges": "449",
        "self-paid": "-46.24",
        "lower": "total_cost drug_cost surgery_cost self_paid care_days",
    },
    loss_cases: {
        "records": "21436",
        "normal ratio": "84.27",
        "residents": "87.45",
        "departments": "9.00 8.31",
        "causes": "33.08 27.73 15.05 12.57 8.48 3.09",
    },
    low_ratio_cases: {
        "five types": "73.66",
        "weight below 0.5": "91.13",
        "below 3,000": "72.06",
        "employees below residents": "True",
    },
    deductibles: {
        "deductibles": "300 150",
        "self-paid": "18.00 25.00",
        "community lower": "True",
        "regions differ": "False",
    },
    department_settlement: {"rises": "True", "months": "12"},
    catalogue_use: {"grouped": "97.7"},
    two_treatments: {
        "spine, like with like": "-19",
        "airways, like with like": "10",
        "unadjusted misleads": "True",
        "drugs grow less": "True",
    },
    chronic_burden: {"billions": "4.06 1.07", "highest": "3+ 60–75 tertiary"},
    poor_inpatients: {
        "clusters": "5",
        "said to be none": "False",
        "agreement with the groups": "True",
        "stable": "stable",
        "heaviest": "5 Heavy fund users",
        "most often admitted": "4 Repeated terminal stays",
        "funds": "66 18 16",
    },
    insured_flows: {"out and in": "26.92 2.28", "times": "11.8"},
    tcm_hospitals: {"rate": "61.20 66.80", "cost": "9260 8750"},
}
"""What each abstract prints; where it prints no number, what its portrait was told to carry."""
Q1, Q4 = '"2022-01-05", to = "2022-03-31"', '"2022-10-01", to = "2022-12-31"'
OTHERWISE = {
    one_disease: (
        {"cases = 225": "cases = 230", "mean = 1_075.2": "mean = 1_100", "mean = 3_980": "mean = 5_980"},
        {"discharges": "454", "self-paid": "-45.00", "lower": "self_paid care_days"},
    ),
    loss_cases: (
        {
            "loss_normal = 18_064": "loss_normal = 18_000",
            "loss_residents = 18_746": "loss_residents = 17_000",
        },
        {"normal ratio": "83.97", "residents": "79.31"},
    ),
    low_ratio_cases: (
        {"low_top_five = 1_379": "low_top_five = 1_400", "low_cheap = 1_349": "low_cheap = 1_300"},
        {"five types": "74.79", "below 3,000": "69.44"},
    ),
    deductibles: (
        {
            "employee = { share = 0.18": "employee = { share = 0.28",
            "low = 200, high = 400": "low = 100, high = 400",
        },
        {"self-paid": "28.00 25.00", "community lower": "False"},
    ),
    two_treatments: (
        {"M47.800x001": "the first", "J22.x00": "M47.800x001", "the first": "J22.x00"},
        {"spine, like with like": "10", "airways, like with like": "-19", "drugs grow less": "False"},
    ),
    chronic_burden: (
        {
            "mean = 10_000": "mean = 11_000",
            "XN1901 = 0.3, XN1902 = 0.28, XN1903 = 0.22": "XN1901 = 0.1, XN1902 = 0.1, XN1903 = 0.6",
        },
        {"billions": "4.06 1.18", "highest": "3+ 60–75 secondary"},
    ),
    poor_inpatients: (
        {all_groups_but_the_first("poor_inpatients"): "", "cases = 620": "cases = 1_950"},
        {"clusters": "none", "said to be none": "True"},
    ),
    insured_flows: ({"mean = 9_500": "mean = 10_000"}, {"out and in": "26.92 2.40", "times": "11.2"}),
    department_settlement: (
        {Q1: "the first", Q4: Q1, "the first": Q4},
        {"rises": "False"},
    ),
    catalogue_use: (
        {'"E84.000" = 0.023': '"E84.000" = 0.051', '"J18.000" = 0.1954': '"J18.000" = 0.1674'},
        {"grouped": "94.9"},
    ),
    tcm_hospitals: (
        {"share = 0.668": "share = 0.6", "mean = 8_750": "mean = 9_750"},
        {"rate": "61.20 60.00", "cost": "9260 9750"},
    ),
}
"""What is said otherwise in the portrait, and what is found then."""
IN_EVERY_RUN = (one_disease,)
STUDIES = [
    pytest.param(find, id=find.__name__, marks=() if find in IN_EVERY_RUN else pytest.mark.slow)
    for find in CARRIED
]


@pytest.mark.parametrize("find", STUDIES)
def test_the_printed_figures_are_found(tmp_path, find):
    assert find(run(tmp_path, find.__name__)) == CARRIED[find]


@pytest.mark.slow
@pytest.mark.parametrize("find", CARRIED, ids=lambda find: find.__name__)
def test_they_are_not_found_where_the_portrait_says_otherwise(tmp_path, find):
    changes, expected = OTHERWISE[find]
    found = find(run(tmp_path, find.__name__, **changes))
    assert {name: found[name] for name in expected} == expected
    assert all(found[name] != CARRIED[find][name] for name in expected)
