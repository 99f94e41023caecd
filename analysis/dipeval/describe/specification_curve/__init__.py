"""Specification curves: one effect under every combination of declared choices, and their joint inference."""

from dipeval.describe.specification_curve.choices import Choices, specifications
from dipeval.describe.specification_curve.curve import SpecificationCurve, Specified, specification_curve
from dipeval.describe.specification_curve.joint import CurveTest, JointTests, joint_tests

__all__ = [
    "Choices",
    "CurveTest",
    "JointTests",
    "SpecificationCurve",
    "Specified",
    "joint_tests",
    "specification_curve",
    "specifications",
]
