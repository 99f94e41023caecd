"""Cases through the engine, two million where time allows: what the cells give is the regression on the rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from dipeval.design import build_design
from dipeval.estimate.cases import estimate_cases
from dipeval.infer import infer
from dipeval.panel.case_query import case_cells
from dipeval.store.engine import Engine

STARTS = np.array(["2019-07", "2020-01", "2020-07", None], object)
EFFECT = -0.08


def design_of(cells, **options):
    """The design of the invented cities."""
    city = cells.periods["hospital"].str[1:].astype(int) % 20
    frame = cells.periods.assign(city=city, start=STARTS[city % 4])
    unit = "unit" if "unit" in frame else "hospital"
    columns = {"unit": unit, "time": "period", "cohort": "start", "clusters": ["city", unit]}
    return build_design(frame, **columns | {"n_cases": "cases", "event_window": (-6, 6)} | options)


def by_rows(cases: pd.DataFrame):
    """The regression on the cases: every dummy a sparse column, plain normal equations."""
    hospital, month, kind = (cases[name].to_numpy() for name in ("number", "month", "kind"))
    start = np.array([6, 12, 18, 99])[hospital % 20 % 4]
    age = np.searchsorted([7, 18, 30, 40, 50, 60, 70, 80], cases["age"], side="right")
    surgery = cases["principal_procedure"].notna()
    # the vocabulary lists male before female, so female is shown
    codes = [hospital, month, kind, month >= start, age, cases["sex"] == "female", surgery]
    columns = []
    for k, code in enumerate(codes):
        code = np.asarray(code).astype(int)
        dummies = sparse.csr_matrix((np.ones(len(code)), (np.arange(len(code)), code)))
        columns.append(dummies if k == 0 else dummies[:, 1:])
    x = sparse.hstack(columns).tocsr()
    y = np.log(cases["total_cost"].to_numpy() / 100)
    gram = (x.T @ x).toarray()
    inverse = np.linalg.inv(gram)
    beta = inverse @ (x.T @ y)
    rest = y - x @ beta
    beta += inverse @ (x.T @ rest)
    rest = y - x @ beta
    k = 1 + 8 + 1 + 1
    bread = inverse[-k:]
    scaled = x.multiply(rest[:, None]).tocsr()
    meat = (scaled.T @ scaled).toarray()
    city = hospital % 20
    scores = (sparse.csr_matrix((np.ones(len(y)), (city, np.arange(len(y))))) @ scaled) @ bread.T
    n, parameters = x.shape
    spread = (rest**2).sum() / (n - parameters)
    clustered = 20 / 19 * (n - 1) / (n - (parameters - 79))
    return {
        "points": beta[-k:],
        "iid": np.sqrt(np.diag(inverse)[-k:] * spread),
        "hetero": np.sqrt(np.diag(bread @ meat @ bread.T) * n / (n - parameters)),
        "cluster": np.sqrt(np.diag(scores.T @ scores) * clustered),
        "parameters": parameters,
    }


@pytest.mark.parametrize(
    ("n", "most_cells"), [(200_000, 199_000), pytest.param(2_000_000, 1_300_000, marks=pytest.mark.slow)]
)
def test_many_cases_equal_the_regression_on_rows(tmp_path, invented_cases, n, most_cells):
    """Coefficients, cluster, robust and iid errors of all shown terms to 1e-10."""
    cases = invented_cases(n)
    cases.to_parquet(tmp_path / "cases.parquet")
    asked = {"outcomes": ["mean_log_total_cost"], "frequency": "month", "start": "2019-01", "end": "2021-12"}
    covariates = ["age_group", "sex", "surgery", "diagnosis_category"]
    with Engine(temp_directory=tmp_path / "engine") as engine:
        cells = case_cells(engine, {"a": tmp_path / "cases.parquet"}, covariates=covariates, **asked)
    assert cells.n_cases == n and cells.n_cells < most_cells
    result = estimate_cases(
        design_of(cells),
        cells,
        outcome="mean_log_total_cost",
        covariates=covariates[:3],
        absorb=["diagnosis_category"],
    )
    rows = by_rows(cases)
    shown = ~result.terms["is_reference"].to_numpy()
    np.testing.assert_allclose(result.params.to_numpy()[shown], rows["points"], rtol=1e-10, atol=1e-12)
    assert result.row_errors.n_parameters == rows["parameters"]
    for method in ("iid", "hetero", "cluster"):
        options = {"cluster": "city"} if method == "cluster" else {}
        mine = infer(result, method, **options).std_errors.to_numpy()[shown]
        np.testing.assert_allclose(mine, rows[method], rtol=1e-10)
    row = infer(result, cluster="city").tidy().set_index("term").loc["treated"]
    assert abs(row["estimate"] - EFFECT) < 3 * row["std_error"] and row["n_obs"] == n
