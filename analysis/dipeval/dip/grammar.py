"""The grammar of ``analysis/dip/<name>.toml``: each part, its keys, its words.

A part is an array of tables; each table holds from year `since` to year `until` and names its source.
"""

from __future__ import annotations

from ..study.grammar import Key, Named, Table, Tables
from ..vocabulary import columns, units

VALIDITY = {
    "since": Key("period", required=True, doc='first year it holds, since = "2021"'),
    "until": Key("period", required=True, doc='last year it holds, until = "2021"'),
    "source": Key("text", required=True, doc="the regulation, notice or table that says so"),
    "verified": Key("flag", default=True, doc="false where the source itself was not read"),
}
GROUPING = {
    "version": Key("text", required=True, doc="name of the catalogue's version, for example 2.0"),
    "catalogue": Key("text", default="built", choices=("built", "published")),
    "procedures": Key("text", default="set", choices=("set", "principal")),
    "case_threshold": Key("integer", default=15, doc="annual cases from which a type is a core type"),
    "threshold_over": Key("text", default="average", choices=("average", "last")),
    "comprehensive_by": Key("text", default="category", choices=("category", "chapter")),
    "match": Key("text", default="exact", choices=("exact", "subset")),
    "ties": Key(
        "texts", default=("principal_procedure", "weight"), choices=("principal_procedure", "weight")
    ),
    "ungroupable_diagnoses": Key("texts", default=(), doc="beginnings of codes that lead to no type"),
    "ungroupable_procedures": Key("texts", default=(), doc="beginnings of codes that lead to no type"),
    "ignored_procedures": Key("texts", default=(), doc="beginnings of codes that do not count in the key"),
    "primary_level_share": Key(
        "number", doc="part of cases in primary hospitals that makes a primary-level type"
    ),
    "primary_level_cv": Key("number", doc="largest coefficient of variation of a primary-level type"),
}
WEIGHTING = {
    "method": Key("text", default="ratio", choices=("ratio", "benchmark", "quota")),
    "benchmark": Key("text", default="", doc="key of the benchmark type, for method benchmark"),
    "quota": Key("number", doc="yuan a point stands for before scaling, for method quota"),
    "year_weights": Key("integers", default=(1, 2, 7), doc="weights of the years before, the last year last"),
    "scale": Key("integer", default=1, doc="score of a type that costs the mean (or of the benchmark)"),
    "decimals": Key("integer", default=4, doc="decimals of a weight on that scale"),
    "trim_lower": Key(
        "number", default=0, doc="quantile within type and year below which cases are left out"
    ),
    "trim_upper": Key("number", default=1, doc="quantile above which cases are left out"),
}
DEVIATION = {
    "low": Key("number", default=0.5, doc="cost ratio below which a case is paid as incurred"),
    "high": Key("number", default=2, doc="cost ratio above which the excess is paid on top"),
    "extreme": Key("number", default=5, doc="cost ratio above which a case is reviewed"),
    "extreme_rule": Key("text", default="as_high", choices=("as_high", "as_normal", "as_incurred")),
    "ratio_decimals": Key("integer", default=4),
    "reference_minimum": Key("integer", default=1, doc="fewest cases of a level's mean; else all levels"),
    "ungrouped": Key("text", default="unpaid", choices=("unpaid", "as_incurred")),
    "special_cases": Key("text", default="ignore", choices=("ignore", "coefficient")),
    "special_case_limit": Key("number", default=0.05, doc="largest share of individually reviewed cases"),
}
BAND = {
    "from": Key("number", required=True, doc="inclusive"),
    "to": Key("number", doc="exclusive; leave it out for no end"),
    "coefficient": Key("number", required=True),
}
AUXILIARY = {
    "combine": Key("text", default="product", choices=("product", "highest")),
    "decimals": Key("integer", default=4),
    "tumour_by": Key("text", default="column", choices=("column", "metastasis_rule")),
    "ages": Tables(BAND),
    "comorbidity": Tables(BAND),
    "severity": Named(Key("number")),
    "tumour": Named(Key("number")),
}
HOSPITAL_COEFFICIENTS = {
    "base": Key("text", default="declared", choices=("declared", "level_mean")),
    "combine": Key("text", default="add", choices=("add", "multiply")),
    "decimals": Key("integer", default=4),
    "primary_level_exempt": Key("flag", default=True, doc="whether primary-level types have coefficient 1"),
    "levels": Named(Key("number"), names=columns()["level"].values),
    "hospitals": Named(Key("number"), doc="coefficient of one hospital, in place of its level's"),
    "bonuses": Tables(
        {
            "hospital": Key("text", required=True),
            "amount": Key("number", required=True, doc="0.02 for two per cent of a coefficient of 1"),
            "reason": Key("text", required=True),
            "source": Key("text", required=True),
        }
    ),
}
SETTLEMENT = {
    "basis": Key("text", default="fund", choices=("fund", "total_cost")),
    "gross_up": Key("text", default="patient_share", choices=("patient_share", "reimbursement_ratio")),
    "actual_fund": Key("text", default="fund_paid", choices=("fund_paid", "insurer_accounted_cost")),
    "year_by": Key("text", default="discharge_date", choices=("discharge_date", "settlement_date")),
    "prepayment_months": Key("number", default=1),
    "monthly_share": Key("number", default=0.95),
    "point_value_decimals": Key("integer", default=4, doc="decimals of a fen"),
    "reimbursement_ratio": Named(Key("number"), names=columns()["insurance_type"].values),
    "assessment": Named(Key("number"), doc="share of its entitlement that a hospital's assessment leaves it"),
}
SHARING = {
    "level": Key("text", default="none", choices=("none", "city", "hospital")),
    "mode": Key("text", default="marginal", choices=("marginal", "whole")),
    "hospital_share": Key("number", doc="one share for surplus and overrun, in place of bands"),
    "bands": Tables(
        {
            "from": Key("number", required=True, doc="actual cost over entitlement, inclusive"),
            "to": Key("number", doc="exclusive; leave it out for no end"),
            "hospital_share": Key("number", required=True, doc="of the surplus kept, of the overrun borne"),
        }
    ),
}
BUDGETS = {
    "scheme": Key("text", required=True, choices=columns()["insurance_type"].values),
    "unit": Key("text", required=True, choices=tuple(units())),
    "gross": Key("number", required=True, doc="the scheme's pooled fund, or last year's spending"),
    "growth": Key("number", default=0),
    "reserve_share": Key("number", default=0),
    "deductions": Tables(
        {
            "name_en": Key("text", required=True),
            "name_zh": Key("text", required=True),
            "amount": Key("number", required=True),
            "source": Key("text", required=True),
        }
    ),
}
TABLES = {
    "grouping": GROUPING,
    "weighting": WEIGHTING,
    "deviation": DEVIATION,
    "auxiliary": AUXILIARY,
    "hospital_coefficients": HOSPITAL_COEFFICIENTS,
    "settlement": SETTLEMENT,
    "sharing": SHARING,
    "budgets": BUDGETS,
}


def payment_grammar() -> dict[str, object]:
    """Grammar of a city's payment file and of the national defaults."""
    head = {
        "name": Key("text", required=True),
        "title_en": Key("text", required=True, doc="title in English"),
        "title_zh": Key("text", required=True, doc="title in Chinese"),
        "schemes": Key("texts", default=(), choices=columns()["insurance_type"].values),
        "years": Key("integers", default=(), doc="years that the file answers for"),
    }
    parts = {name: Tables({**VALIDITY, **keys}) for name, keys in TABLES.items()}
    return {"dip": Table(head, required=True), **parts}
