"""Table 1 of single cases through the engine, against numpy, scipy and statsmodels on the same arrays."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.weightstats import DescrStatsW

from dipeval.describe.case_groups import case_groups
from dipeval.describe.case_table import case_table
from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.moments import standardised_difference, standardised_difference_of_shares, weighted_sd
from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.store.engine import Engine

NEAR = {"rel": 1e-10, "abs": 1e-12}
BOTH = ("mean_sd", "median_iqr")
COST = CaseVariable("total_cost", "continuous", BOTH, "mann_whitney", decimals=2)
WEIGHT_OF_CASE = CaseVariable("rw", "continuous", BOTH, "welch", decimals=4)
SEX = CaseVariable("sex", "categorical", test="chi_square")
LEVEL = CaseVariable("level", "categorical", levels=("primary", "secondary", "tertiary", "other"))


def invented(n=700):
    rng = np.random.default_rng(5)
    cost = (rng.lognormal(6, 1.2, n).astype("int64") - 40) * 100
    return pd.DataFrame(
        {
            "city": "Anlan",
            "hospital": rng.choice(["h1", "h2", "h3"], n, p=[0.5, 0.3, 0.2]),
            "arm": rng.choice(["treated", "control", None], n, p=[0.4, 0.55, 0.05]),
            "when": rng.choice(["before", "after"], n),
            "total_cost": pd.array(np.where(rng.random(n) < 0.1, None, cost), "Int64"),
            "rw": np.where(rng.random(n) < 0.05, np.nan, rng.integers(1, 60000, n) / 10**4),
            "sex": rng.choice(["male", "female", None], n, p=[0.5, 0.4, 0.1]),
            "level": rng.choice(["primary", "secondary", "tertiary"], n),
            "sampled": rng.choice([0.5, 1.25, 3.0], n),
        }
    )


@pytest.fixture(scope="module")
def frame():
    return invented()


def table(engine, frame, variables, by="arm", within="when", **options):
    return case_table(
        engine, case_groups(engine, engine.small_table(frame), by, within, **options), variables
    )


def cell(exhibit, variable, statistic, arm="", when="", level=None):
    found = exhibit.frame.query(
        "variable == @variable and statistic == @statistic and arm == @arm and when == @when"
    )
    if level is not None:
        found = found[found["level"] == level]
    assert len(found) == 1
    return found.iloc[0]


def test_every_cell_is_that_of_the_raw_arrays(engine, frame):
    made = table(engine, frame, [COST, WEIGHT_OF_CASE, SEX])
    for when in ("before", "after"):
        arms = {arm: frame[(frame["arm"] == arm) & (frame["when"] == when)] for arm in ("control", "treated")}
        for variable, unit in (("total_cost", 100), ("rw", 1)):
            raw = {a: part[variable].dropna().to_numpy(dtype=float) / unit for a, part in arms.items()}
            for arm, x in raw.items():
                mean = cell(made, variable, "mean_sd", arm, when)
                assert (mean["value"], mean["spread"]) == pytest.approx((x.mean(), x.std(ddof=1)), **NEAR)
                median = cell(made, variable, "median_iqr", arm, when)
                shown = median[["quartile_low", "value", "quartile_high"]].tolist()
                assert shown == pytest.approx(np.quantile(x, [0.25, 0.5, 0.75]).tolist(), **NEAR)
                known = arms[arm].dropna(subset=[variable])
                assert mean["count"] == len(known)
                assert mean["largest_share"] == known["hospital"].value_counts(normalize=True).max()
                assert cell(made, variable, "missing", arm, when)["value"] == len(arms[arm]) - len(known)
            means, sds = zip(*((x.mean(), x.std(ddof=1)) for x in raw.values()), strict=True)
            shown = cell(made, variable, "standardised_difference", "", when)["value"]
            assert shown == pytest.approx(standardised_difference(np.array(means), np.array(sds)), **NEAR)
            asked = (
                stats.mannwhitneyu(raw["control"], raw["treated"], method="asymptotic")
                if unit == 100
                else stats.ttest_ind(raw["control"], raw["treated"], equal_var=False)
            )
            test = cell(made, variable, "test", "", when)
            assert (test["value"], test["p_value"]) == pytest.approx((asked.statistic, asked.pvalue), **NEAR)
        counts = pd.crosstab(*(frame.loc[frame["when"] == when, c] for c in ("arm", "sex")))
        asked = stats.chi2_contingency(counts, correction=False)
        test = cell(made, "sex", "test", "", when)
        assert (test["value"], test["p_value"]) == pytest.approx((asked.statistic, asked.pvalue), **NEAR)
        shares = counts.div(counts.sum(axis=1), axis=0)
        female = cell(made, "sex", "n_percent", "treated", when, "female")
        assert (female["value"], female["spread"]) == (
            counts.loc["treated", "female"],
            shares.loc["treated", "female"],
        )
        shown = cell(made, "sex", "standardised_difference", "", when)["value"]
        assert shown == pytest.approx(standardised_difference_of_shares(shares.to_numpy()), **NEAR)


def test_more_groups_and_no_strata(engine, frame):
    variables = [
        CaseVariable("total_cost", "continuous", test="kruskal_wallis", decimals=2),
        CaseVariable("rw", "continuous", test="anova", decimals=4),
        CaseVariable("sex", "categorical", test="trend"),
    ]
    made = table(engine, frame, variables, "level", "", groups=("primary", "secondary", "tertiary"))
    for variable, oracle in (("total_cost", stats.kruskal), ("rw", stats.f_oneway)):
        parts = [x.dropna().to_numpy(float) for _, x in frame.groupby("level")[variable]]
        asked, found = oracle(*parts), cell(made, variable, "test")
        assert (found["value"], found["p_value"]) == pytest.approx((asked.statistic, asked.pvalue), **NEAR)
    known = frame.dropna(subset=["sex"])
    score = known["level"].map({"primary": 0, "secondary": 1, "tertiary": 2})
    r = np.corrcoef(score, known["sex"] == "male")[0, 1]
    assert cell(made, "sex", "test")["value"] == pytest.approx(r * np.sqrt(len(known)), **NEAR)
    p = made.frame.loc[made.frame["statistic"] == "test", ["p_value", "holm"]].sort_values("p_value")
    assert p["holm"].iloc[0] == pytest.approx(min(1, 3 * p["p_value"].iloc[0]))
    assert any("3 p-values are printed without adjustment" in note for note in made.notes_en)


def test_weights_are_those_of_statsmodels_and_of_the_panel_table(engine, frame):
    asked = [
        CaseVariable("total_cost", "continuous", decimals=2),
        CaseVariable("sex", "categorical"),
    ]
    made = table(engine, frame, asked, within="", weight="sampled", weight_decimals=2)
    moments = []
    for arm in ("control", "treated"):
        part = frame[frame["arm"] == arm]
        known = part.dropna(subset=["total_cost"])
        x, w = known["total_cost"].to_numpy(float) / 100, known["sampled"].to_numpy()
        moments.append((DescrStatsW(x, weights=w).mean, weighted_sd(x, w)))
        found = cell(made, "total_cost", "mean_sd", arm)
        assert (found["value"], found["spread"]) == pytest.approx(moments[-1], **NEAR)
        told = part.dropna(subset=["sex"])
        share = np.average(told["sex"] == "male", weights=told["sampled"])
        found = cell(made, "sex", "n_percent", arm, level="male")
        assert (found["value"], found["spread"]) == pytest.approx(
            ((told["sex"] == "male").sum(), share), **NEAR
        )
    means, sds = np.array(moments).T
    found = cell(made, "total_cost", "standardised_difference")
    assert found["value"] == pytest.approx(standardised_difference(means, sds), **NEAR)


def weighted_quartile(values, weights, share):
    """By hand: the value at which the sorted weights reach the share, halfway where they reach it exactly."""
    order = np.argsort(values, kind="stable")
    x, reached = values[order], np.cumsum(weights[order])
    target = share * reached[-1]
    first = x[np.searchsorted(reached, target - 1e-9)]
    return (first + x[np.searchsorted(reached, target + 1e-9)]) / 2


def test_weighted_quartiles(engine, frame):
    asked = [CaseVariable("total_cost", "continuous", ("median_iqr",), decimals=2)]
    made = table(engine, frame, asked, weight="sampled", weight_decimals=2, overall=True)
    for arm in ("control", "treated", "overall"):
        part = frame[
            (frame["when"] == "after")
            & frame["arm"].isin([arm, *(("control", "treated") * (arm == "overall"))])
        ]
        known = part.dropna(subset=["total_cost"])
        x, w = known["total_cost"].to_numpy(float) / 100, known["sampled"].to_numpy()
        found = cell(made, "total_cost", "median_iqr", arm, "after")
        assert found[["quartile_low", "value", "quartile_high"]].tolist() == pytest.approx(
            [weighted_quartile(x, w, share) for share in (0.25, 0.5, 0.75)], **NEAR
        )
    exact = pd.DataFrame({"city": "A", "hospital": "h", "arm": "x", "v": [4, 1, 3, 2], "w": [1, 1, 1, 1]})
    median = table(engine, exact, [CaseVariable("v", "continuous", ("median_iqr",))], within="", weight="w")
    assert cell(median, "v", "median_iqr", "x")[["quartile_low", "value"]].tolist() == [1.5, 2.5]
    assert any("Weighted quartiles" in note for note in median.notes_en)


def test_an_overall_column_is_the_table_of_one_group(engine, frame):
    asked = [replace(COST, test=""), COST, SEX]
    inside = frame[frame["arm"].notna()]
    whole = table(engine, inside.assign(arm="all"), [asked[0], SEX])
    both = table(engine, frame, [COST, SEX], overall=True)
    columns = ["variable", "level", "statistic", "when"]
    numbers = ["value", "spread", "quartile_low", "quartile_high", "count", "largest_share"]
    left, right = (
        made.frame[made.frame["arm"] == arm].set_index(columns)[numbers]
        for made, arm in ((whole, "all"), (both, "overall"))
    )
    pd.testing.assert_frame_equal(left, right, check_exact=True)
    plain = table(engine, frame, [COST, SEX]).frame
    rest = both.frame[both.frame["arm"] != "overall"].drop(columns="row_order").reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, plain.drop(columns="row_order"), check_exact=True)
    with pytest.raises(DataError, match="has a group 'overall'"):
        table(engine, inside.assign(arm="overall"), [SEX], overall=True)


def test_a_trend_of_ordered_categories(engine, frame):
    order = ("primary", "secondary", "tertiary")
    asked = CaseVariable("level", "categorical", test="trend", levels=order)
    made = table(engine, frame, [asked], "sampled", "", groups=("0.5", "1.25", "3.0"))
    counts = pd.crosstab(frame["sampled"], frame["level"])[list(order)].to_numpy()
    oracle = Table(counts).test_ordinal_association()
    found = cell(made, "level", "test")
    assert found["value"] == pytest.approx(oracle.zscore**2, **NEAR) and found["df"] == 1
    assert found["p_value"] == pytest.approx(oracle.pvalue, **NEAR)


def test_an_empty_stratum_and_a_category_never_seen_are_marked(engine, frame):
    some = frame[(frame["arm"] != "treated") | (frame["when"] == "after")].assign(one=7)
    variables = [COST, LEVEL, SEX, CaseVariable("one", "continuous", test="welch")]
    made = table(engine, some, variables, groups=("treated", "control"), strata=("before", "after"))
    for statistic in ("mean_sd", "median_iqr"):
        empty = cell(made, "total_cost", statistic, "treated", "before")
        assert np.isnan(empty["value"]) and empty["count"] == 0
        assert empty["reason_en"] == "a group has no cases with a known value"
    for name in ("total_cost", "sex", "one"):
        test = cell(made, name, "test", "", "before")
        assert np.isnan(test["p_value"]) and test["reason_en"] == "a group has no cases with a known value"
    assert cell(made, "one", "test", "", "after")["reason_en"] == "all cases have one value"
    never = cell(made, "level", "n_percent", "control", "after", "other")
    assert (never["value"], never["reason_en"]) == (0, "no case has this category")
    assert cell(made, "level", "n_percent", "control", "after", "primary")["reason_en"] == ""
    assert np.isnan(cell(made, "sex", "standardised_difference", "", "before")["value"])


def test_the_gate_judges_the_table(engine, frame):
    rare = frame.assign(sex=np.where(np.arange(len(frame)) < 6, "other", frame["sex"]))
    rare.loc[:5, ["arm", "when"]] = ["treated", "after"]
    released, withheld = gate(table(engine, rare, [SEX, COST]))
    shown = released.exhibit.frame
    hidden = shown[(shown["level"] == "other") & (shown["arm"] == "treated") & (shown["when"] == "after")]
    assert hidden["suppressed"].all() and hidden[["value", "spread", "count"]].isna().all(axis=None)
    # Another category of the group goes along, and what is computed of both; the not recorded are stated.
    here = shown[(shown["when"] == "after") & (shown["variable"] == "sex") & shown["suppressed"]]
    assert here.loc[here["arm"] == "treated", "level"].tolist() == ["female", "other"]
    assert set(here.loc[here["arm"] == "", "statistic"]) == {"standardised_difference", "test"}
    assert {w.rule for w in withheld} == {"too_few", "secondary", "derived"}
    missing = shown[(shown["statistic"] == "missing") & (shown["variable"] == "sex")]
    assert not missing["suppressed"].any() and missing["value"].min() > 0


def test_an_overall_column_gives_no_group_away(engine, frame):
    few = frame.assign(arm=frame["arm"].where(np.arange(len(frame)) > 12, "third")).drop(columns="when")
    few.loc[:3, "arm"] = "control"
    made = table(engine, few, [SEX], within="", overall=True, groups=("control", "treated", "third"))
    released, _ = gate(made)
    shown = released.exhibit.frame
    size = shown[shown["statistic"] == "count"].set_index("arm")["suppressed"]
    assert size["third"] and not size["overall"] and size.sum() == 2
    known = shown[shown["level"] == "missing"].set_index("arm")["suppressed"]
    assert known[size[size].index].all()


def test_all_that_is_wrong_with_the_declarations_is_listed(engine, frame):
    variables = [
        CaseVariable("totl_cost", "continuous"),
        CaseVariable("sex", "continuous"),
        CaseVariable("rw", "continuous", ("n_percent",), "chi_square"),
        CaseVariable("level", "categorical", test="chi-square"),
        CaseVariable("total_cost", "continuous", ("median_iqr",), "t"),
    ]
    with pytest.raises(DataError) as told:
        table(engine, frame, variables, "level", "", weight="sampled")
    for said in (
        "did you mean 'total_cost'?",
        "declared continuous, and the column holds string",
        "cannot be shown as 'n_percent'",
        "cannot be tested by 'chi_square'",
        "did you mean 'chi_square' or 'chi_square_yates'?",
        "'t' compares two groups, there are 3",
        "these are weighted",
    ):
        assert said in str(told.value)


def test_what_the_data_break_is_listed(engine, frame):
    bad = frame.assign(sampled=frame["sampled"].where(frame.index != 3))
    variables = [
        CaseVariable("rw", "continuous", decimals=2),
        CaseVariable("level", "categorical", levels=("primary", "secondary", "tertiery")),
    ]
    with pytest.raises(DataError) as told:
        table(engine, bad, variables, weight="sampled", weight_decimals=2)
    assert "more than 2 decimal places" in str(told.value)
    assert "undeclared category 'tertiary'" in str(told.value) and "'tertiery'" in str(told.value)
    assert "weights that are missing, negative" in str(told.value)
    with pytest.raises(DataError, match="has the value 'control', which is not declared"):
        table(engine, frame, [COST], groups=("treated", "kontrol"))
    with pytest.raises(DataError, match="more than 60 values"):
        table(engine, frame, [CaseVariable("total_cost", "categorical")])


def test_values_that_no_integer_holds_are_told_and_nan_is_missing(engine):
    odd = pd.DataFrame({"city": "A", "hospital": "h", "g": ["x", "y"] * 3})
    view = engine.small_table(odd.assign(k=range(6)))
    rw = view.k.cases((1, float("inf")), (2, float("nan")), (3, 1e300), else_=0.5)
    huge = view.k.cases((1, 2**62), (2, -(2**62)), else_=4)
    groups = case_groups(engine, view.mutate(rw=rw, huge=huge), "g")
    variables = [CaseVariable("rw", "continuous", decimals=1), CaseVariable("huge", "continuous")]
    with pytest.raises(DataError) as told:
        case_table(engine, groups, variables)
    assert [problem.count for problem in told.value.problems] == [2, 2]
    assert "decimal places" not in str(told.value)


def test_nan_in_a_parquet_file_of_another_program_is_missing(engine, tmp_path):
    """Its bounds leave NaN out, and an engine that trusts them takes none for NaN."""
    place = tmp_path / "cases.parquet"
    rows = {"g": ["x", "y"] * 20, "rw": [0.5, np.nan, 1.5, 2.5] * 10}
    pq.write_table(pa.table(rows | {"city": ["A"] * 40, "hospital": ["h"] * 40}), place)
    groups = case_groups(engine, engine.scan_parquet(place), "g")
    made = case_table(engine, groups, [CaseVariable("rw", "continuous", BOTH, decimals=1)])
    assert cell(made, "rw", "missing", "y")["value"] == 10
    assert cell(made, "rw", "mean_sd", "y")["value"] == cell(made, "rw", "median_iqr", "y")["value"] == 2.5


def test_threads_and_the_order_of_rows_change_nothing(frame):
    shown = []
    for threads, rows in ((1, frame), (4, frame.sample(frac=1, random_state=1))):
        with Engine(memory_limit="500MB", threads=threads) as engine:
            shown.append(table(engine, rows, [COST, SEX]).frame)
    pd.testing.assert_frame_equal(*shown, check_exact=True)
