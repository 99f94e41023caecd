"""Every fault of the fault table, in every layout: found and counted exactly, and nothing else touched."""

import re

import pytest
from proof_of_cleaning import KEY, VERSIONS, city_with, ordinary, prove, source

from dipeval.clean.registry import rules
from dipeval.simulate.faulty import chosen_rates, faults
from dipeval.study.model import RawFile, RuleChoice

LAYOUTS = {
    "front_page": (RawFile("w/page_1.csv"), RawFile("w/page_2.csv", encoding="utf-8", header_rows=2)),
    "settlement_list": (RawFile("w/list_1.tsv", header_rows=2), RawFile("w/list_2.xlsx", sheets=("清单",))),
}
LACKING = {
    "front_page": {"outlier", "total_row", "blood_without_rh", "former_scheme", "settlement_repeated"},
    "settlement_list": {
        "outlier",
        "procedure_outside_stay",
        "part_above_parent",
        "surgery_fee_without_procedure",
        "anaesthesia_without_fee",
        "blood_without_rh",
        "former_scheme",
        "other_payer",
    },
}
"""Faults that a format cannot have: no such column or code, no total rows, no method of outliers declared."""


@pytest.fixture(scope="module", params=LAYOUTS)
def proven(request, tmp_path_factory):
    """One city of each layout with every fault; the comparison itself runs here."""
    name = request.param
    format_ = source(name)
    # Marked instead of stopping, so that it can be counted among the others.
    rules = {"unit_alarm": RuleChoice(True, {"action": "flag"})}
    city = city_with(format_, LAYOUTS[name], rules=rules, code_versions={"diagnosis": VERSIONS})
    asked = {**chosen_rates("all,split_stay"), "unit_error": 0.1}
    folder = tmp_path_factory.mktemp(name)
    return name, *prove(folder, format_, LAYOUTS[name], city, key=KEY, seed=3, asked=asked)


def test_every_fault_is_put_in_and_every_rule_hit(proven):
    name, made, got = proven
    assert set(made.left_out) == LACKING[name]
    listed = made.faults["fault"].value_counts()
    assert set(listed.index) == {*ordinary(), "unit_error", "split_stay"} - LACKING[name]
    under = made.faults["fault"].eq("old_codes") | made.faults["detail"].eq("header")
    rows = made.faults[(made.faults["row"] > 0) & ~under]
    assert not rows.duplicated(["file", "row"]).any(), "no row has two faults"
    assert len(made.truth) + len(got.rejects) == sum(
        e.rows_after for e in got.ledger if e.rule == "rows_read"
    )


def test_the_catalogue_names_rules_that_exist():
    known = {*rules(), "unusual_notation", "cost_parts_sum_to_total", "error", ""}
    assert {fault.rule for fault in faults().values()} <= known


def test_blank_rows_are_passed_over_and_counted(proven):
    _, made, got = proven
    told = [re.search(r"blank rows passed over: (\d+)", entry.note) for entry in got.ledger]
    assert sum(int(found[1]) for found in told if found) == (made.faults["fault"] == "blank_row").sum() > 0


def test_nobody_can_be_found_in_what_comes_out(proven):
    """Names, numbers, phones and addresses stand in the files, and nowhere behind them."""
    _, made, got = proven
    planted = ("虚拟患者", "虚拟路", "00000000000000000", "000000000", "XN0000")
    known = [
        content.decode("gb18030", "replace") + content.decode("utf-8", "replace")
        for content in made.files.values()
    ]
    assert all(any(word in text for text in known) for word in planted[:1])
    seen = got.frame.to_csv() + got.rejects.to_csv() + str(got.ledger.rows()) + str(got.warnings)
    assert not [word for word in planted if word in seen]
    assert "XN0000" not in made.faults.to_csv() and "虚拟患者" not in made.faults.to_csv()
