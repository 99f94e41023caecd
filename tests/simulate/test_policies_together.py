"""The study of concurrent policies: what its file says they do, alone and together, is found again."""

import numpy as np
import pytest

from dipeval.design.panel_design import build_design
from dipeval.design.policies import exposure_of_rows
from dipeval.estimate.policies.synergy import policy_synergy
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.pipeline.plan import declare
from dipeval.simulate import simulate_panel
from dipeval.store.project import open_project
from dipeval.vocabulary import outcomes


@pytest.mark.slow
def test_effects_alone_and_together_are_found(root):
    declared = declare(open_project(root), "policies_together")
    study = declared.study
    frame = simulate_panel(study, declared.cities)[0]
    starts = {n: c.dates.payment for n, c in declared.cities.items() if not c.dates.never}
    quarters = {n: f"{s[:4]}Q{(int(s[5:]) + 2) // 3}" for n, s in starts.items()}
    frame = frame.assign(hospital=frame["city"] + "/" + frame["hospital"], cohort=frame["city"].map(quarters))
    columns = {"unit": "hospital", "time": "period", "cohort": "cohort", "clusters": ["hospital"]}
    columns["weights"] = study.treatment.weights
    design = build_design(frame, **columns)
    exposure = exposure_of_rows(study.policies, frame)
    values, _ = outcome_values(frame, outcomes()["mean_log_total_cost"])
    made = infer(policy_synergy(design, values, exposure), cluster="hospital")
    told = study.simulation.policies
    share = {policy.name: policy.share for policy in study.policies}
    reform = study.simulation.effects["total_cost"]["primary"]["plateau"]
    true = {"reform": reform} | {name: share[name] * told[name]["effect"] for name in told}
    more = {name: share[name] * told[name]["with_reform"] for name in told}
    both = reform + sum(true[name] + more[name] for name in told)
    known = {f"alone={name}": value for name, value in true.items()}
    known |= {f"beyond=reform + {name}": value for name, value in more.items()}
    known["together=reform + " + " + ".join(told)] = both
    for term, value in known.items():
        # A city's own shocks are not in errors by hospital.
        assert abs(made.params[term] - value) < 3 * made.std_errors[term] + 0.01, term
    drugs, _ = outcome_values(frame, outcomes()["mean_log_drug_cost"])
    left = infer(policy_synergy(design, drugs, exposure), cluster="hospital")
    assert np.abs(left.tstats["alone=reform"]) < 3 and left.params["alone=reform"] > -0.05
