"""Lambda: functions, versions, aliases, layers and permissions, and what is refused of them."""

from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from functions_support import ROLE, Made, make, make_queue, zipped

Clients = Callable[[str], Any]
ANSWERS = """
calls = 0
def main(event, context):
    global calls
    calls += 1
    return [{0!r}, calls]
"""


def answering(what: str) -> str:
    return ANSWERS.format(what)


@pytest.mark.parity(
    "lambda:CreateFunction",
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    "lambda:GetFunctionCodeSigningConfig",
    "lambda:ListFunctions",
    "lambda:DeleteFunction",
)
def test_a_function_is_described_with_its_codes_hash_and_deleted(clients: Clients) -> None:
    client, code = clients("lambda"), zipped({"handler.py": answering("one")})
    clients("s3").create_bucket(Bucket="code")
    clients("s3").put_object(Bucket="code", Key="function.zip", Body=code)
    client.create_function(
        FunctionName="from-s3",
        Runtime="python3.11",
        Role=ROLE,
        Handler="handler.main",
        Code={"S3Bucket": "code", "S3Key": "function.zip"},
        Tags={"stage": "test"},
    )
    client.get_waiter("function_active_v2").wait(FunctionName="from-s3", WaiterConfig={"Delay": 1})
    found = client.get_function(FunctionName="from-s3")
    assert found["Configuration"]["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert found["Configuration"]["CodeSize"] == len(code)
    assert found["Tags"] == {"stage": "test"}
    assert client.get_function_configuration(FunctionName="from-s3")["State"] == "Active"
    assert not client.get_function_code_signing_config(FunctionName="from-s3")["CodeSigningConfigArn"]
    assert Made("from-s3", "", clients).invoke().payload == ["one", 1]
    assert "from-s3" in [one["FunctionName"] for one in client.list_functions()["Functions"]]
    client.delete_function(FunctionName="from-s3")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_function(FunctionName="from-s3")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName="from-s3")


@pytest.mark.parity("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration")
def test_what_is_changed_runs_in_a_fresh_environment(clients: Clients) -> None:
    source = "import os\ncalls = 0\ndef main(event, context):\n    global calls\n    calls += 1\n"
    function = make(clients, source + "    return [os.environ.get('WHO'), calls]\n")
    assert [function.invoke().payload for _ in range(2)] == [[None, 1], [None, 2]]
    function.update(Environment={"Variables": {"WHO": "changed"}})
    assert function.invoke().payload == ["changed", 1]
    code = zipped({"handler.py": answering("new code")})
    clients("lambda").update_function_code(FunctionName=function.name, ZipFile=code)
    assert function.invoke().payload == ["new code", 1]


def test_an_invocation_under_way_ends_with_the_code_that_it_began_with(clients: Clients) -> None:
    slow = "import time\ndef main(event, context):\n    time.sleep(event.get('sleep', 0))\n    return 'old'\n"
    function = make(clients, slow)
    function.invoke()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        under_way = pool.submit(function.invoke, {"sleep": 1})
        time.sleep(0.3)
        clients("lambda").update_function_code(
            FunctionName=function.name, ZipFile=zipped({"handler.py": answering("new")})
        )
        assert function.invoke().payload == ["new", 1]
        assert under_way.result().payload == "old"


@pytest.mark.parity(
    "lambda:PublishVersion",
    "lambda:ListVersionsByFunction",
    "lambda:CreateAlias",
    "lambda:GetAlias",
    "lambda:UpdateAlias",
    "lambda:ListAliases",
    "lambda:DeleteAlias",
)
def test_a_version_stays_as_it_was_and_an_alias_runs_what_it_names(clients: Clients) -> None:
    client, function = clients("lambda"), make(clients, answering("one"))
    assert client.publish_version(FunctionName=function.name)["Version"] == "1"
    client.update_function_code(FunctionName=function.name, ZipFile=zipped({"handler.py": answering("two")}))
    assert client.publish_version(FunctionName=function.name)["Version"] == "2"
    versions = client.list_versions_by_function(FunctionName=function.name)["Versions"]
    assert [one["Version"] for one in versions] == ["$LATEST", "1", "2"]
    client.create_alias(FunctionName=function.name, Name="live", FunctionVersion="1")
    first = function.invoke(Qualifier="live")
    assert (first.payload[0], first.raw["ExecutedVersion"]) == ("one", "1")
    client.update_alias(FunctionName=function.name, Name="live", FunctionVersion="2")
    assert client.get_alias(FunctionName=function.name, Name="live")["FunctionVersion"] == "2"
    assert function.invoke(Qualifier="live").payload[0] == "two"
    assert function.invoke(Qualifier="1").payload[0] == "one"
    assert [one["Name"] for one in client.list_aliases(FunctionName=function.name)["Aliases"]] == ["live"]
    client.delete_alias(FunctionName=function.name, Name="live")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        function.invoke(Qualifier="live")


@pytest.mark.parity(
    "lambda:ListLayers",
    "lambda:ListLayerVersions",
    "lambda:GetLayerVersion",
    "lambda:GetLayerVersionByArn",
    "lambda:DeleteLayerVersion",
)
def test_layers_are_listed_told_and_deleted(clients: Clients) -> None:
    client, content = clients("lambda"), zipped({"python/one.py": "x = 1\n"})
    made = client.publish_layer_version(LayerName="listed", Content={"ZipFile": content})
    assert "listed" in [one["LayerName"] for one in client.list_layers()["Layers"]]
    versions = client.list_layer_versions(LayerName="listed")["LayerVersions"]
    assert [one["Version"] for one in versions] == [1]
    told = client.get_layer_version(LayerName="listed", VersionNumber=1)
    assert told["Content"]["CodeSha256"] == base64.b64encode(hashlib.sha256(content).digest()).decode()
    by_arn = client.get_layer_version_by_arn(Arn=made["LayerVersionArn"])
    assert by_arn["LayerVersionArn"] == made["LayerVersionArn"]
    client.delete_layer_version(LayerName="listed", VersionNumber=1)
    assert client.list_layer_versions(LayerName="listed")["LayerVersions"] == []


