"""Clusters of cases are the same from both engines, from all cases and from a sample."""

import datetime

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.store.engine import Engine
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["clusters"]


def made(engine, stays, sample, **more):
    plain = {name: getattr(key, "default", ()) for name, key in KIND.keys.items()}
    told = {
        "levels": ("age",),
        "logs": ("total_cost",),
        "logs_plus_one": ("self_paid",),
        "scale": "robust",
        "k": 3,
        "most": 3,
        "seed": 1,
        "sample": sample,
        "choice_rows": 60,
        "reference_draws": 2,
        "stability_draws": 2,
        "dimensions": ("sex",),
    }
    given = Given(
        pd.DataFrame(), "month", "2022-01", "2022-12", engine=engine, cases=engine.small_table(stays)
    )
    return KIND.make(given, DescriptionChoice("kinds", "clusters", plain | told | more))


OTHERS = (
    {"method": "gaussian_mixture"},
    {"method": "k_medoids", "distance": "gower", "scale": "range", "words": ("sex",)},
)


@pytest.mark.slow
def test_the_same_clusters(spark):
    draw = np.random.default_rng(8)
    truth = np.repeat([0, 1, 2], [150, 90, 60])
    stays = pd.DataFrame(
        {
            "city": "a",
            "hospital": draw.choice(["H1", "H2", "H3"], 300),
            "discharge_date": datetime.date(2022, 8, 1),
            "age": np.array([30.0, 55, 75])[truth] + draw.normal(0, 6, 300).round(1),
            "total_cost": (np.exp(np.array([12.0, 13, 15])[truth] + draw.normal(0, 0.4, 300))).astype(
                "int64"
            ),
            "self_paid": draw.integers(0, 400_000, 300),
            "sex": draw.choice(["male", "female"], 300),
        }
    )
    with Engine(memory_limit="500MB", threads=2) as engine:
        for sample, more in ((1_000, {}), (100, {}), *((100, other) for other in OTHERS)):
            pairs = zip(made(engine, stays, sample, **more), made(spark, stays, sample, **more), strict=True)
            for mine, other in pairs:
                assert mine.notes_en == other.notes_en
                pd.testing.assert_frame_equal(mine.frame, other.frame, check_exact=True)
