"""Cities with every fault of the fault table, each row listed, and the clean truth beside."""

from .catalogue import Fault, chosen_rates, faults
from .city import FaultyCity, faulty_city
from .study import faulty_study, table_bytes

__all__ = ["Fault", "FaultyCity", "chosen_rates", "faults", "faulty_city", "faulty_study", "table_bytes"]
