"""What each estimator estimates, in words; imports nothing, so that a study parses at once."""

from __future__ import annotations

AMONG_CASES = (
    "coefficient of treatment among cases, with hospital and period effects and patient covariates: a "
    "weighted mean of the effects on treated cases, whose weights differ and may be negative"
)
AMONG_CASES_BY_EVENT_TIME = (
    "coefficients of event time among cases, with hospital and period effects and patient covariates, "
    "relative to the reference event time: the mean effect there only if effects are the same in all cohorts"
)
STATIC = (
    "coefficient of treatment with hospital and period effects: a weighted mean of the effects on "
    "treated hospital-periods, whose weights differ and may be negative"
)
DYNAMIC = (
    "coefficients of event time with hospital and period effects, relative to the reference event time: "
    "the mean effect at an event time only where effects are the same in all cohorts"
)
IMPUTED = (
    "average effect on the treated hospital-periods (from the reform on, weighted by the row weights), with "
    "untreated outcomes imputed from hospital and period effects of untreated hospital-periods"
)
GROUP_TIME = (
    "effects by cohort and period against hospitals not treated (yet), averaged over cohorts by their shares "
    "among the hospitals"
)
SATURATED = (
    "effects by cohort and event time against hospitals that stay untreated, averaged over the "
    "hospital-periods (by their weights unless mean_over says rows)"
)
EXTENDED = (
    "effects by treated cohort and period in one regression with hospital and period effects, averaged over "
    "the hospital-periods (by their weights unless mean_over says rows)"
)
TWO_STAGE = (
    "mean over treated hospital-periods (by their weights) of what hospital and period effects of the "
    "untreated ones leave unexplained"
)
TWO_GROUPS = (
    "difference in differences of each cohort against hospitals that stay untreated, before against after "
    "its reform; overall the mean over the treated hospital-periods (by their weights)"
)
SWITCHING = (
    "effects of treatment on hospitals whose treatment changes, since the period before the change, against hospitals "
    "of the same past treatment that have not changed yet; overall for each period of treatment received"
)
RANDOM_TIMING = (
    "effects by cohort and period against hospitals not treated (yet), where the timing of the reform is "
    "random: differences before it are taken off by the share that makes the variance smallest"
)
STACKED = (
    "trimmed aggregate effect: mean over cohorts observed over the whole window, by their size, against "
    "hospitals untreated over it; overall the mean of its event times from the reform on"
)
PROJECTED = (
    "effects by event time of hospitals at their reform against hospitals untreated through that event time, "
    "averaged over dates by the variance of treatment, or by the treated (weighting equal)"
)
SYNTHETIC_DIFFERENCE = (
    "average effect on the treated against weighted donors, whose paths before the reform run parallel to the "
    "treated ones', after less weighted periods before (synthetic difference-in-differences)"
)
SYNTHETIC_CONTROL = (
    "average effect on the treated against the weighted donors that match their outcomes before the reform "
    "(synthetic control)"
)
OWN_PAST = "what reformed hospitals have after the reform beside what their own past alone would have led one to expect"
COUNTED = (
    "effect on the mean of treated hospital-periods by a Poisson model with hospital and period effects; "
    "with staggered reforms its one coefficient weighs their effects unequally"
)
COUNTED_DYNAMIC = (
    "effect at each event time on the mean of the treated by a Poisson model with hospital and period "
    "effects: the effect there only where effects are the same in all cohorts"
)
COUNTED_CELLS = (
    "effects by treated cohort and period on the logarithm of the mean in one Poisson model with hospital and "
    "period effects, averaged over the hospital-periods (by their weights) as the difference of their means "
    "with and without the reform"
)
