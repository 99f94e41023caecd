"""Fifth floor: the gate between what was computed and what is released."""

from .gate import gate
from .released import Released, Rules, Withheld

__all__ = ["Released", "Rules", "Withheld", "gate"]
