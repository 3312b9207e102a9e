"""Glue as the catalogue's machines use it, on the sandbox or on AWS: a job, a crawl, their table."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloud_support import Cloud, code
from machine_support import call

SCRIPT = """
import sys

import boto3
from awsglue.utils import getResolvedOptions

given = getResolvedOptions(sys.argv, ["bucket", "rows"])
if int(given["rows"]) < 1:
    raise ValueError("rows is too small")
text = "id,price,label\\n" + "".join(f"{n},{n}.5,l{n}\\n" for n in range(int(given["rows"])))
boto3.client("s3").put_object(Bucket=given["bucket"], Key="made/run=one/data.csv", Body=text.encode())
"""
# How long AWS may take, in seconds: a job's start, and a crawl.
RUN_S = 900.0
ANY = {"Effect": "Allow", "Resource": "*"}


def glue_role(cloud: Cloud, bucket: str) -> str:
    actions = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]
    objects = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    return cloud.role(
        "glue",
        {"Effect": "Allow", "Action": actions, "Resource": objects},
        {**ANY, "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "glue:*"]},
    )


def job(cloud: Cloud, bucket: str, role: str) -> str:
    glue, name = cloud.client("glue"), cloud.name()
    cloud.client("s3").put_object(Bucket=bucket, Key="scripts/make.py", Body=SCRIPT.encode())
    location = f"s3://{bucket}/scripts/make.py"
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": location}
    cloud.once_allowed(
        glue.create_job, Name=name, Role=role, Command=command, GlueVersion="3.0", MaxCapacity=0.0625,
        DefaultArguments={"--bucket": bucket}, MaxRetries=0, Timeout=10,
        ExecutionProperty={"MaxConcurrentRuns": 2},
    )  # fmt: skip
    cloud.later(glue.delete_job, JobName=name)
    return name


def catalogue(cloud: Cloud, bucket: str, role: str) -> tuple[str, str]:
    """Make a database and a crawler that fills it; return their names."""
    glue, database, crawler = cloud.client("glue"), cloud.name(), cloud.name()
    glue.create_database(DatabaseInput={"Name": database, "Description": "first"})
    cloud.later(glue.delete_database, Name=database)
    targets = {"S3Targets": [{"Path": f"s3://{bucket}/made/"}]}
    given = {"Name": crawler, "Role": role, "DatabaseName": database, "Targets": targets}
    cloud.once_allowed(glue.create_crawler, **given)
    cloud.later(glue.delete_crawler, Name=crawler)
    assert code(glue.create_crawler, **given) == "AlreadyExistsException"
    return database, crawler


@pytest.mark.aws_slow
@pytest.mark.timeout(2400)
@pytest.mark.parity(
    "glue:CreateJob", "glue:CreateDatabase", "glue:CreateCrawler", "glue:StartJobRun", "glue:StartCrawler",
    "glue:GetCrawler", "glue:GetTable", "task:glue:startJobRun.sync", "task:aws-sdk:glue:*",
)  # fmt: skip
def test_a_machine_runs_a_job_and_catalogues_what_it_made(cloud: Cloud) -> None:
    bucket = cloud.bucket()
    role = glue_role(cloud, bucket)
    name, (database, crawler) = job(cloud, bucket, role), catalogue(cloud, bucket, role)
    caught = {
        "ErrorEquals": ["States.TaskFailed"],
        "Output": {"why": "{% $parse($states.errorOutput.Cause).ErrorMessage %}"},
        "Next": "Told",
    }
    arguments = {"JobName": name, "Arguments": {"--rows": "{% $states.input.rows %}"}}
    states: dict[str, Any] = {
        "Make": call("glue:startJobRun.sync", arguments, Catch=[caught], Next="Crawl"),
        "Crawl": call("aws-sdk:glue:startCrawler", {"Name": crawler}, Output={}, Next="Pause"),
        "Pause": {"Type": "Wait", "Seconds": 1, "Next": "Look"},
        "Look": call(
            "aws-sdk:glue:getCrawler", {"Name": crawler}, Output="{% $states.result.Crawler %}", Next="Ready"
        ),
        "Ready": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.State = 'READY' %}", "Next": "Done"}],
            "Default": "Pause",
        },
        "Done": {"Type": "Succeed", "Output": "{% $states.input.LastCrawl.Status %}"},
        "Told": {"Type": "Succeed"},
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "Make", "States": states}
    machine = cloud.machine(definition, {**ANY, "Action": "glue:*"})
    ran = cloud.client("stepfunctions")

    def outcome(rows: str) -> Any:
        given = json.dumps({"rows": rows})
        started = ran.start_execution(stateMachineArn=machine, input=given)["executionArn"]
        found = cloud.ended(started, RUN_S)
        assert found["status"] == "SUCCEEDED", found
        return json.loads(found["output"])

    assert "ValueError: rows is too small" in outcome("0")["why"]
    assert outcome("3") == "SUCCEEDED"
    glue = cloud.client("glue")
    table = glue.get_table(DatabaseName=database, Name="made")["Table"]
    cloud.later(glue.delete_table, DatabaseName=database, Name="made")
    columns = {one["Name"]: one["Type"] for one in table["StorageDescriptor"]["Columns"]}
    assert columns == {"id": "bigint", "price": "double", "label": "string"}
    assert [one["Name"] for one in table["PartitionKeys"]] == ["run"]
    assert table["Parameters"]["classification"] == "csv"


@pytest.mark.parity(
    "glue:GetJob", "glue:UpdateJob", "glue:DeleteJob", "glue:GetDatabase", "glue:UpdateDatabase",
    "glue:DeleteDatabase", "glue:UpdateCrawler", "glue:DeleteCrawler",
)  # fmt: skip
def test_jobs_databases_and_crawlers_are_changed_and_deleted(cloud: Cloud) -> None:
    glue, bucket = cloud.client("glue"), cloud.bucket()
    role = glue_role(cloud, bucket)
    name, (database, crawler) = job(cloud, bucket, role), catalogue(cloud, bucket, role)
    kept = glue.get_job(JobName=name)["Job"]
    assert (kept["DefaultArguments"], kept["ExecutionProperty"]) == (
        *({"--bucket": bucket}, {"MaxConcurrentRuns": 2}),
    )
    update = {"Role": role, "Command": kept["Command"], "MaxCapacity": 1.0, "Timeout": 20}
    glue.update_job(JobName=name, JobUpdate=update)
    changed = glue.get_job(JobName=name)["Job"]
    # What an update leaves out goes back to its default.
    assert (changed["MaxCapacity"], changed["Timeout"], changed.get("DefaultArguments", {})) == (1.0, 20, {})
    assert code(glue.start_job_run, JobName=cloud.name()) == "EntityNotFoundException"
    glue.delete_job(JobName=name)
    cloud.gone("EntityNotFoundException", glue.get_job, JobName=name)
    glue.update_crawler(Name=crawler, TablePrefix="raw_")
    found = glue.get_crawler(Name=crawler)["Crawler"]
    assert (found["TablePrefix"], found["State"], found["DatabaseName"]) == ("raw_", "READY", database)
    glue.delete_crawler(Name=crawler)
    cloud.gone("EntityNotFoundException", glue.get_crawler, Name=crawler)
    glue.update_database(Name=database, DatabaseInput={"Name": database, "Description": "second"})
    assert glue.get_database(Name=database)["Database"]["Description"] == "second"
    glue.delete_database(Name=database)
    cloud.gone("EntityNotFoundException", glue.get_database, Name=database)
