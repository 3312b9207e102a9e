"""Who may call what: roles' policies with `--iam`, and the record of calls with and without it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from builds_support import built, context, phases, project
from click.testing import CliRunner
from cloud_support import document, zipped

from s_infra.cli import sandbox_calls as command
from s_infra.sandbox import supervisor

Clients = Callable[[str], Any]
ACCOUNT = "0" * 12
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
CALLING = """
import boto3

def handler(event, context):
    boto3.client("s3").put_object(Bucket="granted", Key=event["key"], Body=b"x")
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[supervisor.Sandbox]:
    """A sandbox that enforces policies."""
    with supervisor.running(iam=True) as running:
        yield running


def allow(action: str, resource: str, **condition: Any) -> dict[str, Any]:
    more = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def role(clients: Clients, name: str, principal: dict[str, str], *statements: dict[str, Any]) -> str:
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    made = clients("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    clients("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    return str(made["Role"]["Arn"])


def session(sandbox: supervisor.Sandbox, clients: Clients, arn: str) -> Clients:
    """Return what makes clients in a role."""
    keys = clients("sts").assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]
    made = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], sandbox.region)
    return lambda service: made.client(service, endpoint_url=sandbox.endpoint)


def denied(call: Callable[..., object], **arguments: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_each_protocol_says_who_may_not_do_what(sandbox: supervisor.Sandbox, clients: Clients) -> None:
    clients("s3").create_bucket(Bucket="protocols")
    clients("s3").put_object(Bucket="protocols", Key="a/k", Body=b"x")
    arn = role(clients, "reader", ROOT, allow("s3:GetObject", "arn:aws:s3:::protocols/a/*"))
    mine = session(sandbox, clients, arn)
    assert mine("s3").get_object(Bucket="protocols", Key="a/k")["Body"].read() == b"x"
    queue = clients("sqs").create_queue(QueueName="protocols")["QueueUrl"]
    topic = clients("sns").create_topic(Name="protocols")["TopicArn"]
    me = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/reader/me is not authorized to perform: "
    calls: list[tuple[Any, dict[str, Any], str, int, str, str]] = [
        (
            mine("s3").get_object, {"Bucket": "protocols", "Key": "b/k"},
            "AccessDenied", 403, "s3:GetObject", "arn:aws:s3:::protocols/b/k",
        ),
        (
            mine("sqs").send_message, {"QueueUrl": queue, "MessageBody": "x"},
            "AccessDenied", 403, "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:protocols",
        ),
        (
            mine("sns").publish, {"TopicArn": topic, "Message": "x"},
            "AuthorizationError", 403, "sns:Publish", topic,
        ),
        (
            mine("sagemaker").describe_model, {"ModelName": "m"}, "AccessDeniedException", 400,
            "sagemaker:DescribeModel", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/m",
        ),
        (
            mine("lambda").invoke, {"FunctionName": "f"}, "AccessDeniedException", 403,
            "lambda:InvokeFunction", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f",
        ),
    ]  # fmt: skip
    for call, arguments, code, status, action, resource in calls:
        why = f"{action} on resource: {resource} because no identity-based policy allows the {action} action"
        assert denied(call, **arguments) == (code, status, me + why)
    # What needs no grant, and what isn't known to need which.
    assert mine("sts").get_caller_identity()["Arn"].endswith("assumed-role/reader/me")
    assert denied(mine("iam").list_roles)[0::2] == (
        "NotImplemented", "s-infra sandbox: iam:ListRoles by a role with --iam isn't carried out"
    )  # fmt: skip


def test_an_explicit_deny_of_the_bucket_outweighs_a_grant(
    sandbox: supervisor.Sandbox, clients: Clients
) -> None:
    s3, where = clients("s3"), "arn:aws:s3:::guarded/*"
    s3.create_bucket(Bucket="guarded")
    arn = role(clients, "writer", ROOT, allow("s3:PutObject", where))
    mine = session(sandbox, clients, arn)("s3")
    insecure = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": where}
    insecure["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}  # type: ignore[assignment]
    s3.put_bucket_policy(Bucket="guarded", Policy=document(insecure))
    mine.put_object(Bucket="guarded", Key="k", Body=b"")
    closed = {"Effect": "Deny", "Principal": {"AWS": arn}, "Action": "s3:PutObject", "Resource": where}
    s3.put_bucket_policy(Bucket="guarded", Policy=document(closed))
    code, _, message = denied(mine.put_object, Bucket="guarded", Key="k", Body=b"")
    assert code == "AccessDenied"
    assert message.endswith("with an explicit deny in a resource-based policy")


def test_a_role_may_be_passed_only_as_it_is_granted(sandbox: supervisor.Sandbox, clients: Clients) -> None:
    model = role(clients, "model", {"Service": "sagemaker.amazonaws.com"}, allow("s3:GetObject", "*"))
    create = allow("sagemaker:CreateModel", "*")
    other = {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}
    maker = role(clients, "maker", ROOT, create, allow("iam:PassRole", model, **other))
    sagemaker = session(sandbox, clients, maker)("sagemaker")
    code, _, message = denied(sagemaker.create_model, ModelName="m", ExecutionRoleArn=model)
    assert code == "AccessDeniedException"
    assert f"is not authorized to perform: iam:PassRole on resource: {model}" in message


def test_a_function_acts_in_its_role_if_the_role_trusts_lambda(
    sandbox: supervisor.Sandbox, clients: Clients
) -> None:
    clients("s3").create_bucket(Bucket="granted")
    grant = allow("s3:PutObject", "arn:aws:s3:::granted/mine/*")
    for name, service in (("trusting", "lambda"), ("distrusting", "glue")):
        arn = role(clients, name, {"Service": f"{service}.amazonaws.com"}, grant)
        made = {"FunctionName": name, "Role": arn, "Code": {"ZipFile": zipped(CALLING)}, "Timeout": 30}
        clients("lambda").create_function(Runtime="python3.12", Handler="index.handler", **made)
    assert "FunctionError" not in _invoked(clients, "trusting", "mine/k")
    assert "s3:PutObject on resource: arn:aws:s3:::granted/other" in _error(clients, "trusting", "other")
    told = _error(clients, "distrusting", "mine/k")
    assert "lambda.amazonaws.com is not authorized to perform: sts:AssumeRole" in told
    queue = clients("sqs").create_queue(QueueName="read", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    source = clients("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    mapping = {"EventSourceArn": source["QueueArn"], "FunctionName": "trusting"}
    code, _, message = denied(clients("lambda").create_event_source_mapping, **mapping)
    assert code == "InvalidParameterValueException"
    assert "does not have permissions to call ReceiveMessage on SQS" in message


def _invoked(clients: Clients, name: str, key: str) -> dict[str, Any]:
    answer: dict[str, Any] = clients("lambda").invoke(FunctionName=name, Payload=json.dumps({"key": key}))
    return answer


def _error(clients: Clients, name: str, key: str) -> str:
    return str(json.loads(_invoked(clients, name, key)["Payload"].read())["errorMessage"])


def test_a_condition_that_is_not_carried_out_is_refused_when_it_is_put(clients: Clients) -> None:
    role(clients, "conditional", ROOT, allow("s3:GetObject", "*"))
    here = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    policy = {"PolicyName": "own", "PolicyDocument": document(allow("s3:GetObject", "*", **here))}
    code, status, message = denied(clients("iam").put_role_policy, RoleName="conditional", **policy)
    assert (code, status) == ("NotImplemented", 501)
    assert message.endswith("iam:PutRolePolicy Condition IpAddress aws:SourceIp with --iam isn't carried out")


def test_calls_are_listed_with_their_principals_without_iam(tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("S_INFRA_STATE_DIR", str(tmp_path))
    running = supervisor.start("recorded")
    try:
        began = time.time()
        made = [running.client(service) for service in ("s3", "iam", "sts")]
        clients = dict(zip(("s3", "iam", "sts"), made, strict=True))
        clients["s3"].create_bucket(Bucket="recorded")
        arn = role(clients.__getitem__, "any", ROOT, allow("sns:Publish", "*"))
        session(running, clients.__getitem__, arn)("s3").put_object(Bucket="recorded", Key="k", Body=b"")
        run = CliRunner().invoke
        shown = json.loads(run(command.calls, ["--name", "recorded", "--json"]).stdout)
        last = shown[-1]
        assert began <= last.pop("time") <= time.time()
        assert last == {
            "principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/any/me",
            "operation": "s3:PutObject",
            "actions": ["s3:PutObject"],
            "resource": "arn:aws:s3:::recorded/k",
            "allowed": True,
        }
        lines = run(command.calls, ["--name", "recorded"]).stdout.splitlines()
        assert f"allowed arn:aws:iam::{ACCOUNT}:root s3:CreateBucket arn:aws:s3:::recorded" in lines[0]
        unused = run(command.calls, ["--name", "recorded", "--unused"]).stdout
        assert unused == "any sns:Publish\n"
    finally:
        running.stop()


def test_a_function_has_a_log_if_its_role_may_write_one(
    sandbox: supervisor.Sandbox, clients: Clients
) -> None:
    quiet = "def handler(event, context):\n    print('said')\n"
    for name, granted in (("logging", "logs:*"), ("silent", "logs:CreateLogGroup")):
        arn = role(clients, name, {"Service": "lambda.amazonaws.com"}, allow(granted, "*"))
        made = {"FunctionName": name, "Role": arn, "Code": {"ZipFile": zipped(quiet)}}
        clients("lambda").create_function(Runtime="python3.12", Handler="index.handler", **made)
        clients("lambda").invoke(FunctionName=name)
    logs = clients("logs")
    until(lambda: logs.filter_log_events(logGroupName="/aws/lambda/logging", filterPattern="said")["events"])
    wanted = ("logs:CreateLogStream", "silent", False)
    until(lambda: wanted in [(one["operation"], _role_of(one), one["allowed"]) for one in sandbox.calls()])
    assert logs.describe_log_streams(logGroupName="/aws/lambda/silent")["logStreams"] == []


def test_a_machine_with_a_log_needs_the_grants_for_its_delivery(clients: Clients) -> None:
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/machines:*"
    clients("logs").create_log_group(logGroupName="/machines")
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]}
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    made = {"name": "logged", "definition": definition, "loggingConfiguration": logging}
    without = role(clients, "unlogged", {"Service": "states.amazonaws.com"}, allow("s3:GetObject", "*"))
    refused = denied(clients("stepfunctions").create_state_machine, roleArn=without, **made)
    told = "The state machine IAM Role is not authorized to access the Log Destination"
    assert refused == ("AccessDeniedException", 400, told)
    may = role(clients, "logged", {"Service": "states.amazonaws.com"}, allow("logs:*", "*"))
    assert clients("stepfunctions").create_state_machine(roleArn=may, **made)["stateMachineArn"]


@pytest.mark.parametrize("missing", ["logs:CreateLogStream", "s3:GetObject", "glue:CreateTable", None])
def test_a_crawler_reads_and_writes_in_its_role(clients: Clients, missing: str | None) -> None:
    name = (missing or "whole").replace(":", "-").lower()
    glue, s3 = clients("glue"), clients("s3")
    s3.create_bucket(Bucket=f"crawled-{name}")
    s3.put_object(Bucket=f"crawled-{name}", Key="t/a.csv", Body=b"a,b\n1,2\n3,4\n")
    needed = [
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:ListBucket",
        "s3:GetObject",
    ]
    needed += ["glue:GetDatabase", "glue:CreateDatabase", "glue:GetTable", "glue:CreateTable"]
    grants = [allow(one, "*") for one in needed if one != missing]
    arn = role(clients, f"crawler-{name}", {"Service": "glue.amazonaws.com"}, *grants)
    targets = {"S3Targets": [{"Path": f"s3://crawled-{name}/t"}]}
    glue.create_crawler(Name=name, Role=arn, DatabaseName=name, Targets=targets)
    glue.start_crawler(Name=name)
    until(lambda: glue.get_crawler(Name=name)["Crawler"]["State"] == "READY")
    last = glue.get_crawler(Name=name)["Crawler"]["LastCrawl"]
    if missing is None:
        assert last["Status"] == "SUCCEEDED", last
        assert [one["Name"] for one in glue.get_tables(DatabaseName=name)["TableList"]] == ["t"]
    else:
        assert last["Status"] == "FAILED"
        assert f"not authorized to perform: {missing} on resource: " in last["ErrorMessage"]


def test_a_glue_job_reads_its_script_and_writes_its_log_in_its_role(clients: Clients) -> None:
    glue, logs, group = clients("glue"), clients("logs"), "/aws-glue/python-jobs/output"
    clients("s3").create_bucket(Bucket="scripts")
    clients("s3").put_object(Bucket="scripts", Key="s.py", Body=b"print('said')\n")
    reading = allow("s3:GetObject", "arn:aws:s3:::scripts/*")
    runs = {}
    for name, grants in (("job-logged", [reading, allow("logs:*", "*")]), ("job-silent", [reading])):
        arn = role(clients, name, {"Service": "glue.amazonaws.com"}, *grants)
        command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": "s3://scripts/s.py"}
        glue.create_job(Name=name, Role=arn, Command=command)
        run = runs[name] = glue.start_job_run(JobName=name)["JobRunId"]
        until(partial(_has_ended, glue, name, run))
        # Without the right to write one, it runs without a log.
        assert glue.get_job_run(JobName=name, RunId=run)["JobRun"]["JobRunState"] == "SUCCEEDED"
    streams = {one["logStreamName"] for one in logs.describe_log_streams(logGroupName=group)["logStreams"]}
    assert streams == {runs["job-logged"]}


def _has_ended(glue: Any, name: str, run: str) -> bool:
    state = glue.get_job_run(JobName=name, RunId=run)["JobRun"]["JobRunState"]
    return state not in ("STARTING", "RUNNING")


def until(done: Callable[[], object], within: float = 15) -> None:
    deadline = time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _role_of(call: dict[str, Any]) -> str:
    return str(call["principal"]).rpartition("assumed-role/")[2].partition("/")[0]


def test_a_build_does_what_its_role_may_and_nothing_else(clients: Clients) -> None:
    clients("s3").create_bucket(Bucket="build-sources")
    clients("s3").put_object(Bucket="build-sources", Key="a/buildspec.yml", Body=phases(build=["true"]))
    principal = {"Service": "codebuild.amazonaws.com"}
    logs = allow("logs:*", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/codebuild/*")
    reads = [
        allow("s3:GetObject", "arn:aws:s3:::build-sources/a/*"),
        allow("s3:ListBucket", "arn:aws:s3:::build-sources"),
    ]
    source = {"type": "S3", "location": "build-sources/a/"}
    for name, statements in {"blind": [logs], "mute": reads, "right": [logs, *reads]}.items():
        arn = role(clients, f"build-{name}", principal, *statements)
        clients("codebuild").create_project(**project(f"iam-{name}", "", source=source, serviceRole=arn))
    blind = built(clients("codebuild"), "iam-blind")
    status, message = context(blind, "DOWNLOAD_SOURCE")
    assert (blind["buildStatus"], status) == ("FAILED", "CLIENT_ERROR")
    assert "AccessDenied" in message
    mute = built(clients("codebuild"), "iam-mute")
    assert (mute["buildStatus"], context(mute, "PROVISIONING")[0]) == ("FAILED", "ACCESS_DENIED")
    assert built(clients("codebuild"), "iam-right")["buildStatus"] == "SUCCEEDED"


def test_who_builds_may_do_so_with_the_projects_of_their_policy(
    sandbox: supervisor.Sandbox, clients: Clients
) -> None:
    for name in ("mine-one", "others"):
        clients("codebuild").create_project(**project(name, phases(build=["true"])))
    on_mine = f"arn:aws:codebuild:us-east-1:{ACCOUNT}:project/mine-*"
    actions = ("StartBuild", "BatchGetBuilds", "BatchGetProjects", "ListBuildsForProject")
    arn = role(clients, "builder", ROOT, *(allow(f"codebuild:{one}", on_mine) for one in actions))
    mine = session(sandbox, clients, arn)("codebuild")
    identity = mine.start_build(projectName="mine-one")["build"]["id"]
    assert mine.batch_get_builds(ids=[identity])["builds"][0]["id"] == identity
    assert mine.list_builds_for_project(projectName="mine-one")["ids"] == [identity]
    code, _, told = denied(mine.start_build, projectName="others")
    assert code == "AccessDeniedException"
    assert f"codebuild:StartBuild on resource: arn:aws:codebuild:us-east-1:{ACCOUNT}:project/others" in told
    assert denied(mine.batch_get_projects, names=["mine-one", "others"])[0] == "AccessDeniedException"
    assert denied(mine.stop_build, id=identity)[0] == "AccessDeniedException"
