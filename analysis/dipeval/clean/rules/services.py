"""What was done and what was charged for it agree: care, surgery, anaesthesia, blood.

A missing amount is not zero, so nothing is judged by it; a format says with `empty_is_zero` where it is.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from ...study.grammar import Key
from ..rule import FLAG, Rule, Setting, has

if TYPE_CHECKING:
    import ibis.expr.types as ir

CARE = ("service_cost", "nursing_cost", "consumables_cost")
PROCEDURES = ("principal_procedure", "procedures")
PAGE = "quality rules of the inpatient front page: "


def is_without_service(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays of several days in which service, nursing or consumables cost nothing."""
    charged = [table[name] for name in CARE if has(table, name)]
    if not charged or not has(table, "care_days"):
        return None
    nothing = reduce(lambda a, b: a | b, [(amount == 0).fill_null(False) for amount in charged])
    return (table.care_days > setting.value(LONG_STAY_WITHOUT_SERVICE, "days")).fill_null(False) & nothing


def is_without_procedure(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays with a fee for surgery and no code of a procedure."""
    coded = [table[name].notnull() for name in PROCEDURES if has(table, name)]
    if not coded or not has(table, "surgery_cost"):
        return None
    return (table.surgery_cost > 0).fill_null(False) & ~reduce(lambda a, b: a | b, coded)


def is_without_anaesthesia_fee(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays with a method of anaesthesia and no fee for it."""
    if not has(table, "anaesthesia_method", "anaesthesia_cost"):
        return None
    method = table.anaesthesia_method
    words = sorted(setting.value(ANAESTHESIA_WITHOUT_FEE, "none"))
    given = method.notnull() & ~method.isin(words).fill_null(False) if words else method.notnull()
    return given & (table.anaesthesia_cost == 0).fill_null(False)


def is_without_rhesus(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays with a fee for blood and no rhesus factor; albumin and other products need none."""
    if not has(table, "transfusion_cost", "blood_rh"):
        return None
    return (table.transfusion_cost > 0).fill_null(False) & table.blood_rh.isnull()


LONG_STAY_WITHOUT_SERVICE = Rule(
    "long_stay_without_service",
    "a stay of more than a day has service, nursing and consumables",
    "住院天数大于1天时服务费、护理费、耗材费大于零",
    FLAG,
    PAGE + "住院天数 > 1 则一般医疗服务费、护理费、耗材费 > 0",
    is_without_service,
    shows=("care_days", *CARE),
    optional=True,
    settings={"days": Key("integer", default=1, low=1, high=30, doc="stays longer than this are judged")},
)
SURGERY_FEE_WITHOUT_PROCEDURE = Rule(
    "surgery_fee_without_procedure",
    "a fee for surgery has a procedure code",
    "有手术费须有手术操作编码",
    FLAG,
    PAGE + "手术费 > 0 则手术操作编码必填",
    is_without_procedure,
    shows=("surgery_cost", *PROCEDURES),
    optional=True,
)
ANAESTHESIA_WITHOUT_FEE = Rule(
    "anaesthesia_without_fee",
    "a method of anaesthesia has a fee for it",
    "有麻醉方式须有麻醉费",
    FLAG,
    PAGE + "有麻醉方式则麻醉费 > 0",
    is_without_anaesthesia_fee,
    shows=("anaesthesia_method", "anaesthesia_cost"),
    optional=True,
    settings={"none": Key("texts", default=("无", "未麻醉", "无麻醉"), doc="words that mean no anaesthesia")},
)
BLOOD_WITHOUT_RH = Rule(
    "blood_without_rh",
    "a fee for blood has a rhesus factor",
    "有血费须填RH血型",
    FLAG,
    PAGE + "血费 > 0 则RH血型必填",
    is_without_rhesus,
    shows=("transfusion_cost", "blood_rh"),
    optional=True,
)
