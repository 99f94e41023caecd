"""Every fault of the fault table, in every layout: found and counted exactly, and nothing else touched."""

import io
import re
import zipfile

import pytest
from proof_of_cleaning import KEY, VERSIONS, city_with, ordinary, prove, source

from dipeval.clean.registry import rules
from dipeval.simulate.faulty import chosen_rates, faults
from dipeval.study.model import RawFile, RuleChoice

LAYOUTS = {
    "front_page": (RawFile("w/page_1.csv"), RawFile("w/page_2.csv", encoding="utf-8", header_rows=2)),
    "front_page_tcm": (
        RawFile("w/page_1.xlsx", sheets=("首页",)),
        RawFile("w/page_2.txt", encoding="utf-16"),
    ),
    "settlement_list": (RawFile("w/list_1.tsv", header_rows=2), RawFile("w/list_2.xlsx", sheets=("清单",))),
    "settlement_list_long": (RawFile("w/long_1.csv"), RawFile("w/long_2.csv", encoding="gb18030")),
    "clearing_export": (RawFile("w/clearing.xlsx", sheets=("清算",)),),
}
PAGE = {"outlier", "total_row", "settlement_repeated"}
LIST = {"outlier", "part_above_parent", "anaesthesia_without_fee", "blood_without_rh"}
LACKING = {
    "front_page": PAGE,
    "front_page_tcm": PAGE | {"two_header_rows"},
    "settlement_list": LIST,
    "settlement_list_long": LIST | {"two_header_rows"},
    "clearing_export": {
        *{"outlier", "two_header_rows", "full_width_headers", "split_stay", "settlement_repeated"},
        *{"hospital_recoded", "full_width_word", "dash_for_nothing", "empty_for_nothing", "damaged_text"},
        *{"birth_after_admission", "procedure_outside_stay", "age_against_birth", "costs_do_not_add_up"},
        *{"blank_amount", "dash_amount", "part_above_parent", "other_cost_is_total"},
        *{"long_stay_without_service", "surgery_fee_without_procedure", "anaesthesia_without_fee"},
        "blood_without_rh",
    },
}
"""Faults that a format cannot have: no such column or code, nothing of the kind declared."""


IN_EVERY_RUN = ("front_page", "settlement_list_long", "clearing_export")


@pytest.fixture(
    scope="module",
    params=[n if n in IN_EVERY_RUN else pytest.param(n, marks=pytest.mark.slow) for n in LAYOUTS],
)
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
    read = "settlements_made" if name.endswith("_long") else "rows_read"
    assert len(made.truth) + len(got.rejects) == sum(e.rows_after for e in got.ledger if e.rule == read)


def test_the_catalogue_names_rules_that_exist():
    known = {*rules(), "unusual_notation", "cost_parts_sum_to_total", "error", ""}
    assert {fault.rule for fault in faults().values()} <= known


def test_blank_rows_are_passed_over_and_counted(proven):
    _, made, got = proven
    told = [re.search(r"blank rows passed over: (\d+)", entry.note) for entry in got.ledger]
    assert sum(int(found[1]) for found in told if found) == (made.faults["fault"] == "blank_row").sum() > 0


def text_of(path: str, content: bytes) -> str:
    if path.endswith(".xlsx"):
        return zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode("utf-8")
    return "".join(content.decode(code, "replace") for code in ("gb18030", "utf-8", "utf-16"))


def test_nobody_can_be_found_in_what_comes_out(proven):
    """Names, numbers, phones and addresses stand in the files, and nowhere behind them."""
    _, made, got = proven
    planted = ("虚拟患者", "虚拟路", "00000000000000000", "000000000", "XN0000")
    # A name stands in every format, in a spreadsheet inside its archive.
    assert all("虚拟患者" in text_of(path, content) for path, content in made.files.items())
    seen = got.frame.to_csv() + got.rejects.to_csv() + str(got.ledger.rows()) + str(got.warnings)
    assert not [word for word in planted if word in seen]
    assert "XN0000" not in made.faults.to_csv() and "虚拟患者" not in made.faults.to_csv()
