"""Spark jobs: one run that reads and writes S3 in every way, one that fails, and one that is stopped."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::000000000000:role/any"
ENDED = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")
SCRIPT = Path(__file__).parents[1] / "data/glue/spark_job.py"
# A session takes 4 seconds on an idle machine of two cores, and many more on one with other work.
RUN_TIMEOUT_S = 240
BUCKET = "spark-data"
SECOND = "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n"


class Jobs:
    """Makes Spark jobs, runs them and reads their logs."""

    def __init__(self, clients: Clients) -> None:
        self.clients, self.glue, self.s3 = clients, clients("glue"), clients("s3")
        self.s3.create_bucket(Bucket=BUCKET)

    def start(self, script: str, arguments: dict[str, str] | None = None) -> tuple[str, str]:
        name = f"spark-{uuid.uuid4().hex}"
        self.s3.put_object(Bucket=BUCKET, Key=f"scripts/{name}.py", Body=script.encode())
        self.glue.create_job(
            Name=name,
            Role=ROLE,
            Command={"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/scripts/{name}.py"},
            GlueVersion="5.0",
            WorkerType="G.2X",
            NumberOfWorkers=3,
        )
        return name, self.glue.start_job_run(JobName=name, Arguments=arguments or {})["JobRunId"]

    def ended(self, name: str, run_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + RUN_TIMEOUT_S
        while True:
            run: dict[str, Any] = self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
            if run["JobRunState"] in ENDED:
                return run
            assert time.monotonic() < deadline, self.log("error", run_id)
            time.sleep(0.1)

    def log(self, kind: str, run_id: str) -> list[str]:
        logs = self.clients("logs")
        try:
            events = logs.get_log_events(
                logGroupName=f"/aws-glue/jobs/{kind}", logStreamName=run_id, startFromHead=True
            )["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in events]


@pytest.fixture(scope="module")
def jobs(clients: Clients) -> Jobs:
    return Jobs(clients)


def crawl(glue: Any, folder: str) -> None:
    targets = {"S3Targets": [{"Path": f"s3://{BUCKET}/{folder}/"}]}
    glue.create_crawler(Name=folder, Role=ROLE, DatabaseName="spark", Targets=targets)
    glue.start_crawler(Name=folder)
    deadline = time.monotonic() + 60
    while (crawler := glue.get_crawler(Name=folder)["Crawler"])["State"] != "READY":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert crawler["LastCrawl"]["Status"] == "SUCCEEDED", crawler


@pytest.fixture(scope="module")
def done(jobs: Jobs) -> tuple[dict[str, Any], dict[str, Any]]:
    """The one run that does everything, and what its script saw."""
    put = {
        "in/a b+c%20é.csv": "carrier,delay\nAA,5.5\nUA,-1\n",
        "in/more.csv": 'carrier,delay\n"B,6",0.25\n',
        "in/json/x=1/rows.json": '{"id": 3, "of": {"name": "n", "all": [1.5]}}\n',
        "crawled/k=1/a.csv": "id,name\n1,one\n",
        "crawled/k=2/a.csv": "id,name\n2,two\n",
        "in/gone/a/b.txt": "x",
        "in/gone/c.txt": "x",
        "helping.py": "ANSWER = 42\n",
        "beside.txt": "a file beside the script",
    }
    jobs.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for key, body in put.items():
        jobs.s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    crawl(jobs.glue, "crawled")
    arguments = {
        "--bucket": BUCKET,
        "--extra-py-files": f"s3://{BUCKET}/helping.py",
        "--extra-files": f"s3://{BUCKET}/beside.txt",
        "--additional-python-modules": "boto3>=1",
        "--conf": "spark.sql.session.timeZone=Asia/Tokyo --conf spark.sql.shuffle.partitions=2",
    }
    run = jobs.ended(*jobs.start(SCRIPT.read_text(), arguments))
    assert run["JobRunState"] == "SUCCEEDED", run.get("ErrorMessage")
    seen = json.loads(jobs.s3.get_object(Bucket=BUCKET, Key="seen.json")["Body"].read())
    return run, seen


def body(jobs: Jobs, prefix: str) -> dict[str, str]:
    listed = jobs.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]
    return {
        entry["Key"]: jobs.s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read().decode()
        for entry in listed
    }


@pytest.mark.parity("glue:StartJobRun", "glue:GetJobRun")
def test_the_run_tells_its_workers_and_what_they_cost(done: tuple[dict[str, Any], dict[str, Any]]) -> None:
    run, seen = done
    assert (run["WorkerType"], run["NumberOfWorkers"], run["MaxCapacity"]) == ("G.2X", 3, 6.0)
    assert run["DPUSeconds"] == run["ExecutionTime"] * 6 > 0
    assert (run["GlueVersion"], run["Timeout"], run["LogGroupName"]) == ("5.0", 480, "/aws-glue/jobs")
    assert seen["args"]["JOB_NAME"] == run["JobName"]
    assert seen["args"]["JOB_RUN_ID"] == run["Id"]
    assert seen["argv"][:2] == ["--JOB_NAME", run["JobName"]]
    assert (seen["helping"], seen["beside"], seen["zone"]) == (42, "a file beside the script", "Asia/Tokyo")


def test_spark_reads_and_writes_s3(jobs: Jobs, done: tuple[dict[str, Any], dict[str, Any]]) -> None:
    _, seen = done
    assert seen["csv"] == [
        [["carrier", "string"], ["delay", "double"]],
        [["AA", 5.5], ["B,6", 0.25], ["UA", -1.0]],
    ]
    assert seen["json"] == "struct<id:bigint,of:struct<all:array<double>,name:string>,x:int>"
    assert seen["appended"] == [2, 6]
    assert seen["overwritten"] == [1, 3]
    assert seen["partitions"] == {"AA": 0.0, "UA": -1.0, "B,6": 0.25}
    assert seen["exists"] == "AnalysisException"
    keys = sorted(body(jobs, "out/json/"))
    assert [key.split("/")[2] for key in keys] == ["carrier=AA", "carrier=B,6", "carrier=UA"]


def test_an_object_appears_once_and_whole(jobs: Jobs, done: tuple[dict[str, Any], dict[str, Any]]) -> None:
    versions = jobs.s3.list_object_versions(Bucket=BUCKET, Prefix="out/")["Versions"]
    names = [entry["Key"] for entry in versions]
    assert not [name for name in names if "_temporary" in name or ".spark" in name or "_SUCCESS" in name]
    assert len(names) == len(set(names))
    assert done[1]["moved"] == [[], ["moved/large é+ %.bin"]]
    large = jobs.s3.get_object(Bucket=BUCKET, Key="moved/large é+ %.bin")["Body"].read()
    assert large == bytes(range(256)) * 80_000
    assert done[1]["gone"] == [[], False]


def test_glue_s_library_does_what_scripts_ask(
    jobs: Jobs, done: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    _, seen = done
    assert seen["strings"] == [["carrier", "string"], ["delay", "string"]]
    assert seen["late"] == ["struct<by:struct<code:string>,delay:double>", 2]
    assert seen["pandas"] == 5.75
    written = {key.split("/")[2]: text for key, text in body(jobs, "out/late/").items()}
    assert written == {"carrier=AA": "delay\n5.5\n", "carrier=B,6": "delay\n0.25\n"}
    assert [one.removeprefix("s-infra sandbox: awsglue's ") for one in seen["refused"]] == [
        "DynamicFrame.relationalize isn't carried out",
        "transform Relationalize isn't carried out",
        "connection type mysql to read isn't carried out",
        "Writer.from_jdbc_conf isn't carried out",
        "connection option boundedFiles to read isn't carried out",
    ]


def test_a_job_reads_a_crawled_table(done: tuple[dict[str, Any], dict[str, Any]]) -> None:
    types, rows = done[1]["catalogued"]
    assert types == [["id", "bigint"], ["name", "string"], ["k", "string"]]
    assert rows == [[2, "two", "2"]]


def test_a_crawler_reads_the_types_that_spark_wrote(
    jobs: Jobs, done: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    crawl(jobs.glue, "typed")
    table = jobs.glue.get_table(DatabaseName="spark", Name="typed")["Table"]
    columns = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    assert columns == done[1]["typed"]
    assert table["Parameters"]["classification"] == "parquet"
    assert table["Parameters"]["recordCount"] == "1"
    serde = table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]
    assert serde == "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


def test_both_streams_are_in_glue_s_groups(jobs: Jobs, done: tuple[dict[str, Any], dict[str, Any]]) -> None:
    first, *rest = jobs.log("output", done[0]["Id"])
    assert first.startswith("s-infra sandbox: this run is on Python 3.")
    assert first.endswith("AWS Glue 5.0 has Python 3.11 and Spark 3.5")
    assert rest == ["printed by the script"]
    assert any("logged by the script" in line for line in jobs.log("error", done[0]["Id"]))


def test_what_spark_reads_and_writes_is_its_role_s_doing(
    sandbox: Sandbox, done: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    assert done
    me = f"arn:aws:sts::000000000000:assumed-role/{ROLE.rpartition('/')[2]}/GlueJobRunnerSession"
    mine = {(one["operation"], one["resource"]) for one in sandbox.calls() if one["principal"] == me}
    prefix = f"arn:aws:s3:::{BUCKET}/"
    assert ("s3:GetObject", f"{prefix}in/more.csv") in mine
    assert any(name == "s3:PutObject" and where.endswith(".parquet") for name, where in mine)


def test_a_failure_of_spark_s_is_told_in_the_run(jobs: Jobs) -> None:
    run = jobs.ended(*jobs.start(f"{SECOND}spark.read.csv('s3://{BUCKET}/none')"))
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].endswith(f"[PATH_NOT_FOUND] Path does not exist: s3://{BUCKET}/none.")


@pytest.mark.parity("glue:BatchStopJobRun")
def test_a_stopped_run_leaves_no_java(jobs: Jobs) -> None:
    name, run_id = jobs.start(f"import time\n{SECOND}print('started')\ntime.sleep(600)")
    deadline = time.monotonic() + RUN_TIMEOUT_S
    while "started" not in jobs.log("output", run_id):
        assert time.monotonic() < deadline, jobs.log("error", run_id)
        time.sleep(0.1)
    assert any("java" in name for name in programs_of(run_id))
    jobs.glue.batch_stop_job_run(JobName=name, JobRunIds=[run_id])
    assert jobs.ended(name, run_id)["JobRunState"] == "STOPPED"
    assert programs_of(run_id) == []


def programs_of(run_id: str) -> list[str]:
    """The programs that have the run's folder among their arguments."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess):
            command = process.cmdline()
            found += [command[0]] if any(run_id in part for part in command) else []
    return found
