"""Python-shell jobs: what the script gets, what is said of how it ended, and what a machine makes of it."""

from __future__ import annotations

import io
import json
import textwrap
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::000000000000:role/any"
ENDED = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")


@pytest.fixture(scope="module")
def bucket(clients: Clients) -> str:
    clients("s3").create_bucket(Bucket="scripts")
    return "scripts"


class Jobs:
    """Makes jobs from scripts, and runs them."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self.clients, self.bucket, self.glue = clients, bucket, clients("glue")

    def make(self, script: str | None, **fields: Any) -> str:
        name = f"job-{uuid.uuid4().hex}"
        location = f"s3://{self.bucket}/{name}.py"
        if script is not None:
            self.clients("s3").put_object(
                Bucket=self.bucket, Key=f"{name}.py", Body=textwrap.dedent(script).encode()
            )
        command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": location}
        self.glue.create_job(Name=name, Role=ROLE, Command=command, **fields)
        return name

    def ended(self, name: str, run_id: str, within: float = 20) -> dict[str, Any]:
        deadline = time.monotonic() + within
        while True:
            run: dict[str, Any] = self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]
            if run["JobRunState"] in ENDED:
                return run
            assert time.monotonic() < deadline, run
            time.sleep(0.02)

    def run(self, name: str, **fields: Any) -> dict[str, Any]:
        return self.ended(name, self.glue.start_job_run(JobName=name, **fields)["JobRunId"])

    def log(self, kind: str, run_id: str) -> list[str]:
        events = self.clients("logs").get_log_events(
            logGroupName=f"/aws-glue/python-jobs/{kind}", logStreamName=run_id, startFromHead=True
        )["events"]
        return [event["message"] for event in events]

    def wheel(self, name: str, requires: str | None = None) -> str:
        content = io.BytesIO()
        metadata = "Metadata-Version: 2.1\nName: helping\nVersion: 1.0\n"
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("helping/__init__.py", "ANSWER = 42\n")
            archive.writestr(
                "helping-1.0.dist-info/METADATA",
                metadata + (f"Requires-Dist: {requires}\n" if requires else ""),
            )
        self.clients("s3").put_object(Bucket=self.bucket, Key=f"wheels/{name}", Body=content.getvalue())
        return f"s3://{self.bucket}/wheels/{name}"


@pytest.fixture
def jobs(clients: Clients, bucket: str) -> Jobs:
    return Jobs(clients, bucket)


@pytest.mark.parity("glue:StartJobRun", "glue:GetJobRun")
def test_a_script_gets_its_arguments_and_writes_its_data(jobs: Jobs) -> None:
    name = jobs.make(
        """
        import json, sys
        import boto3
        from awsglue.utils import getResolvedOptions

        options = getResolvedOptions(sys.argv, ["mode", "key", "fixed"])
        boto3.client("s3").put_object(
            Bucket="scripts", Key=options["key"], Body=json.dumps([options, sys.argv[1:]]).encode()
        )
        """,
        DefaultArguments={"--mode": "default", "--fixed": "default", "library-set": "analytics"},
        NonOverridableArguments={"--fixed": "always"},
    )
    run = jobs.run(name, Arguments={"--mode": "a b", "--key": "out.json", "--fixed": "never"})
    assert run["JobRunState"] == "SUCCEEDED", run
    body = json.loads(jobs.clients("s3").get_object(Bucket="scripts", Key="out.json")["Body"].read())
    asked = {name: body[0][name] for name in ("mode", "key", "fixed")}
    assert asked == {"mode": "a b", "key": "out.json", "fixed": "always"}
    assert sorted(body[1]) == sorted(
        ["--mode", "a b", "--fixed", "always", "library-set", "analytics", "--key", "out.json"]
    )
    assert run["Arguments"]["--fixed"] == "always"


def test_a_script_sees_the_sandbox_s_variables_and_no_other(jobs: Jobs) -> None:
    run = jobs.run(jobs.make("import os, json; print(json.dumps(dict(os.environ)))"))
    variables = json.loads(jobs.log("output", run["Id"])[1])
    assert variables["AWS_REGION"] == "us-east-1"
    assert set(variables) <= {
        *(
            "AWS_ENDPOINT_URL",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
        ),
        *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "TMPDIR"),
    }


def test_both_streams_are_logged_and_the_first_line_tells_the_python(jobs: Jobs) -> None:
    run = jobs.run(jobs.make("import sys; print('one'); print('two'); print('to err', file=sys.stderr)"))
    first, *rest = jobs.log("output", run["Id"])
    assert first.startswith("s-infra sandbox: this run is on Python 3.")
    assert first.endswith("AWS Glue's is 3.9")
    assert rest == ["one", "two"]
    assert jobs.log("error", run["Id"]) == ["to err"]
    assert run["LogGroupName"] == "/aws-glue/python-jobs"


def test_wheels_and_modules_can_be_imported(jobs: Jobs) -> None:
    wheel = jobs.wheel("helping-1.0-py3-none-any.whl", requires="boto3>=1.0")
    jobs.clients("s3").put_object(Bucket="scripts", Key="beside.py", Body=b"VALUE = 'beside'")
    name = jobs.make(
        "import helping, beside; print(helping.ANSWER, beside.VALUE)",
        DefaultArguments={"--extra-py-files": f"{wheel},s3://scripts/beside.py"},
    )
    run = jobs.run(name)
    assert run["JobRunState"] == "SUCCEEDED", run
    assert jobs.log("output", run["Id"])[1:] == ["42 beside"]


@pytest.mark.parametrize(
    ("file", "requires", "told"),
    [
        ("helping-1.0-cp39-cp39-win_amd64.whl", None, "is for another platform (cp39-cp39-win_amd64)"),
        (
            "helping-1.0-py3-none-any.whl",
            "no-such-package>=2",
            "requires no-such-package>=2; here is nothing",
        ),
    ],
)
def test_a_wheel_that_cannot_work_fails_with_the_reason(
    jobs: Jobs, file: str, requires: str | None, told: str
) -> None:
    name = jobs.make("import helping", DefaultArguments={"--extra-py-files": jobs.wheel(file, requires)})
    run = jobs.run(name)
    assert run["JobRunState"] == "FAILED"
    assert told in run["ErrorMessage"]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("raise ValueError('bad column\\nin line 2')", "ValueError: bad column\nin line 2"),
        ("import sys; print('why', file=sys.stderr); sys.exit(3)", "Command failed with exit code 3: why"),
        ("import sys; sys.exit('no data')", "Command failed with exit code 1: no data"),
        ("def f(:", "SyntaxError: "),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Command was ended by signal 9"),
        (
            "import sys\nfrom awsglue.utils import *\ngetResolvedOptions(sys.argv, ['mode'])",
            "awsglue.utils.GlueArgumentError: the following arguments are required: --mode",
        ),
    ],
)
def test_a_failure_is_told_in_the_run(jobs: Jobs, script: str, message: str) -> None:
    run = jobs.run(jobs.make(script))
    assert run["JobRunState"] == "FAILED"
    assert message in run["ErrorMessage"]


def test_a_missing_script_fails(jobs: Jobs) -> None:
    name = jobs.make(None)
    run = jobs.run(name)
    assert run["JobRunState"] == "FAILED"
    assert f"s3://scripts/{name}.py" in run["ErrorMessage"]


@pytest.mark.parity("glue:BatchStopJobRun")
def test_a_run_that_is_stopped_stops_what_it_started(jobs: Jobs) -> None:
    name = jobs.make(
        """
        import subprocess, time
        child = subprocess.Popen(["sleep", "300"])
        print(child.pid)
        time.sleep(300)
        """
    )
    run_id = jobs.glue.start_job_run(JobName=name)["JobRunId"]
    deadline = time.monotonic() + 10
    while len(printed := jobs.log("output", run_id) if logged(jobs, run_id) else []) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert printed[1].isdigit()
    stopped = jobs.glue.batch_stop_job_run(JobName=name, JobRunIds=[run_id, "jr_none"])
    assert [entry["JobRunId"] for entry in stopped["SuccessfulSubmissions"]] == [run_id]
    assert stopped["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    # The run ends only when the child, too, has let go of its streams.
    assert jobs.ended(name, run_id, within=8)["JobRunState"] == "STOPPED"


def logged(jobs: Jobs, run_id: str) -> bool:
    streams = jobs.clients("logs").describe_log_streams(logGroupName="/aws-glue/python-jobs/output")
    return any(stream["logStreamName"] == run_id for stream in streams["logStreams"])


def test_no_more_runs_at_once_than_the_job_allows(jobs: Jobs) -> None:
    name = jobs.make("import time; time.sleep(2)", ExecutionProperty={"MaxConcurrentRuns": 2})
    started = [jobs.glue.start_job_run(JobName=name)["JobRunId"] for _ in range(2)]
    with pytest.raises(jobs.glue.exceptions.ConcurrentRunsExceededException):
        jobs.glue.start_job_run(JobName=name)
    assert {jobs.ended(name, run_id)["JobRunState"] for run_id in started} == {"SUCCEEDED"}
    assert jobs.run(name)["JobRunState"] == "SUCCEEDED"


@pytest.mark.parity("glue:UpdateJob", "glue:GetJob", "glue:DeleteJob", "glue:CreateJob")
def test_an_update_replaces_the_whole_job(jobs: Jobs) -> None:
    name = jobs.make("print('x')", Description="old", DefaultArguments={"--a": "1"}, Timeout=7)
    job = jobs.glue.get_job(JobName=name)["Job"]
    assert (job["Timeout"], job["MaxCapacity"], job["ExecutionProperty"]) == (
        7,
        0.0625,
        {"MaxConcurrentRuns": 1},
    )
    jobs.glue.update_job(
        JobName=name, JobUpdate={"Role": ROLE, "Command": job["Command"], "MaxCapacity": 1.0}
    )
    job = jobs.glue.get_job(JobName=name)["Job"]
    assert (job["MaxCapacity"], job["Timeout"]) == (1.0, 2880)
    assert "Description" not in job
    assert "DefaultArguments" not in job
    jobs.glue.delete_job(JobName=name)
    with pytest.raises(jobs.glue.exceptions.EntityNotFoundException):
        jobs.glue.get_job(JobName=name)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"MaxRetries": 1}, "MaxRetries"),
        ({"Connections": {"Connections": ["c"]}}, "Connections"),
        ({"SecurityConfiguration": "s"}, "SecurityConfiguration"),
        (
            {"DefaultArguments": {"--python-modules-installer-option": "x"}},
            "--python-modules-installer-option",
        ),
        ({"DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable"}}, "--job-bookmark-option"),
    ],
)
def test_refuses_by_name_what_it_would_not_do(jobs: Jobs, fields: dict[str, Any], what: str) -> None:
    with pytest.raises(ClientError) as refused:
        jobs.make("print()", **fields)
    assert f"s-infra sandbox: glue:CreateJob {what} isn't carried out" in str(refused.value)


def test_a_run_costs_little_more_than_its_python(jobs: Jobs) -> None:
    name = jobs.make("pass")
    jobs.run(name)
    started = time.monotonic()
    jobs.run(name)
    # On a machine that others use, too; the measure is half a second.
    assert time.monotonic() - started < 2


class TestInAMachine:
    """`glue:startJobRun.sync`."""

    def run(self, jobs: Jobs, state: dict[str, Any], *, stop: bool = False) -> dict[str, Any]:
        client = jobs.clients("stepfunctions")
        task = {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": True, **state}
        definition = {"QueryLanguage": "JSONata", "StartAt": "T", "States": {"T": task}}
        arn = client.create_state_machine(
            name=f"m-{uuid.uuid4().hex}", definition=json.dumps(definition), roleArn=ROLE
        )["stateMachineArn"]
        execution = client.start_execution(stateMachineArn=arn)["executionArn"]
        deadline = time.monotonic() + 20
        if stop:
            while not jobs.glue.get_job_runs(JobName=state["Arguments"]["JobName"])["JobRuns"]:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            client.stop_execution(executionArn=execution)
        while True:
            found: dict[str, Any] = client.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def test_it_waits_and_gives_the_run(self, jobs: Jobs) -> None:
        name = jobs.make("import sys; print(sys.argv[1:])")
        found = self.run(jobs, {"Arguments": {"JobName": name, "Arguments": {"--n": "{% $string(1 + 1) %}"}}})
        run = json.loads(found["output"])
        assert run["JobRunState"] == "SUCCEEDED"
        assert run["Arguments"] == {"--n": "2"}
        assert run["StartedOn"] == pytest.approx(found["startDate"].timestamp() * 1000, abs=5000)
        assert jobs.log("output", run["Id"])[1:] == ["['--n', '2']"]

    def test_a_failed_run_fails_the_task_with_the_run_as_cause(self, jobs: Jobs) -> None:
        name = jobs.make("raise ValueError('bad column')")
        found = self.run(jobs, {"Arguments": {"JobName": name}})
        assert (found["status"], found["error"]) == ("FAILED", "States.TaskFailed")
        cause = json.loads(found["cause"])
        assert (cause["JobRunState"], cause["ErrorMessage"]) == ("FAILED", "ValueError: bad column")

    def test_a_job_that_is_not_there_has_glue_s_error(self, jobs: Jobs) -> None:
        found = self.run(jobs, {"Arguments": {"JobName": "none"}})
        assert found["error"] == "Glue.EntityNotFoundException"

    def test_too_many_runs_are_tried_again(self, jobs: Jobs) -> None:
        name = jobs.make("import time; time.sleep(1)")
        jobs.glue.start_job_run(JobName=name)
        retry = [
            {"ErrorEquals": ["Glue.ConcurrentRunsExceededException"], "IntervalSeconds": 1, "BackoffRate": 1}
        ]
        found = self.run(jobs, {"Arguments": {"JobName": name}, "Retry": retry})
        assert found["status"] == "SUCCEEDED"
        assert len(jobs.glue.get_job_runs(JobName=name)["JobRuns"]) == 2

    @pytest.mark.parity("glue:GetJobRuns", "task:glue:startJobRun.sync")
    def test_a_time_out_stops_the_run(self, jobs: Jobs) -> None:
        name = jobs.make("import time; time.sleep(300)")
        found = self.run(jobs, {"Arguments": {"JobName": name}, "TimeoutSeconds": 1})
        assert (found["status"], found["error"]) == ("FAILED", "States.Timeout")
        run = jobs.glue.get_job_runs(JobName=name)["JobRuns"][0]
        assert jobs.ended(name, run["Id"])["JobRunState"] == "STOPPED"

    def test_a_stopped_execution_stops_the_run(self, jobs: Jobs) -> None:
        name = jobs.make("import time; time.sleep(300)")
        found = self.run(jobs, {"Arguments": {"JobName": name}}, stop=True)
        assert found["status"] == "ABORTED"
        run = jobs.glue.get_job_runs(JobName=name)["JobRuns"][0]
        assert jobs.ended(name, run["Id"])["JobRunState"] == "STOPPED"
