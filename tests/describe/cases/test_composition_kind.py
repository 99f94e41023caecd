"""The kind ``composition`` against pandas on the same rows, and what its margins would give away."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dipeval.describe.kinds.composition import parted
from dipeval.dip.description import composition
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError

LOSS = {"loss_case": True}
NEAR = {"rel": 1e-12}


def shares(frame, column="department"):
    known = frame[frame["loss_case"].notna()]
    loss = known[known["loss_case"] == 1]
    return loss.groupby(column), known.groupby(column), loss


def test_every_cell_is_that_of_the_rows(make, stays, cell):
    table = make("composition", LOSS, by=("department",), amount="fund_paid", top=0)["d_table"]
    inside, every, loss = shares(stays)
    cases, amount = inside.size(), inside["fund_paid"].sum().astype(float) / 100
    order = sorted(cases.index, key=lambda d: (-cases[d], d))
    assert list(dict.fromkeys(table.frame["row"])) == [*order, "total"]
    running = 0
    for level in order:
        running += cases[level]
        shown = {
            c: cell(table, level, c)["value"] for c in ("cases", "share", "cumulative", "all_cases", "rate")
        }
        assert list(shown.values()) == pytest.approx(
            [cases[level], cases[level] / len(loss), running / len(loss), len(every.get_group(level)),
             cases[level] / len(every.get_group(level))], **NEAR)  # fmt: skip
        money, part = cell(table, level, "amount"), cell(table, level, "amount_share")
        assert (money["value"], part["value"]) == pytest.approx(
            (amount[level], amount[level] / amount.sum()), **NEAR
        )
        group = loss[loss["department"] == level]
        largest = group.groupby(["city", "hospital"]).size().max() / len(group)
        assert cell(table, level, "rate")["largest_share"] == pytest.approx(largest)
        assert money["count"] == group["fund_paid"].notna().sum()
    assert cell(table, "total", "amount")["value"] == pytest.approx(amount.sum(), **NEAR)
    assert any("not known of all cases" in note for note in table.notes_en)


def test_shares_are_those_of_the_payments_own_table(make, given, cell):
    engine, cases = given.stays
    table = make("composition", LOSS, by=("department",), top=0)["d_table"]
    expected = composition(engine, cases.filter(cases.loss_case == 1), ["department"]).frame
    for row in expected.itertuples():
        shown = (
            cell(table, row.department, "share")["value"],
            cell(table, row.department, "cumulative")["value"],
        )
        assert shown == pytest.approx((row.share, row.cumulative_share), **NEAR)


def test_what_is_not_shown_by_itself_is_stated_as_other(make, stays):
    made = make("composition", LOSS, by=("department",), top=3)
    bars = made["d"].frame
    cases = shares(stays)[0].size().sort_values(ascending=False)
    assert list(bars["label_en"]) == [*cases.index[:3], f"Other ({len(cases) - 3} levels)"]
    assert bars["value"].iloc[-1] == cases.iloc[3:].sum()
    assert bars["cumulative"].iloc[-1] == pytest.approx(1.0)


@pytest.mark.slow
def test_thousands_of_levels_are_mostly_put_together(make_of, stays, cell):
    twice = pd.concat([stays, stays], ignore_index=True)
    many = twice.assign(disease_type=[f"T{k % 2300 if k % 20 else 7}" for k in range(len(twice))])
    asked = {"by": ("disease_type",), "top": 5, "amount": "total_cost", "amount_test": "kruskal_wallis"}
    table = make_of(many, "composition", **asked)["d_table"]
    assert cell(table, "T7", "cases")["value"] == (many["disease_type"] == "T7").sum()
    assert cell(table, "other", "cases")["row_en"] == f"Other ({many['disease_type'].nunique() - 5} levels)"
    rates = make_of(many, "rates", outcomes=("cost_per_case",), by=("disease_type",), top=3)["d_table"]
    assert len(dict.fromkeys(rates.frame["row"])) == 5
    with pytest.raises(DataError, match="levels"):
        make_of(many, "rates", outcomes=("cost_per_case",), by=("disease_type",))


def test_one_level_is_not_compared(make):
    table = make("composition", {**LOSS, "level": ("primary",)}, by=("level",), test="chi_square")["d_table"]
    assert not table.frame["row"].str.startswith("test").any()
    assert any("one group" in note for note in table.notes_en)


def test_classes_of_a_number_stand_in_order_with_a_trend(make, stays, cell):
    made = make(
        "composition",
        LOSS,
        {"case_weight": (0.5, 1.0)},
        by=("case_weight", "insurance_type"),
        top=1,
        test="trend",
    )
    table = made["d_case_weight_table"]
    assert list(dict.fromkeys(table.frame["row"]))[:4] == ["<0.5", "0.5–1", "≥1", "total"]
    known = stays[stays["loss_case"].notna()]
    below = known[known["case_weight"] < 0.5]
    assert cell(table, "<0.5", "rate")["value"] == pytest.approx(below["loss_case"].mean())
    assert any("needs levels in their order" in note for note in made["d_insurance_type_table"].notes_en)
    score = np.digitize(known["case_weight"], [0.5, 1.0])
    r = np.corrcoef(score, known["loss_case"].astype(float))[0, 1]
    z = r * np.sqrt(len(known))
    assert cell(table, "test:p", "rate")["value"] == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)


def test_tests_are_those_of_scipy(make, stays, cell):
    made = make(
        "composition",
        LOSS,
        by=("level",),
        test="chi_square",
        amount="total_cost",
        amount_test="kruskal_wallis",
    )
    table = made["d_table"]
    inside, every, loss = shares(stays, "level")
    counts = np.column_stack([inside.size(), every.size() - inside.size()])
    expected = stats.chi2_contingency(counts, correction=False)
    assert cell(table, "test:p", "rate")["value"] == pytest.approx(expected.pvalue)
    assert cell(table, "test:statistic", "rate")["value"] == pytest.approx(expected.statistic)
    ranks = stats.kruskal(*[part["total_cost"] for _, part in loss.groupby("level")])
    assert cell(table, "test:p", "amount")["value"] == pytest.approx(ranks.pvalue)


def test_without_a_flag_the_composition_is_of_all_cases(make, stays):
    table = make("composition", {"insurance_type": ("employee",)}, by=("level",))["d_table"].frame
    assert set(table["column"]) == {"cases", "share", "cumulative"}
    assert (
        table.query("row == 'total' and column == 'cases'")["value"].item()
        == (stays["insurance_type"] == "employee").sum()
    )


def test_amounts_of_both_signs_have_no_shares(make):
    table = make("composition", {}, by=("level",), amount="profit")["d_table"]
    assert table.frame.query("column == 'amount_share'")["value"].isna().all()
    assert any("above and below zero" in note for note in table.notes_en)


def test_a_held_cell_cannot_be_computed_from_cumulative_numbers(make):
    made = list(make("composition", LOSS, by=("department",), top=0).values())
    smallest = sorted(made[1].frame.query("column == 'cases'")["value"])[0]
    judged = gate_together(made, minimum_cell=int(smallest) + 1)
    bars, grid = (released.exhibit.frame for released, _ in judged)
    held = set(grid.query("column == 'cases' and suppressed")["row"])
    assert len(held) >= 2 and "total" not in held
    by_row = grid.set_index(["row", "column"])["suppressed"]
    order = [row for row in dict.fromkeys(made[1].frame["row"]) if row != "total"]
    first = min(order.index(level) for level in held)
    for k, level in enumerate(order):
        assert by_row[level, "cumulative"] == (k >= first)
        assert by_row[level, "share"] == by_row[level, "rate"] == (level in held)
    assert list(bars["suppressed"]) == [k >= first for k in range(len(order))]
    assert set(list(dict.fromkeys(grid["row"]))[: len(order) - len(held)]) == set(order) - held


def test_the_place_of_a_held_level_does_not_bound_it(make, stays):
    few = {**LOSS, "department": tuple("ABCD")}
    made = list(make("composition", few, by=("department",)).values())
    grid = made[1]
    lone = grid.frame["row"] == "B"
    shares = grid.frame["largest_share"].mask(lone & (grid.frame["column"] == "cases"), 0.99)
    judged = gate_together([made[0], grid.with_frame(grid.frame.assign(largest_share=shares))])
    order = list(dict.fromkeys(judged[1][0].exhibit.frame["row"]))
    assert order[-1] == "total" and "B" in order[2:] and order[:2] != ["A", "B"]


def test_shares_of_a_total_that_is_held_back_are_held_back_too(make):
    made = list(make("composition", LOSS, by=("insurance_type",)).values())
    total = made[1].frame.query("row == 'total' and column == 'cases'")["value"].item()
    _, (grid, _) = gate_together(made, minimum_cell=int(total) + 1)
    assert grid.exhibit.frame.query("column in ['cases', 'share', 'rate', 'cumulative']")["suppressed"].all()


def test_empty_subsets_and_wrong_words_are_told(make):
    with pytest.raises(DataError, match="holds no case"):
        make("composition", {"loss_case": True, "department": ("nowhere",)}, by=("level",))
    with pytest.raises(DataError) as error:
        make("composition", LOSS, by=("departmen", "sex"))
    assert "departmen" in str(error.value) and "needs sex" in str(error.value)
    with pytest.raises(DataError, match="drug_cost"):
        make("composition", LOSS, by=("level",), amount="drug_cost")


def test_titles_say_which_cases_are_meant(make, make_of, stays):
    assert make("composition", LOSS, by=("level",))["d"].title_zh == "亏损病例：按医院等级"
    classed = stays.assign(deviation_class="low")
    made = make_of(classed, "composition", {"deviation_class": ("low",), "loss_case": False}, by=("level",))[
        "d"
    ]
    assert made.title_en == "Deviation class low, Not: Loss-making case: by hospital level"


def test_flags_mark_and_everything_else_restricts():
    marked, among = parted(
        {"loss_case": True, "deviation_class": ("low",), "start": "2021-01", "age": (1, 2)}
    )
    assert set(marked) == {"loss_case", "deviation_class"} and set(among) == {"start", "age"}
