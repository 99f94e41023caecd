"""A reader takes every file that a study releases and attacks what was held back; shares no code with the gate."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from dipeval.disclose import gate_together, held_back
from dipeval.pipeline.exhibits import exhibits_of
from dipeval.pipeline.plan import declare, stages_of
from dipeval.pipeline.publishing import gather, judged_of
from dipeval.pipeline.stages import Workspace
from dipeval.present import shown_csv
from dipeval.store.project import open_project


@pytest.fixture(scope="module")
def material(synthetic_project):
    project = open_project(synthetic_project)
    declared = declare(project, "synthetic")
    stages = {stage.name: stage for stage in stages_of(project, declared)}
    found = gather(Workspace(project, "synthetic", stages), declared)
    months = found.frame.groupby(["cohort", "period"])["discharges"].sum().sort_values()
    # High enough that the three smallest months fall below it.
    rules = replace(declared.study.disclosure, minimum_cell=int(months.iloc[2]) + 1)
    return replace(found, declared=replace(declared, study=replace(declared.study, disclosure=rules)))


def atoms_of(material):
    """Cases by city, cohort, period and raw format: what every line of the files is a sum of."""
    keys = ["city", "cohort", "period", "source_format"]
    return material.frame.groupby(keys, as_index=False)["discharges"].sum()


def written(released, folder):
    """What stands in the folder, read back as a reader does."""
    for one in released:
        (folder / f"{one.exhibit.name}.csv").write_bytes(shown_csv(one))
    return {
        path.stem: pd.read_csv(path, dtype=str, keep_default_na=False)
        for path in sorted(folder.glob("*.csv"))
    }


def spans(month):
    """The month, its quarter and its year."""
    return month, f"{month[:4]}Q{(int(month[5:]) + 2) // 3}", month[:4]


def lines_of(files, atoms):
    """Every line about cases: what it says, whether it is held, and which atoms it is about."""
    cohort = atoms["cohort"]
    treated = np.where(cohort == "never", "control", "treated")
    first = cohort[cohort != "never"].min()
    after = np.where(atoms["period"] >= cohort.where(cohort != "never", first), "after", "before")
    found = []
    for name, frame in files.items():
        once = frame.drop_duplicates("cell") if name == "cities" else frame
        for row in once.to_dict("records"):
            if name.startswith("trends"):
                about = (cohort == row["cohort"]) & (atoms["period"] == row["period"])
            elif name.startswith("cost_structure"):
                moment = atoms["period"].str[:4] if "by_year" in name else pd.Series(after, atoms.index)
                source = name.removeprefix("cost_structure").removeprefix("_by_year").removeprefix("_")
                about = (treated == row["arm"]) & (moment == row["when"])
                about &= (atoms["source_format"] == source) if source else True
            elif name == "table_one" and row["arm"] and row["section"] != "attribute":
                if row["variable"] in ("hospitals", "hospital_periods"):
                    continue
                about = (treated == row["arm"]) & (after == row["when"])
            elif name == "cities" and row["cell"] == f"cities/place={row['place']}/span={row['span']}":
                about = (atoms["city"] == row["place"]) | (row["place"] == "all")
                about &= atoms["period"].map(lambda month, span=row["span"]: span in ("all", *spans(month)))
            elif name == "numbers" and row["name"] == "discharges":
                about = pd.Series(True, atoms.index)
            else:
                continue
            found.append((row["suppressed"] == "true", row["count"], np.asarray(about, dtype=float)))
    return found


def attacked(lines, cases):
    """Held lines, and those that linear algebra on the released ones gives away."""
    known = {tuple(about): float(count) for held, count, about in lines if not held}
    for about, count in known.items():
        assert np.dot(about, cases) == count
    secret = list({tuple(about): None for held, _, about in lines if held})
    told = np.array(list(known))
    _, sizes, rows = np.linalg.svd(told, full_matrices=False)
    basis = rows[sizes > 1e-8]
    far = [np.abs(np.array(cell) - (basis @ cell) @ basis).max() for cell in secret]
    return secret, [cell for cell, gap in zip(secret, far, strict=True) if gap < 1e-8]


def reach(lines, cases, cell):
    """The least and the most cases that a held line can have, for one who knows that none is negative."""
    known = np.array(list({tuple(about): None for held, _, about in lines if not held}))
    ends = [
        linprog(sign * np.array(cell), A_eq=known, b_eq=known @ cases, bounds=(0, None), method="highs")
        for sign in (1, -1)
    ]
    return ends[0].fun, np.inf if ends[1].status == 3 else -ends[1].fun


def test_nothing_held_back_can_be_computed_from_all_files_together(material, tmp_path):
    atoms = atoms_of(material)
    cases = atoms["discharges"].to_numpy(dtype=float)
    judged = judged_of(material)
    files = written([released for released, _ in judged], tmp_path)
    lines = lines_of(files, atoms)
    secret, open_ = attacked(lines, cases)
    rules = held_back([w for _, held in judged for w in held])["rule"]
    assert {"too_few", "secondary"} <= set(rules) and len(secret) >= 5 and not open_
    least = material.declared.study.disclosure.minimum_cell
    small = [cell for cell in secret if np.dot(cell, cases) < least]
    assert len(small) >= 3
    for cell in small:
        low, high = reach(lines, cases, cell)
        assert low <= 1 and high >= least - 1
    for name, frame in files.items():
        assert "largest_share" not in frame.columns
        if name.startswith(("event_study", "regression", "family")):
            assert "count" not in frame.columns


def test_the_attack_succeeds_where_exhibits_are_judged_one_by_one(material, tmp_path):
    least = material.declared.study.disclosure.minimum_cell
    kinds = ("trends", "table_one", "cost_structure")
    exhibits = [e for e in exhibits_of(material) if e.kind in kinds]
    released = [one for e in exhibits for one, _ in gate_together([e], least)]
    atoms = atoms_of(material)
    lines = lines_of(written(released, tmp_path), atoms)
    _, open_ = attacked(lines, atoms["discharges"].to_numpy(dtype=float))
    assert open_
