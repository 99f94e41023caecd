"""Group-time effects against stored values of R's did, record by record (bands: test_multiplier).

R's logit stops at a deviance tolerance of 1e-8, ours at rounding: values with covariates differ by up to
1e-7 of their standard error, so points agree to 1e-8 of the larger of the value and its standard error.
"""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate, group_time_row_table, group_time_together
from dipeval.estimate.group_time import estimate_cells
from dipeval.estimate.group_time_terms import Averaging
from dipeval.estimate.sample import make_sample
from dipeval.estimate.two_period_panel import Contrast
from dipeval.estimate.two_period_sections import sections_contrast
from dipeval.infer import infer

FILE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "values" / "did.json"
RECORDS = json.loads(FILE.read_text(encoding="utf-8"))["records"] if FILE.exists() else []
METHODS = {"dr": "doubly_robust", "ipw": "inverse_probability", "reg": "outcome_regression"}
WEIGHTS = {"NULL": "base_of_cell", "base_period": "base_of_cohort"}
WEIGHTS |= {"first_period": "first_period", "varying": "varying"}
AVERAGES = ["event_time", "cohort", "period", "cell"]


def option(call, name, default):
    """An argument of an R call as text."""
    found = re.search(rf'\b{name}=("[^"]*"|[^,]*?)(?:,|\)$|\)\}}$)', call)
    return found.group(1).strip('"') if found else default


def frame_of(call, counties, hospitals, full):
    data = re.search(r"data=(.*?)\)?\}?$", call).group(1)
    if data.startswith("hosp"):
        frame = full if data.startswith("hospf") else hospitals
        return frame, {"unit": "hospital", "time": "month", "cohort": "cohort"}
    frame = counties.assign(**{"I(lpop^2)": counties["lpop"] ** 2})
    if "%%11" in data:
        frame = frame[(frame["countyreal"] + frame["year"]) % 11 != 0]
    elif "first.treat>0" in data:
        frame = frame[frame["start"].notna()]
    if "anticipation=1" in call:  # did drops the cohort without a period before its anticipation
        frame = frame[frame["start"] != 2004]
    return frame.reset_index(drop=True), {"unit": "countyreal", "time": "year", "cohort": "start"}


def close(value, stored, error, rel=1e-8):
    assert abs(value - stored) <= rel * max(abs(stored), error or 0), (value, stored, error)


def compare(result, term, stored, error):
    if stored is None:
        assert np.isnan(result.params[term]) and np.isnan(result.std_errors[term])
        return
    close(result.params[term], stored, error)
    if error is None:
        assert result.terms.set_index("term").loc[term, "is_reference"]
    else:
        assert result.std_errors[term] == pytest.approx(error, rel=1e-6)


def design_of(frame, columns, call):
    """The design of an R call, its outcome, and the clustering variable."""
    formula = option(call, "xformla", "~1").lstrip("~").replace(" ", "")
    names = [name for name in re.split(r"\+(?![^(]*\))", formula) if name != "1"]
    drawn = re.search(r"\bpanel=FALSE", call) is not None
    # did keeps counties without any row before their reform: only their other rows inform
    sampling = "cross_sections" if drawn or "%%11" in call else "panel"
    if drawn:
        frame, columns = frame.assign(row=np.arange(len(frame))), {**columns, "unit": None}
    cluster = option(call, "clustervars", "row" if drawn else columns["unit"])
    comparison = option(call, "control_group", "nevertreated")
    ahead = int(option(call, "anticipation", "0"))
    span = int(frame[columns["time"]].max() - frame[columns["time"]].min())
    periods = None
    if "first.treat>0" in call:  # did ends the panel where the last cohort starts
        periods = ["2003", "2004", "2005", "2006"]
    design = build_design(
        frame,
        **columns,
        periods=periods,
        clusters=[cluster],
        covariates=names,
        weights=option(call, "weightsname", None),
        comparison={"nevertreated": "never_treated"}.get(comparison, "not_yet_treated"),
        anticipation=ahead,
        reference=-1 - ahead,
        event_window=(-span, span),
        sampling=sampling,
    )
    return design, frame[option(call, "yname", "")], cluster


def options_of(call):
    return {
        "method": METHODS[option(call, "est_method", "dr")],
        "base_period": option(call, "base_period", "varying"),
        "weights_of": WEIGHTS[option(call, "fix_weights", "NULL")],
        "gaps": "cross_sections" if "allow_unbalanced_panel=TRUE" in call else "leave_out",
    }


def compare_overall(averaging, kind, cluster, stored):
    block = averaging.blocks([(averaging.overall(kind), None)])[0]
    close(block.params[0], stored["overall_att"], stored["overall_se"])
    error = np.sqrt((block.influence[cluster][:, 0] ** 2).sum())
    assert error == pytest.approx(stored["overall_se"], rel=1e-6)


