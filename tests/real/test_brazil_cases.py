"""The Brazilian admissions: raw rows to discharges to hospital-months, every row accounted for."""

import pandas as pd
import pytest

MONEY = ["total_cost", "hospital_service_cost", "professional_service_cost", "federal_complement_cost"]


def test_what_is_known_of_the_file_comes_out(brazil):
    """Rows, hospitals, cities and means that stand in the file's description."""
    typed = brazil.typed
    assert (len(typed), typed["hospital"].nunique(), typed["municipality"].nunique()) == (34_839, 271, 226)
    assert typed["total_cost"].mean() / 100 == pytest.approx(1467, abs=0.5)
    assert typed["care_days"].mean() == pytest.approx(6.03, abs=0.005)
    assert typed["deaths"].mean() == pytest.approx(0.051, abs=0.0005)
    assert f"{typed['admission_date'].min():%Y-%m}" == "2014-04"


def test_every_rejected_row_has_its_reason(brazil):
    told = {rule: e.rows_rejected for rule, e in brazil.ledger.items() if e.rows_rejected}
    assert told == {"zero_total_cost": 325, "window": 1509}
    assert brazil.rejects.groupby("rule").size().to_dict() == told
    assert len(brazil.discharges) + len(brazil.rejects) == 34_839
    rows = pd.concat([brazil.discharges["source_row"], brazil.rejects["source_row"]])
    assert sorted(rows) == list(range(2, 34_841))


def test_costs_add_up_to_the_centavo_in_every_row(brazil):
    told = brazil.ledger["cost_parts_sum_to_total"]
    assert (told.rows_before, told.rows_rejected, told.rows_flagged) == (34_514, 0, 0)
    total, *parts = (brazil.typed[name] for name in MONEY)
    assert (total == sum(parts)).all()
    without_complement = brazil.typed["total_cost"] - brazil.typed[MONEY[1]] - brazil.typed[MONEY[2]]
    assert (without_complement != 0).sum() == 303


def test_intensive_care_is_not_a_part_of_the_sum(brazil):
    """It lies across hospital and professional services: it exceeds the former in 229 rows."""
    over = brazil.typed["intensive_care_cost"] > brazil.typed["hospital_service_cost"]
    assert over.sum() == 229
    both = brazil.typed["hospital_service_cost"] + brazil.typed["professional_service_cost"]
    assert (brazil.typed["intensive_care_cost"] <= both).all()
    assert "intensive_care_cost" not in brazil.study.components


def test_stays_that_differ_from_their_dates_are_counted_and_kept(brazil):
    """Bills of long stays hold the days of their month: 195, of which 2 have no cost."""
    typed = brazil.typed
    by_dates = (typed["discharge_date"] - typed["admission_date"]).dt.days
    assert (by_dates != typed["care_days"]).sum() == 195
    assert brazil.ledger["stay_identity"].rows_flagged == 193
    assert brazil.ledger["stay_from_dates"].rows_flagged == 0


def test_bills_of_one_long_stay_are_found_by_its_number(brazil):
    """Bills of a long stay (IDENT 5) share N_AIH and the admission; both bills of 13 stays are in the sample.

    By hand: grouped by hospital and number, 13 groups of two, none of three, each with growing
    discharges and days that fit between them.
    """
    assert brazil.ledger["interim_settlement"].rows_flagged == 26
    parts = brazil.discharges.dropna(subset=["episode"]).sort_values(["episode", "episode_part"])
    assert parts["episode"].nunique() == 13 and len(parts) == 24  # two ended outside the window
    assert parts.groupby("episode")["admission_date"].nunique().eq(1).all()
    assert parts.groupby("episode")["discharge_date"].is_monotonic_increasing.all()


def test_a_stay_of_one_day_counts_none_here(brazil):
    same_day = brazil.discharges["admission_date"] == brazil.discharges["discharge_date"]
    assert same_day.sum() > 2000 and (brazil.discharges.loc[same_day, "care_days"] == 0).all()


def test_ages_are_years(brazil):
    assert brazil.ledger["age_in_years"].rows_flagged == 1654
    ages = brazil.discharges["age"]
    assert ages.notna().all() and 100 <= ages.max() < 115 and ages.min() == 0
    assert "age_unit" not in brazil.discharges
    stated = brazil.typed.set_index("source_row")
    kept = brazil.discharges.set_index("source_row")["age"]
    of_unit = stated.loc[kept.index, "age_unit"]
    assert (kept[of_unit == "days"] < 0.25).all() and (kept[of_unit == "months"] < 1).all()
    assert (kept[of_unit == "over_hundred_years"] >= 100).all()


def test_every_code_and_header_is_known(brazil):
    assert brazil.typed["ownership"].value_counts().to_dict() == {
        "non_profit": 26_033,
        "business": 4_612,
        "public": 4_194,
    }
    aliases = {alias for rule in brazil.source.columns.values() for item in rule.items for alias in item}
    assert len(aliases) == 22 and not aliases & {*brazil.source.ignored, *brazil.source.identifiers}


def test_no_number_of_a_person_goes_on(brazil):
    forbidden = {"visit", "settlement", *brazil.source.identifiers}
    assert not forbidden & set(brazil.discharges.columns) and not forbidden & set(brazil.panel.frame.columns)
    assert set(brazil.rejects["evidence"].str.split("=").str[0]) == {"total_cost", "discharge_date"}


def test_the_panel_holds_the_sums_of_its_cases(brazil):
    panel, cases = brazil.panel.frame, brazil.discharges
    assert panel["discharges"].sum() == len(cases) == 33_005 and len(panel) == 2773
    for name in [*MONEY, "care_days", "deaths"]:
        assert panel[name].sum() == cases[name].sum()
    sums = cases.groupby(["hospital", "period"])[MONEY].sum()
    found = panel.set_index(["hospital", "period"])[MONEY]
    assert (found.astype("int64") == sums.loc[found.index]).all().all()
    assert (brazil.panel.currency, brazil.panel.source, brazil.panel.frequency) == (
        "BRL",
        "discharges",
        "month",
    )
    assert panel.groupby("hospital")[["ownership", "municipality"]].nunique().max().tolist() == [1, 1]
