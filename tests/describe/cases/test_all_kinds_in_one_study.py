"""All kinds on the same cases, released together: names of cells agree, and nothing held back is computed."""

import numpy as np
import pytest

from dipeval.disclose.attack import recoverable, sum_matrix
from dipeval.disclose.gate import gate_together

LEAST = 25
ASKED = [
    (
        "composition",
        {"loss_case": True},
        {"by": ("department", "level"), "amount": "fund_paid", "test": "chi_square"},
    ),
    ("composition", {}, {"by": ("department",), "top": 4}),
    ("rates", {}, {"outcomes": ("fund_share", "mortality"), "by": ("department", "level"), "test": "wald"}),
    ("rates", {"loss_case": True}, {"outcomes": ("cost_per_case",), "by": ("department",)}),
    (
        "distribution",
        {},
        {"measures": ("fund_paid", "case_weight"), "by": "level", "outliers": "span", "span": (0.3, 3.0)},
    ),
    ("concentration", {}, {"amount": "total_cost", "by": "level"}),
    ("flows", {}, {}),
    ("burden", {}, {"by": ("level",), "ratios": ("fund_share",)}),
]


@pytest.mark.slow
def test_cells_agree_and_keep_their_secrets(make_of, stays):
    draw = np.random.default_rng(3)
    n = len(stays)
    frame = stays.assign(
        principal_diagnosis=draw.choice(["I10", "E11.9", "J18.9", "M45"], n, p=[0.5, 0.3, 0.17, 0.03]),
        secondary_diagnoses=draw.choice(["I10;C34.9", "", "N18.9"], n),
        insured_place=draw.choice(["p", "q", "r"], n, p=[0.6, 0.37, 0.03]),
        treatment_place=draw.choice(["p", "q", "r"], n, p=[0.6, 0.37, 0.03]),
    )
    exhibits = []
    for k, (kind, where, options) in enumerate(ASKED):
        exhibits += make_of(frame, kind, where, name=f"d{k}", **options).values()
    assert len({e.name for e in exhibits}) == len(exhibits)
    judged = gate_together(exhibits, minimum_cell=LEAST)
    counts, held = {}, {}
    for (released, _), exhibit in zip(judged, exhibits, strict=True):
        if "cell" not in exhibit.frame:
            continue
        before = exhibit.frame.set_index("cell")["count"]
        shown = released.exhibit.frame
        for name, is_held in zip(shown["cell"], shown["suppressed"], strict=True):
            assert held.setdefault(name, is_held) == is_held or name == ""
        counts |= before[before.index != ""].to_dict()
    sums = tuple({s for e in exhibits for s in e.sums})
    names = sorted({name for s in sums for name in (s.total, *s.parts)})
    matrix = sum_matrix(names, sums)
    total = np.array([counts[name] for name in names])
    assert len(sums) > 100 and np.abs(matrix @ total).max() == 0
    back = np.array([held[name] for name in names])
    small = (total > 0) & (total < LEAST)
    assert small.sum() > 20 and back[small].all() and back.sum() > small.sum()
    assert not (recoverable(matrix, back) & small).any()
    assert {e.kind for e in exhibits} <= {"bars", "grid", "matrix", "forest", "curves", "histogram"}