@pytest.fixture(scope="module")
def full(shared):
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel_full.csv")
    return frame.assign(cohort=frame["cohort"].where(frame["cohort"] > 0))


@pytest.fixture(autouse=True)
def signs_of_drdid(monkeypatch, sign_of_drdid):
    """Let cross-sections err as DRDID does, so that everything else can be compared."""

    def contrast(treated, control, method, start=None):
        found = sections_contrast(treated, control, method, start)
        if method != "doubly_robust" or isinstance(found, str):
            return found
        return Contrast(found.value, found.influence + sign_of_drdid((*treated, *control)))

    monkeypatch.setattr(group_time_row_table, "sections_contrast", contrast)


@pytest.fixture
def path_by_turns(record, monkeypatch):
    """Every other record as in a large panel, from sums over blocks."""
    if RECORDS.index(record) % 2:
        monkeypatch.setattr(group_time_together, "MOST_NUMBERS", 0)


@pytest.mark.parametrize(
    "record", [r for r in RECORDS if not r["id"].endswith("APPROX")], ids=lambda record: record["id"]
)
@pytest.mark.usefixtures("path_by_turns")
def test_record(record, counties, hospitals, full):
    frame, columns = frame_of(record["call"], counties, hospitals, full)
    stored, call = record["aggte"], record["call"]
    design, outcome, cluster = design_of(frame, columns, call)
    result = estimate(
        design, outcome, estimator="group_time", aggregate=["overall", *AVERAGES], **options_of(call)
    )
    result = infer(result, cluster=cluster, small_sample="CR0")
    if "panel=FALSE" not in record["call"]:
        assert result.n_hospitals == record["n_units"]
    compare(result, "att", stored["simple"]["overall_att"], stored["simple"]["overall_se"])
    for row in record["att_gt"]:
        compare(result, f"cohort={row['group']},period={row['time']}", row["att"], row["se"])
    for kind, name in (("dynamic", "event_time"), ("group", "cohort"), ("calendar", "period")):
        for row in stored[kind]["by"]:
            compare(result, f"{name}={row['e']}", row["att"], row["se"])
    if "vcov" in record:
        terms = [f"cohort={row['group']},period={row['time']}" for row in record["att_gt"] if row["se"]]
        kept = [k for k, row in enumerate(record["att_gt"]) if row["se"]]
        wanted = np.array(record["vcov"], float)[np.ix_(kept, kept)]
        scale = np.sqrt(np.outer(np.diag(wanted), np.diag(wanted)))
        assert np.abs((result.cov.loc[terms, terms].to_numpy() - wanted) / scale).max() < 1e-6
    if isinstance(record.get("wald_pretest"), float):
        before = [row for row in record["att_gt"] if row["group"] > row["time"] and row["se"]]
        terms = [f"cohort={row['group']},period={row['time']}" for row in before]
        leads, cov = result.params[terms].to_numpy(), result.cov.loc[terms, terms].to_numpy()
        assert leads @ np.linalg.solve(cov, leads) == pytest.approx(record["wald_pretest"], rel=1e-7)
    cells = estimate_cells(make_sample(design, outcome, None, "y", "y"), **options_of(call))
    for kind in ("dynamic", "group", "calendar"):
        compare_overall(Averaging(cells, None), kind, cluster, stored[kind])
    for balance in (0, 1):
        if f"dynamic_balance_e{balance}" not in stored:
            continue
        held, averaging = stored[f"dynamic_balance_e{balance}"], Averaging(cells, balance)
        compare_overall(averaging, "dynamic", cluster, held)
        blocks = averaging.blocks([(terms, None) for terms in averaging.event_times()])
        errors = np.sqrt((np.hstack([block.influence[cluster] for block in blocks]) ** 2).sum(0))
        params = np.concatenate([block.params for block in blocks])
        times = np.concatenate([block.terms["event_time"] for block in blocks])
        assert np.isfinite(params).sum() == len(held["by"])
        for row in held["by"]:
            at = list(times).index(row["e"])
            close(params[at], row["att"], row["se"])
            assert errors[at] == pytest.approx(row["se"] or 0, rel=1e-6)


def test_each_word_for_the_overall_effect(counties, reference):
    """The public call gives the same averages, and says how each weighs."""
    stored = reference("did")["mpdta_nevertreated_dr_nox_varying_a0"]
    design, outcome, cluster = design_of(
        counties, {"unit": "countyreal", "time": "year", "cohort": "start"}, stored["call"]
    )
    words = set()
    for kind, average in stored["aggte"].items():
        name, _, balance = kind.partition("_balance_e")
        options = {"overall": name, "balance": int(balance) if balance else None, "aggregate": ["overall"]}
        result = infer(
            estimate(design, outcome, estimator="group_time", **options), cluster=cluster, small_sample="CR0"
        )
        compare(result, "att", average["overall_att"], average["overall_se"])
        words.add(result.terms["estimand"].iloc[0])
    assert len(words) == 4
