"""Lambda as modules and programs use it, on the sandbox or on AWS."""

from __future__ import annotations

import json

import pytest
from cloud_support import Cloud, code, zipped

SOURCE = "def handler(event, context):\n    return {'version': context.function_version, 'given': event}\n"
RAISING = "def handler(event, context):\n    raise KeyError('none of that')\n"


@pytest.mark.parity(
    "lambda:Invoke", "lambda:GetFunctionConfiguration", "lambda:ListFunctions", "lambda:GetAccountSettings",
    "lambda:GetFunctionCodeSigningConfig",
)  # fmt: skip
def test_a_function_answers_or_says_what_it_raised(cloud: Cloud) -> None:
    functions = cloud.client("lambda")
    name = cloud.function(SOURCE, Timeout=9, Environment={"Variables": {"WHO": "me"}})
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"a": 1}))
    assert json.loads(answer["Payload"].read()) == {"version": "$LATEST", "given": {"a": 1}}
    found = functions.get_function_configuration(FunctionName=name)
    assert (found["Timeout"], found["Environment"]["Variables"]) == (9, {"WHO": "me"})
    pages = functions.get_paginator("list_functions").paginate()
    assert name in [one["FunctionName"] for page in pages for one in page["Functions"]]
    assert functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] >= 10
    signing = functions.get_function_code_signing_config(FunctionName=name)
    assert not signing.get("CodeSigningConfigArn")
    assert (
        code(functions.get_function_configuration, FunctionName=cloud.name()) == "ResourceNotFoundException"
    )
    failed = functions.invoke(FunctionName=cloud.function(RAISING))
    told = json.loads(failed["Payload"].read())
    assert (failed["FunctionError"], told["errorType"]) == ("Unhandled", "KeyError")


@pytest.mark.parity(
    "lambda:PublishVersion", "lambda:ListVersionsByFunction", "lambda:CreateAlias", "lambda:GetAlias",
    "lambda:UpdateAlias", "lambda:ListAliases", "lambda:DeleteAlias",
)  # fmt: skip
def test_an_alias_runs_the_version_it_names(cloud: Cloud) -> None:
    functions, name = cloud.client("lambda"), cloud.function(SOURCE)
    assert functions.publish_version(FunctionName=name)["Version"] == "1"
    listed = functions.list_versions_by_function(FunctionName=name)["Versions"]
    assert [one["Version"] for one in listed] == ["$LATEST", "1"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    answer = functions.invoke(FunctionName=name, Qualifier="live", Payload=b"{}")
    assert (answer["ExecutedVersion"], json.loads(answer["Payload"].read())["version"]) == ("1", "1")
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST", Description="newest")
    assert functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "$LATEST"
    aliases = functions.list_aliases(FunctionName=name)["Aliases"]
    assert [(one["Name"], one["Description"]) for one in aliases] == [("live", "newest")]
    functions.delete_alias(FunctionName=name, Name="live")
    assert code(functions.get_alias, FunctionName=name, Name="live") == "ResourceNotFoundException"


@pytest.mark.parity("lambda:AddPermission", "lambda:GetPolicy", "lambda:RemovePermission")
def test_a_permission_is_a_statement_of_the_function_s_policy(cloud: Cloud) -> None:
    functions, name = cloud.client("lambda"), cloud.function(SOURCE)
    assert code(functions.get_policy, FunctionName=name) == "ResourceNotFoundException"
    rule = f"arn:aws:events:{cloud.region}:{cloud.account_id}:rule/any"
    given = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "SourceArn": rule}
    functions.add_permission(FunctionName=name, StatementId="rule", **given)
    assert code(functions.add_permission, FunctionName=name, StatementId="rule", **given) == (
        "ResourceConflictException"
    )
    (statement,) = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": rule}}
    functions.remove_permission(FunctionName=name, StatementId="rule")
    assert code(functions.get_policy, FunctionName=name) == "ResourceNotFoundException"


@pytest.mark.parity("lambda:ListEventSourceMappings")
def test_mappings_are_listed_by_function_and_queue(cloud: Cloud) -> None:
    functions, (_, queue) = cloud.client("lambda"), cloud.queue(VisibilityTimeout="60")
    statement = {"Effect": "Allow", "Resource": queue}
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    name = cloud.function(SOURCE, Role=cloud.role("lambda", {**statement, "Action": actions}))
    made = cloud.once_allowed(
        functions.create_event_source_mapping, EventSourceArn=queue, FunctionName=name, Enabled=False
    )
    cloud.later(functions.delete_event_source_mapping, UUID=made["UUID"])
    for wanted in ({"FunctionName": name}, {"EventSourceArn": queue}):
        listed = functions.list_event_source_mappings(**wanted)["EventSourceMappings"]
        assert [one["UUID"] for one in listed] == [made["UUID"]]


@pytest.mark.parity(
    "lambda:PublishLayerVersion", "lambda:GetLayerVersionByArn", "lambda:DeleteLayerVersion",
)  # fmt: skip
def test_a_layers_version_is_imported_until_it_is_gone(cloud: Cloud) -> None:
    functions, layer = cloud.client("lambda"), cloud.name()
    archive = {"ZipFile": zipped("which = 7\n", "python/shared.py")}
    made = functions.publish_layer_version(
        LayerName=layer, Content=archive, CompatibleRuntimes=["python3.12"]
    )
    version = {"LayerName": layer, "VersionNumber": made["Version"]}
    cloud.later(functions.delete_layer_version, **version)
    found = functions.get_layer_version_by_arn(Arn=made["LayerVersionArn"])
    assert (found["Version"], found["CompatibleRuntimes"]) == (1, ["python3.12"])
    name = cloud.function(
        "import shared\n\n\ndef handler(event, context):\n    return shared.which\n",
        Layers=[made["LayerVersionArn"]],
    )
    assert json.loads(functions.invoke(FunctionName=name)["Payload"].read()) == 7
    functions.delete_layer_version(**version)
    cloud.gone("ResourceNotFoundException", functions.get_layer_version_by_arn, Arn=made["LayerVersionArn"])