@pytest.mark.parity(
    "lambda:AddPermission",
    "lambda:GetPolicy",
    "lambda:RemovePermission",
    "lambda:TagResource",
    "lambda:ListTags",
    "lambda:UntagResource",
)
def test_permissions_and_tags_are_kept(clients: Clients) -> None:
    client, function = clients("lambda"), make(clients, answering("one"))
    client.add_permission(
        FunctionName=function.name,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn="arn:aws:events:us-east-1:000000000000:rule/one",
    )
    policy = json.loads(client.get_policy(FunctionName=function.name)["Policy"])
    assert [one["Sid"] for one in policy["Statement"]] == ["rule"]
    client.remove_permission(FunctionName=function.name, StatementId="rule")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_policy(FunctionName=function.name)
    client.tag_resource(Resource=function.arn, Tags={"stage": "test", "gone": "soon"})
    client.untag_resource(Resource=function.arn, TagKeys=["gone"])
    assert client.list_tags(Resource=function.arn)["Tags"] == {"stage": "test"}


def given(**fields: Any) -> dict[str, Any]:
    code = {"ZipFile": zipped({"handler.py": "def main(event, context): pass\n"})}
    name = f"f-{uuid.uuid4().hex[:12]}"
    return {
        "FunctionName": name,
        "Runtime": "python3.11",
        "Role": ROLE,
        "Handler": "handler.main",
        "Code": code,
        **fields,
    }


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"PackageType": "Image", "Code": {"ImageUri": "any"}}, "PackageType Image"),
        ({"Publish": True}, "Publish"),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "SnapStart"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}, "VpcConfig"),
        (
            {
                "FileSystemConfigs": [
                    {
                        "Arn": "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-1",
                        "LocalMountPath": "/mnt/x",
                    }
                ]
            },
            "FileSystemConfigs",
        ),
        ({"Runtime": "nodejs22.x"}, "Runtime nodejs22.x"),
        (
            {"LoggingConfig": {"SystemLogLevel": "DEBUG", "LogFormat": "JSON"}},
            "LoggingConfig.SystemLogLevel DEBUG",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_carried_out_of_a_function_is_refused_by_name(
    clients: Clients, fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(ClientError) as caught:
        clients("lambda").create_function(**given(**fields))
    told = caught.value.response["Error"]
    assert (told["Code"], told["Message"]) == (
        "NotImplemented",
        f"s-infra sandbox: lambda:CreateFunction {named} isn't carried out",
    )


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("create_function_url_config", {"AuthType": "NONE"}),
        ("put_provisioned_concurrency_config", {"Qualifier": "1", "ProvisionedConcurrentExecutions": 1}),
        ("put_function_recursion_config", {"RecursiveLoop": "Allow"}),
        ("invoke_with_response_stream", {}),
    ],
)
def test_other_operations_are_refused_by_name(
    clients: Clients, operation: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match=r"s-infra sandbox: lambda:\w+ isn't carried out"):
        getattr(clients("lambda"), operation)(FunctionName="any", **arguments)


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"Timeout": 901}, "InvalidParameterValueException", "less than or equal to 900"),
        ({"Runtime": "python9.9"}, "ValidationException", "enum value set"),
        ({"Code": {"S3Bucket": "none-such", "S3Key": "k"}}, "InvalidParameterValueException", "NoSuchBucket"),
        ({"Code": {}}, "InvalidParameterValueException", "Please provide a source for function code."),
        (
            {"Environment": {"Variables": {"AWS_REGION": "x"}}},
            "InvalidParameterValueException",
            "Reserved keys used in this request: AWS_REGION",
        ),
        (
            {"Environment": {"Variables": {"WHO": "x" * 4096}}},
            "InvalidParameterValueException",
            "exceeded the 4KB limit",
        ),
        ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException", "zip"),
    ],
    ids=["timeout", "runtime", "bucket", "no code", "reserved", "variables", "zip"],
)
def test_a_wrong_function_is_refused_as_aws_does(
    clients: Clients, fields: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError) as caught:
        clients("lambda").create_function(**given(**fields))
    assert caught.value.response["Error"]["Code"] == code
    assert message in caught.value.response["Error"]["Message"]


@pytest.mark.parity(
    "lambda:GetEventSourceMapping",
    "lambda:ListEventSourceMappings",
    "lambda:DeleteEventSourceMapping",
)
def test_a_mapping_is_told_listed_and_deleted(clients: Clients) -> None:
    client, function = clients("lambda"), make(clients, answering("one"))
    _, queue = make_queue(clients)
    made = client.create_event_source_mapping(
        EventSourceArn=queue, FunctionName=function.name, Enabled=False, BatchSize=3
    )
    assert client.get_event_source_mapping(UUID=made["UUID"])["BatchSize"] == 3
    listed = client.list_event_source_mappings(EventSourceArn=queue)["EventSourceMappings"]
    assert [(one["UUID"], one["State"]) for one in listed] == [(made["UUID"], "Disabled")]
    client.delete_event_source_mapping(UUID=made["UUID"])
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_event_source_mapping(UUID=made["UUID"])
