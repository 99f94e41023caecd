"""Did trends part before the reform: the leads of a sensitivity analysis, tested together."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from dipeval.check.event_vector import EventVector
from dipeval.check.pretrends.joint_tests import JUDGES, joint_tests, judgement
from dipeval.check.subject import Subject
from dipeval.infer.joint import joint_test

DRAWS, SEED = 199, 1
"""Of randomisation or the wild bootstrap."""


@dataclass(frozen=True)
class Leads:
    """Leads that an event vector holds, with the estimate that they are from."""

    subject: Subject
    events: EventVector

    @property
    def terms(self) -> list[str]:
        """Their terms in the event study."""
        terms = self.subject.event_estimate.terms
        used = (terms["kind"] == "lead") & terms["event_time"].isin(self.events.leads)
        return list(terms.loc[used, "term"])

    @property
    def p_value(self) -> float:
        """Of the joint test by the errors of the event study; NaN where there is none."""
        return float(joint_test(self.subject.event_estimate, self.terms, words="leads").p_value)

    def differ(self) -> bool | None:
        """Whether they differ from zero together; None where methods disagree. See `check.pretrends.joint_tests.judgement`.

        Cost: nothing but `p_value` where that does not reject; else one event study for each of `DRAWS` calendars, or wild
        bootstrap draws where calendars cannot be dealt.
        """
        alpha, fitted = 1 - self.subject.level, self.subject.event_estimate
        if not self.p_value <= alpha:
            return False
        options = {
            "cluster": fitted.inference.cluster or next(iter(self.subject.design.unit_clusters)),
            "level": self.subject.level,
            "seed": SEED,
            "n_draws": DRAWS,
        }
        for judges in (JUDGES[:1], JUDGES):
            tests = joint_tests(fitted, self.terms, judges, options, fitted)
            if any(isfinite(one.p_value) and one.least_p <= alpha for one in tests[1:]):
                break
        return judgement(tests, alpha)
