"""One Spark session a process, opened for the first engine and kept: a start takes seconds.

The session is told what the package relies on (errors instead of overflow, UTC, no progress bar) and
nothing else: whatever a cluster's own configuration says stays.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem, StudyError
from .atomic import write_text
from .spark_functions import bring_functions

if TYPE_CHECKING:
    from ibis.backends.pyspark import Backend

LOCAL, STANDALONE, CONNECT = "spark:local", "spark://", "sc://"
PATIENCE = 5.0
"""Seconds that a cluster has to answer the first call."""
ALWAYS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # What Spark infers about columns doubles with each that is made of another; here it takes minutes a query.
    "spark.sql.constraintPropagation.enabled": "false",
    # The files of a city are a union; pushed below it, the reading of every cell is planned once a file.
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.PushProjectionThroughUnion",
}
CLASSIC = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "FATAL"}
ON_ONE_MACHINE = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}
QUIET_LOG = """rootLogger.level = fatal
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n
"""


@dataclass
class _Open:
    """The session of this process."""

    backend: Backend | None = None
    master: str = ""


_open = _Open()


def connected(master: str, folder: Path, settings: Mapping[str, str], memory: str | None) -> Backend:
    """The Ibis backend of this process's Spark session, opened when there is none.

    Parameters
    ----------
    master : str
        ``spark:local``, ``spark://host:port`` or ``sc://host:port``.
    folder : pathlib.Path
        Where Spark keeps what it spills on this machine; Spark empties it when the process ends.
    settings : mapping of str to str
        Further settings of Spark; they go before the package's own.
    memory : str, optional
        Of a local session.

    Raises
    ------
    StudyError
        When PySpark or Java is missing, the cluster does not answer, or the process has a session
        with another master.
    """
    if _open.backend is None:
        _require(master)
        _open.backend, _open.master = _start(master, folder, settings, memory), master
    elif _open.master != master:
        raise _error(f"this process works with {_open.master} already", "use one engine a process")
    return _open.backend


def _start(master: str, folder: Path, settings: Mapping[str, str], memory: str | None) -> Backend:
    import ibis
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    # Spark says at each call that it does not know pandas 3; tables come and go by Arrow alone.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    builder = SparkSession.builder.appName("dipeval")
    for name, value in {**_settings(master, folder, memory), **settings}.items():
        builder = builder.config(name, value)
    if master == LOCAL:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        if master.startswith(CONNECT):
            session = builder.remote(master).getOrCreate()
        else:
            session = builder.master("local[*]" if master == LOCAL else master).getOrCreate()
        bring_functions(session)
        return ibis.pyspark.connect(session)
    except (PySparkException, OSError, ImportError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise _error(f"Spark does not start: {first}", "mend Spark's configuration") from None


def _settings(master: str, folder: Path, memory: str | None) -> dict[str, str]:
    if master.startswith(CONNECT):
        return ALWAYS
    log = folder / "log4j2.properties"
    write_text(log, QUIET_LOG)
    made = {**ALWAYS, **CLASSIC, "spark.sql.warehouse.dir": str(folder / "warehouse")}
    made["spark.driver.extraJavaOptions"] = f"-Dlog4j2.configurationFile={log.resolve().as_uri()}"
    if master == LOCAL:
        made |= {**ON_ONE_MACHINE, "spark.local.dir": str(folder)}
        made |= {"spark.sql.shuffle.partitions": str(max(2, os.cpu_count() or 1))}
        made |= {"spark.driver.memory": memory.replace("MiB", "m")} if memory else {}
    return made


def _require(master: str) -> None:
    from importlib.util import find_spec

    if find_spec("pyspark") is None:
        raise _error("PySpark is not installed", "pip install 'dipeval[spark]'")
    if master.startswith(CONNECT) and find_spec("grpc") is None:
        raise _error("what Spark Connect needs is not installed", "pip install 'pyspark[connect]'")
    if not master.startswith(CONNECT) and not has_java():
        todo = "install Java 17 or 21, or set JAVA_HOME to where it is"
        raise _error("there is no Java, which Spark runs on", todo)
    if master == LOCAL:
        return
    places = master.split("://", 1)[1].split("/")[0].split(";")[0].split(",")
    if not any(_answers(place) for place in places):
        raise _error(
            f"nothing answers at {', '.join(places)}", "look at host and port, and start the cluster"
        )


def has_java() -> bool:
    """Whether Java is where Spark looks for it."""
    home = os.environ.get("JAVA_HOME")
    return (Path(home) / "bin" / "java").exists() if home else shutil.which("java") is not None


def _answers(place: str) -> bool:
    host, _, port = place.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=PATIENCE):
            return True
    except (OSError, ValueError):
        return False


def _error(what: str, todo: str) -> StudyError:
    return StudyError("open engine", [Problem("--engine", what, todo)])
