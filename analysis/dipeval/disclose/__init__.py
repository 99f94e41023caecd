"""Fifth floor: the gate between what was computed and what is released."""

from .gate import gate, gate_together
from .released import Released, Rules, Withheld
from .report import held_back, held_counts

__all__ = ["Released", "Rules", "Withheld", "gate", "gate_together", "held_back", "held_counts"]
