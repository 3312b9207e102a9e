"""What a sandbox doesn't do: listen elsewhere, or say that it did what it didn't."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
# 127.0.0.1, and the same as an IPv6 socket has it.
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F"}
ROLE = "arn:aws:iam::000000000000:role/any"
REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("dynamodb", "list_backups", {}, "dynamodb:ListBackups"),
    ("rds", "describe_db_clusters", {}, "rds:DescribeDBClusters"),
    ("route53", "list_hosted_zones", {}, "route53:ListHostedZones"),
    ("redshift", "describe_clusters", {}, "redshift:DescribeClusters"),
    ("apigateway", "get_rest_apis", {}, "apigateway:GetRestApis"),
    ("glacier", "list_vaults", {}, "glacier:ListVaults"),
    ("codebuild", "list_report_groups", {}, "codebuild:ListReportGroups"),
    ("codebuild", "start_build_batch", {"projectName": "any"}, "codebuild:StartBuildBatch"),
    ("codedeploy", "list_applications", {}, "codedeploy:ListApplications"),
    ("amplify", "list_apps", {}, "amplify:ListApps"),
    ("codepipeline", "list_pipelines", {}, "codepipeline:ListPipelines"),
    ("codepipeline", "start_pipeline_execution", {"name": "any"}, "codepipeline:StartPipelineExecution"),
    ("glue", "start_workflow_run", {"Name": "any"}, "glue:StartWorkflowRun"),
    (
        "glue",
        "create_job",
        {"Name": "s", "Role": ROLE, "Command": {"Name": "gluestreaming", "ScriptLocation": "s3://b/k"}},
        "glue:CreateJob Command.Name gluestreaming",
    ),
    (
        "ecr",
        "start_image_scan",
        {"repositoryName": "any", "imageId": {"imageTag": "1"}},
        "ecr:StartImageScan",
    ),
    (
        "ecr",
        "upload_layer_part",
        {
            "repositoryName": "any",
            "uploadId": "u",
            "partFirstByte": 0,
            "partLastByte": 1,
            "layerPartBlob": b"x",
        },
        "ecr:UploadLayerPart",
    ),
    ("s3", "put_bucket_logging", {"Bucket": "any", "BucketLoggingStatus": {}}, "s3:PutBucketLogging"),
    (
        "events",
        "put_targets",
        {
            "Rule": "a",
            "Targets": [{"Id": "1", "Arn": "arn:aws:kinesis:us-east-1:000000000000:stream/s"}],
        },
        "events:PutTargets Target arn:aws:kinesis:us-east-1:000000000000:stream/s",
    ),
    (
        "sns",
        "subscribe",
        {"TopicArn": "arn:aws:sns:us-east-1:000000000000:t", "Protocol": "sms", "Endpoint": "+100"},
        "sns:Subscribe Protocol sms",
    ),
    (
        "lambda",
        "create_function",
        {"FunctionName": "f", "Role": ROLE, "PackageType": "Image", "Code": {"ImageUri": "any"}},
        "lambda:CreateFunction PackageType Image",
    ),
    ("stepfunctions", "create_activity", {"name": "any"}, "states:CreateActivity"),
]


@pytest.mark.parametrize(("service", "call", "arguments", "name"), REFUSED, ids=[row[3] for row in REFUSED])
def test_refuses_by_name(
    clients: Clients, service: str, call: str, arguments: dict[str, Any], name: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(clients(service), call)(**arguments)
    assert refused.value.response["Error"]["Message"] == f"s-infra sandbox: {name} isn't carried out"


def test_another_region_is_refused_where_there_is_only_one(sandbox: Sandbox) -> None:
    session = boto3.Session("test", "test", region_name="eu-west-1")
    far = session.client("stepfunctions", endpoint_url=sandbox.endpoint)
    with pytest.raises(ClientError, match="states:ListStateMachines in another Region than us-east-1"):
        far.list_state_machines()
    far.close()


def test_what_is_used_is_not_refused(clients: Clients) -> None:
    clients("s3").create_bucket(Bucket="allowed")
    clients("events").put_rule(Name="allowed", EventPattern=json.dumps({"source": ["mine"]}))
    assert [bucket["Name"] for bucket in clients("s3").list_buckets()["Buckets"]] == ["allowed"]
    assert clients("events").describe_rule(Name="allowed")["State"] == "ENABLED"


def test_the_base_s_own_doors_are_shut(sandbox: Sandbox) -> None:
    for path in ("/_ministack/reset", "/_ministack/config", "/_localstack/health"):
        request = urllib.request.Request(sandbox.endpoint + path, method="POST", data=b"{}")
        with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):
            pass
        refused.value.close()
        assert refused.value.code == 501


def test_status_tells_what_runs_how(sandbox: Sandbox) -> None:
    with urllib.request.urlopen(f"{sandbox.endpoint}/_s_infra/status") as answer:
        status = json.load(answer)
    assert status["endpoint"] == sandbox.endpoint
    assert {"s3", "glue", "stepfunctions"} <= set(status["services"])
    assert status["containers"].startswith(("namespaces", "process group"))


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's table of sockets")
def test_listens_on_this_machine_alone(sandbox: Sandbox, clients: Clients) -> None:
    clients("s3").list_buckets()
    inodes = set().union(*(sockets_of(pid) for pid in tree(sandbox.pid)))
    listening = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in (Path("/proc/net") / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and (table.startswith("udp") or fields[3] == "0A"):
                listening.append(fields[1].partition(":")[0])
    assert listening
    assert set(listening) <= LOOPBACK


def tree(root: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [root]
    for pid in found:
        found.extend(child for child, parent in parents.items() if parent == pid)
    return found


def sockets_of(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found
