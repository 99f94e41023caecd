"""Determinants as exhibits: printed numbers against statsmodels on the rows, references, separation, the gate."""

import datetime

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["determinants"]
RATE = "settlement_rate_of_accounted"


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(21)
    n = 1500
    made = pd.DataFrame({"city": "yangzhou", "hospital": rng.choice([f"h{k}" for k in range(6)], n)})
    made["insurance_type"] = rng.choice(["employee", "resident"], n)
    made["level"] = rng.choice(["primary", "secondary", "tertiary"], n, p=[0.2, 0.3, 0.5])
    eta = 0.8 * (made["insurance_type"] == "resident") - 0.5 * (made["level"] == "primary") - 0.6
    made["loss_case"] = pd.array((rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int), "Int64")
    made.loc[made.index[::50], "loss_case"] = pd.NA
    made["accounted_fund"] = rng.integers(100_000, 900_000, n)
    made["settled_fund"] = (
        made["accounted_fund"] * (1.1 - 0.2 * (eta > 0) + rng.normal(0, 0.2, n)).clip(0)
    ).astype("int64")
    made.loc[made.index[::70], "accounted_fund"] = 0
    return made.assign(discharge_date=datetime.date(2022, 8, 1))


def made(engine, rows, **options):
    plain = {name: getattr(key, "default", {}) for name, key in KIND.keys.items()}
    told = {
        "outcome": "loss_case",
        "covariates": ("insurance_type", "level"),
        "references": {"level": "tertiary"},
    }
    choice = DescriptionChoice("loss", "determinants", plain | told | options)
    given = Given(
        pd.DataFrame(), "month", "2022-01", "2022-12", "CNY", engine=engine, cases=engine.small_table(rows)
    )
    return {e.name: e for e in KIND.make(given, choice)}


@pytest.fixture(scope="module")
def both(engine, rows):
    return made(engine, rows, rate=RATE)


def cell(exhibit, row, column):
    found = exhibit.frame[(exhibit.frame["row"] == row) & (exhibit.frame["column"] == column)]
    assert len(found) == 1
    return found.iloc[0]


def interval(line):
    return line["value"], line["low"], line["high"]


def design(rows, *terms):
    return np.column_stack([np.ones(len(rows)), *[rows[a] == b for a, b in terms]]).astype(float)


TERMS = (("insurance_type", "employee"), ("level", "primary"), ("level", "secondary"))


def test_odds_effects_and_tests_are_those_of_statsmodels(both, rows):
    table = both["loss"]
    used = rows[rows["loss_case"].notna()]
    told = used.groupby("insurance_type")["loss_case"].agg(lambda y: min(y.sum(), (1 - y).sum()))
    reference = str(told.idxmax())
    other = "resident" if reference == "employee" else "employee"
    terms = (("insurance_type", other), *TERMS[1:])
    y, x = used["loss_case"].astype(float), design(used, *terms)
    n, k = x.shape
    oracle = sm.GLM(y, x, family=sm.families.Binomial()).fit(cov_type="HC0", tol=1e-14)
    cov = oracle.cov_params().to_numpy() * n / (n - k)
    z = stats.norm.ppf(0.975)
    for j, term in enumerate(terms, 1):
        b, se = oracle.params.iloc[j], np.sqrt(cov[j, j])
        row = f"{term[0]}={term[1]}"
        assert interval(cell(table, row, "adjusted")) == pytest.approx(
            np.exp([b, b - z * se, b + z * se]), rel=1e-6
        )
        assert cell(table, row, "p")["value"] == pytest.approx(2 * stats.norm.sf(abs(b / se)), rel=1e-6)
        here = used[term[0]] == term[1]
        assert cell(table, row, "share")["value"] == pytest.approx(y[here].mean())
        assert cell(table, row, "share")["count"] == y[here].sum()
        odds = y[here].mean() / (1 - y[here].mean())
        base = used[term[0]] == ("tertiary" if term[0] == "level" else reference)
        assert cell(table, row, "crude")["value"] == pytest.approx(
            odds / (y[base].mean() / (1 - y[base].mean()))
        )
    wald = oracle.params.to_numpy()[2:] @ np.linalg.solve(cov[2:, 2:], oracle.params.to_numpy()[2:])
    assert cell(table, "level:wald", "p")["value"] == pytest.approx(stats.chi2.sf(wald, 2), rel=1e-6)
    flipped = x.copy()
    flipped[:, 1] = 1
    plain = flipped.copy()
    plain[:, 1] = 0
    effect = (oracle.predict(flipped) - oracle.predict(plain)).mean()
    assert cell(table, f"insurance_type={other}", "effect")["value"] == pytest.approx(effect, rel=1e-8)


def test_the_rate_is_regressed_by_case(engine, rows):
    table = made(engine, rows, outcome="", rate=RATE, errors="hospital")["loss"]
    used = rows[rows["accounted_fund"] > 0]
    y = used["settled_fund"] / used["accounted_fund"]
    reference = used["insurance_type"].value_counts().index[0]
    other = "resident" if reference == "employee" else "employee"
    x = design(used, ("insurance_type", other), *TERMS[1:])
    groups = pd.factorize(used["hospital"])[0]
    oracle = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    limits = np.asarray(oracle.conf_int())
    for j, row in enumerate((f"insurance_type={other}", "level=primary", "level=secondary"), 1):
        found = interval(cell(table, row, "adjusted"))
        assert found == pytest.approx((oracle.params.iloc[j], *limits[j]), rel=1e-5, abs=2e-6)
    assert cell(table, "all", "mean")["value"] == pytest.approx(y.mean(), abs=1e-6)
    assert cell(table, "all", "cases")["value"] == len(used)


