"""The kind ``rates`` against statsmodels and scipy on the same rows."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from dipeval.dip.payments import settlement_rates
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError

NEAR = {"rel": 1e-9}
CLUSTERS = {"cov_type": "cluster", "use_t": True}


def through_origin(frame, **options):
    """Ratio of sums as a regression: weights make it one."""
    y, x = frame["fund_paid"].astype(float), frame["total_cost"].astype(float)
    fit = sm.WLS(y / x, np.ones(len(frame)), weights=x).fit(**options)
    return [fit.params.iloc[0], *fit.conf_int().iloc[0]]


def shown(row):
    return [row["value"], row["low"], row["high"]]


def test_intervals_are_those_of_the_regression_through_the_origin(make, stays, cell):
    known = stays.dropna(subset=["fund_paid"])
    units = (known["city"] + known["hospital"]).astype("category").cat.codes
    clustered = make("rates", outcomes=("fund_share",), by=("level",))["d_table"]
    single = make("rates", outcomes=("fund_share",), by=("level",), errors="case")["d_table"]
    for level in ("primary", "tertiary"):
        part = known[known["level"] == level]
        groups = {"groups": units[part.index]}
        assert shown(cell(clustered, level, "fund_share")) == pytest.approx(
            through_origin(part, cov_kwds=groups, **CLUSTERS), **NEAR
        )
        assert shown(cell(single, level, "fund_share")) == pytest.approx(
            through_origin(part, cov_type="HC1", use_t=True), **NEAR
        )
        assert cell(clustered, level, "fund_share")["count"] == len(part)
    everything = cell(clustered, "*", "fund_share")["value"]
    assert everything == pytest.approx(known["fund_paid"].sum() / known["total_cost"].sum(), **NEAR)


def test_a_share_of_cases_has_the_numerators_cases_and_wilsons_interval(make, stays, cell):
    table = make(
        "rates",
        outcomes=("mortality", "cost_per_case", "length_of_stay"),
        by=("insurance_type",),
        errors="case",
    )["d_table"]
    part = stays[stays["insurance_type"] == "employee"]
    deaths = int((part["disposition"] == "death").sum())
    found = cell(table, "employee", "mortality")
    assert found["count"] == deaths
    expected = [deaths / len(part), *proportion_confint(deaths, len(part), method="wilson")]
    assert shown(found) == pytest.approx(expected, **NEAR)
    costs = cell(table, "employee", "cost_per_case")
    mean, error = part["total_cost"].mean() / 100, part["total_cost"].sem() / 100
    reach = stats.t.ppf(0.975, len(part) - 1) * error
    assert shown(costs) == pytest.approx([mean, mean - reach, mean + reach], **NEAR)
    assert cell(table, "*", "length_of_stay")["value"] == pytest.approx(stays["care_days"].mean(), **NEAR)


def test_a_clustered_share_stays_within_bounds(make):
    frame = make("rates", outcomes=("mortality",), by=("department",))["d_mortality"].frame
    some = frame[frame["low"].notna()]
    assert len(some) > 5 and (some["low"] > 0).all() and (some["high"] < 1).all()
    assert ((some["low"] < some["value"]) & (some["value"] < some["high"])).all()


def test_ranks_compare_the_ratios_of_cases(make, stays, cell):
    asked = {"outcomes": ("fund_share", "cost_per_case"), "by": ("insurance_type",), "test": "mann_whitney"}
    table = make("rates", **asked)["d_table"]
    known = stays.dropna(subset=["fund_paid"])
    ratio = (known["fund_paid"].astype(float) / known["total_cost"]).round(6)
    first = known["insurance_type"] == "employee"
    expected = stats.mannwhitneyu(ratio[first], ratio[~first], method="asymptotic").pvalue
    assert cell(table, "test:p", "fund_share")["value"] == pytest.approx(expected, **NEAR)
    first = stays["insurance_type"] == "employee"
    cost = stays["total_cost"]
    expected = stats.mannwhitneyu(cost[first], cost[~first], method="asymptotic").pvalue
    assert cell(table, "test:p", "cost_per_case")["value"] == pytest.approx(expected, **NEAR)


def test_walds_test_takes_the_hospitals_that_groups_share(make, stays, cell):
    table = make("rates", outcomes=("fund_share",), by=("level", "insurance_type"), test="wald")[
        "d_fund_share_table"
    ]
    known = stays.dropna(subset=["fund_paid"])
    for level, part in [("tertiary", known[known["level"] == "tertiary"]), ("*", known)]:
        y, x = part["fund_paid"].astype(float), part["total_cost"].astype(float)
        second = (part["insurance_type"] == "resident").astype(float)
        units = (part["city"] + part["hospital"]).astype("category").cat.codes
        # statsmodels divides by n - 2; the ratio estimator does not.
        n = len(part)
        fit = sm.WLS(y / x, sm.add_constant(second), weights=x).fit(
            cov_type="cluster", cov_kwds={"groups": units}
        )
        t2 = (fit.params.iloc[1] / fit.bse.iloc[1]) ** 2 * (n - 1) / (n - 2)
        expected = stats.f.sf(t2, 1, units.nunique() - 1)
        assert cell(table, level, "p")["value"] == pytest.approx(expected, rel=1e-6)


def test_settlement_rates_are_those_of_the_payment(make_of, stays, case_engine, cell):
    paid = stays.dropna(subset=["fund_paid"])
    fund = paid["fund_paid"].astype("int64")
    known = paid.assign(
        settled_fund=fund + paid["profit"],
        accounted_fund=fund,
        fund_payable=fund + paid["profit"],
        actual_fund=fund,
    )
    told = known.assign(total_payable=known["total_cost"] + known["profit"])
    expected = settlement_rates(case_engine, case_engine.small_table(told), ["level"]).set_index("level")
    table = make_of(known, "rates", outcomes=("settlement_rate_of_accounted",), by=("level",))["d_table"]
    for level in ("primary", "tertiary"):
        found = cell(table, level, "settlement_rate_of_accounted")["value"]
        assert found == pytest.approx(expected.at[level, "rate_of_accounted_cost"], **NEAR)


def test_chi_square_is_of_shares_only(make, stays, cell):
    table = make("rates", outcomes=("mortality", "fund_share"), by=("level",), test="chi_square")["d_table"]
    counts = stays.groupby("level")["disposition"].value_counts().unstack().to_numpy()
    expected = stats.chi2_contingency(counts, correction=False).pvalue
    assert cell(table, "test:p", "mortality")["value"] == pytest.approx(expected, **NEAR)
    assert table.frame.query("row == 'test:p' and column == 'fund_share'").empty
    assert any("no share of cases" in note for note in table.notes_en)


def test_department_by_month_is_a_heat_map_curves_and_a_table_that_adds_up(make, stays, cell):
    made = make("rates", outcomes=("fund_share",), by=("department", "period"), top=4)
    assert {e.kind for e in made.values()} == {"matrix", "curves", "grid"}
    heat = made["d_fund_share"]
    assert list(dict.fromkeys(heat.frame["column"])) == ["2021-01", "2021-02", "2021-03", "2021-04", "*"]
    assert len(dict.fromkeys(heat.frame["row"])) == 6
    row = cell(heat, "A", "2021-01")
    known = stays[(stays["department"] == "A") & (stays["discharge_date"].astype(str) < "2021-02")]
    known = known.dropna(subset=["fund_paid"])
    assert row["value"] == pytest.approx(known["fund_paid"].sum() / known["total_cost"].sum(), **NEAR)
    cases = made["d_cases_table"]
    assert cell(cases, "*", "*")["value"] == len(stays)
    released = gate_together(list(made.values()), minimum_cell=20)
    frames = {r.exhibit.name: r.exhibit.frame for r, _ in released}
    held = frames["d_cases_table"].query("suppressed")
    assert len(held) == 0 or len(held) >= 4
    lines = frames["d_fund_share_curves"]
    assert set(lines["series"]) >= {"A", "*"}


def test_three_dimensions_make_sections(make, cell):
    table = make("rates", outcomes=("cost_per_case",), by=("insurance_type", "level", "city"), test="wald")[
        "d_cost_per_case_table"
    ]
    assert table.title_en == "Cost per case: by insurance scheme, hospital level and city"
    assert table.title_zh == "次均费用：按医保类型、医院等级和城市"
    assert set(table.frame["section_en"]) == {"Employee scheme", "Resident scheme", "All"}
    assert cell(table, "employee/tertiary", "p")["value"] <= 1


def test_one_level_has_no_test_and_says_so(make):
    table = make("rates", {"level": ("tertiary",)}, outcomes=("cost_per_case",), by=("level",), test="wald")[
        "d_table"
    ]
    assert not table.frame["row"].str.startswith("test").any()
    assert any("one group" in note for note in table.notes_en)


def test_everything_wrong_is_told_at_once(make):
    with pytest.raises(DataError) as error:
        make("rates", outcomes=("drug_share", "log_cost_per_case", "cost_per_caze"), by=("level",))
    assert all(
        word in str(error.value) for word in ("drug_cost", "logarithm", "did you mean 'cost_per_case'")
    )
    with pytest.raises(DataError, match="named twice"):
        make("rates", outcomes=("cost_per_case",), by=("level", "level"))
    with pytest.raises(DataError, match="no case"):
        make("rates", {"level": ("none",)}, outcomes=("cost_per_case",), by=("level",))
