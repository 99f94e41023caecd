"""The simulation of inference: its fast estimators are the package's, and its small version shows what it must."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
QUICK = ("CR1", "CR2", "CR3", "randomisation-t")
PARTS = ("analytic", "randomisation")


@pytest.fixture
def parts(monkeypatch):
    """The modules of the benchmark."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import coverage_methods
    import coverage_world

    yield coverage_world, coverage_methods
    for name in ("coverage_methods", "coverage_world"):
        sys.modules.pop(name, None)


def batch_and_frame(parts, cell, panels, seed=3):
    """A batch of the simulation, and its first panel as rows: hospitals that add up to the city's sums."""
    world, methods = parts
    rng = np.random.default_rng(seed)
    structure = world.draw_structure(cell, rng)
    sums = world.draw_panels(structure, cell.shock, panels, rng)
    moved = sums + (structure.hospitals[:, None] * structure.effects)[:, :, None]
    batch = methods.Batch(structure, np.concatenate([sums, moved], axis=2), 1, seed)
    frames = []
    for g, count in enumerate(structure.hospitals):
        noise = rng.normal(size=(count, world.PERIODS))
        values = sums[g, :, 0] / count + noise - noise.mean(0)
        unit, time = (i.ravel() for i in np.indices(values.shape))
        start = "never" if np.isinf(structure.dates[g]) else str(int(structure.dates[g]))
        frames.append(
            pd.DataFrame({"unit": unit + 1000 * g, "time": time, "city": f"c{g:02d}", "start": start})
        )
        frames[-1]["y"] = values.ravel()
    return batch, pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(
    ("some", "n_checked"), [(QUICK, 16), pytest.param(None, 42, marks=pytest.mark.slow)], ids=["quick", "all"]
)
def test_the_fast_answers_are_the_public_calls(parts, monkeypatch, some, n_checked):
    """Every estimator and method on one panel: p-values as `infer(estimate(…))` gives them."""
    from dipeval.design import build_design
    from dipeval.estimate import estimate
    from dipeval.infer import infer

    world, methods = parts
    monkeypatch.setattr(methods, "CALENDARS", 99)
    monkeypatch.setattr(methods, "DRAWS", 256)
    batch, frame = batch_and_frame(parts, world.Cell(8, 4, "large"), 1)
    design = build_design(frame, unit="unit", time="time", cohort="start", clusters=["city"])
    results = {name: estimate(design, frame["y"], estimator=name) for name in methods.ESTIMATORS}
    calls = {
        "CR1": ("cluster", {}),
        "CR2": ("cluster", {"small_sample": "CR2"}),
        "CR3": ("cluster", {"small_sample": "CR3"}),
        "WCR11": ("wild", {"n_draws": methods.DRAWS}),
        "WCR31": ("wild", {"n_draws": methods.DRAWS, "variant": "31"}),
        "WCR33": ("wild", {"n_draws": methods.DRAWS, "variant": "33"}),
        "WCU11": ("wild", {"n_draws": methods.DRAWS, "restricted": False}),
        "randomisation-t": ("randomisation", {"n_draws": methods.CALENDARS, "seed": batch.seed}),
        "ferman_pinto": ("ferman_pinto", {"n_draws": methods.DRAWS, "seed": batch.seed, "size": "hospitals"}),
        "ibragimov_mueller": ("ibragimov_mueller", {"between": "groups"}),
        "sign_changes": ("sign_changes", {}),
    }
    again = {"randomisation-t": ("twfe",) if some else ("twfe", "imputation"), "ferman_pinto": ("twfe",)}
    checked = 0
    for group in methods.GROUPS:
        for name, method, found in methods.answers(batch, group) if not some or group in PARTS else ():
            if method not in (some or calls) or name not in again.get(method, methods.ESTIMATORS):
                continue
            k = int(np.argmax(results[name].terms["kind"] == "overall"))
            word, options = calls[method]
            if word in ("wild", "randomisation"):
                options = {**options, "terms": [results[name].params.index[k]]}
            row = infer(results[name], word, **options).tidy().iloc[k]
            assert found.null[0] == pytest.approx(row["p_value"], rel=1e-7, nan_ok=True), (name, method)
            checked += 1
    assert checked == n_checked


@pytest.mark.slow
def test_a_small_simulation_shows_what_the_large_one_shows(parts):
    """With 2 of 8 cities treated CR1 rejects far too often, randomisation on t does not."""
    world, _ = parts
    spec = spec_from_file_location("simulation_of_inference", BENCHMARKS / "coverage.py")
    coverage = module_from_spec(spec)
    spec.loader.exec_module(coverage)
    cell = world.Cell(8, 2, "large")
    parts = [coverage.run_part(cell, group, 400) for group in ("analytic", "randomisation")]
    rows = [row for part in parts for row in coverage.rows_of(cell, part)]
    rate = {(row["estimator"], row["method"]): row["rejection"] for row in rows}
    for estimator in ("twfe", "imputation"):
        assert rate[estimator, "CR1"] > 0.1
        assert rate[estimator, "randomisation-t"] < 0.07