def test_references_stand_in_table_and_forest(both):
    found = both
    assert set(found) == {"loss", "loss_forest", "loss_rate", "loss_rate_forest"}
    assert found["loss"].title_en == "Determinants: Loss-making case" != found["loss_rate"].title_en
    line = cell(found["loss"], "level=tertiary", "adjusted")
    assert (line["form"], line["text_en"], line["text_zh"]) == ("text", "Reference", "参照")
    forest = found["loss_forest"].frame.set_index("label_en")
    mark = next(word for word in forest.index if word.startswith("Tertiary"))
    assert forest.loc[mark, "value"] == 1.0 and np.isnan(forest.loc[mark, "low"])
    assert list(found["loss_rate_forest"].frame["value"]).count(0.0) == 2


def test_the_reference_is_not_a_level_that_hardly_has_the_outcome(engine, rows):
    """Most cases are in tertiary hospitals, hardly any with a loss: their odds could not be shown."""
    tertiary = rows["level"] == "tertiary"
    hardly = rows.assign(loss_case=rows["loss_case"].mask(tertiary & (rows.index % 40 > 0), 0))
    table = made(engine, hardly, references={})["loss"]
    assert cell(table, "level=secondary", "adjusted")["text_en"] == "Reference"


def test_a_level_without_the_outcome_is_a_marked_row(engine, rows):
    none = rows.assign(loss_case=rows["loss_case"].mask(rows["level"] == "primary", 0))
    table = made(engine, none)["loss"]
    line = cell(table, "level=primary", "adjusted")
    assert np.isnan(line["value"]) and "minus infinity" in line["note_en"] and "负无穷" in line["note_zh"]
    assert cell(table, "level=primary", "share")["value"] == 0.0
    assert np.isfinite(table.frame["value"].dropna()).all()
    left = none[(none["level"] != "primary") & none["loss_case"].notna()]
    x = design(left, ("insurance_type", "resident"), ("level", "secondary"))
    oracle = sm.Logit(left["loss_case"].astype(float), x).fit(disp=0, tol=1e-14)
    assert cell(table, "level=secondary", "adjusted")["value"] == pytest.approx(
        np.exp(oracle.params.iloc[2]), rel=1e-8
    )


def test_a_rare_level_is_held_back_with_its_estimate_and_another_level(engine, rows):
    rare = rows.assign(level=rows["level"].astype("object"))
    rare.loc[rare.index[1:30], "level"] = "other"
    rare.loc[rare.index[1:30], "loss_case"] = pd.array([1] * 4 + [0] * 25, "Int64")
    judged = {r.exhibit.name: r.exhibit.frame for r, _ in gate_together(list(made(engine, rare).values()))}
    table, forest = judged["loss"], judged["loss_forest"]
    rows_held = set(table[table["suppressed"] & (table["column"] == "share")]["row"])
    assert "level=other" in rows_held and len({r for r in rows_held if r.startswith("level=")}) > 1
    assert table[(table["row"] == "level=other") & (table["column"] == "adjusted")]["value"].isna().all()
    assert table[(table["row"] == "level=other") & (table["column"] == "cases")]["value"].notna().all()
    assert forest[forest["label_en"].str.startswith("Other")]["value"].isna().all()


def test_what_is_wrong_is_told(engine, rows):
    for options, said in (
        ({"outcome": "", "rate": ""}, "is missing"),
        ({"outcome": "total_cost"}, "no yes-or-no column"),
        ({"rate": "cost_per_case"}, "no ratio of two amounts"),
        ({"covariates": ("loss_case", "level")}, "is the outcome itself"),
        ({"references": {"level": "tertiery"}}, "tertiary"),
        ({"covariates": ("city", "level")}, "covariate city"),
        ({"outcome": "low_ratio_case"}, "low_ratio_case"),
    ):
        with pytest.raises(DataError, match=said):
            made(engine, rows, **options)


def test_a_composition_of_the_same_cases_is_judged_with_it(engine, rows):
    """Both name the cells alike: what one holds back, the other does not give away."""
    rare = rows.assign(level=rows["level"].mask(rows.index < 12, "other"))
    rare.loc[rare.index[:12], "loss_case"] = pd.array([1] * 4 + [0] * 8, "Int64")
    composition = KINDS["composition"]
    told = {name: key.default for name, key in composition.keys.items()} | {"by": ("level", "insurance_type")}
    choice = DescriptionChoice("losses", "composition", told, where={"loss_case": True})
    given = Given(
        pd.DataFrame(), "month", "2022-01", "2022-12", "CNY", engine=engine, cases=engine.small_table(rare)
    )
    exhibits = [*made(engine, rare).values(), *composition.make(given, choice)]
    judged = {r.exhibit.name: r.exhibit.frame for r, _ in gate_together(exhibits)}
    shared = set(judged["loss"]["cell"]) & set(judged["losses_level_table"]["cell"])
    assert len(shared) > 6
    held = [set(f[f["suppressed"]]["cell"]) & shared for f in (judged["loss"], judged["losses_level_table"])]
    assert held[0] == held[1] != set()
