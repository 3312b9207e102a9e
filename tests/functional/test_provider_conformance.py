"""Each served type through its life: created, changed, made anew, drifted, imported, destroyed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from provider_support import Root, root_from

from s_infra.sandbox.provider.types import PROVIDERS
from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
Actions = Mapping[str, list[str]]

RESOURCES = {name: resource for served in PROVIDERS for name, resource in served.resources.items()}
OTHER_MACHINE = '{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
# What only Terraform's side knows can't come back by an import: the next apply sets it.
KNOWN_HERE_ALONE = {
    "aws_ecr_repository.this": {"force_delete"},
    "aws_iam_role.this": {"force_detach_policies"},
    "aws_lambda_function.this": {"filename", "source_code_hash"},
    "aws_s3_bucket.this": {"force_destroy"},
    "aws_s3_object.this": {"content"},
}


def _set_queue(clients: Clients, state: Mapping[str, Any], name: str, value: str) -> None:
    clients("sqs").set_queue_attributes(QueueUrl=state["url"], Attributes={name: value})


DRIFT: dict[str, Callable[[Clients, Mapping[str, Any]], object]] = {
    "aws_cloudwatch_event_rule": lambda c, s: c("events").disable_rule(Name=s["name"]),
    "aws_cloudwatch_event_target": lambda c, s: c("events").remove_targets(Rule=s["rule"], Ids=["queue"]),
    "aws_cloudwatch_log_group": lambda c, s: c("logs").delete_retention_policy(logGroupName=s["name"]),
    "aws_ecr_lifecycle_policy": lambda c, s: c("ecr").delete_lifecycle_policy(repositoryName=s["repository"]),
    "aws_ecr_repository": lambda c, s: c("ecr").put_image_tag_mutability(
        repositoryName=s["name"], imageTagMutability="MUTABLE"
    ),
    "aws_glue_job": lambda c, s: c("glue").delete_job(JobName=s["name"]),
    "aws_iam_role": lambda c, s: c("iam").update_role(RoleName=s["name"], MaxSessionDuration=10800),
    "aws_iam_role_policy": lambda c, s: c("iam").delete_role_policy(RoleName=s["role"], PolicyName=s["name"]),
    "aws_lambda_event_source_mapping": lambda c, s: c("lambda").update_event_source_mapping(
        UUID=s["uuid"], BatchSize=7
    ),
    "aws_lambda_function": lambda c, s: c("lambda").update_function_configuration(
        FunctionName=s["function_name"], Timeout=99
    ),
    "aws_s3_bucket_lifecycle_configuration": lambda c, s: c("s3").delete_bucket_lifecycle(Bucket=s["bucket"]),
    "aws_s3_bucket_notification": lambda c, s: c("s3").put_bucket_notification_configuration(
        Bucket=s["bucket"], NotificationConfiguration={}
    ),
    "aws_s3_bucket_ownership_controls": lambda c, s: c("s3").delete_bucket_ownership_controls(
        Bucket=s["bucket"]
    ),
    "aws_s3_bucket_policy": lambda c, s: c("s3").delete_bucket_policy(Bucket=s["bucket"]),
    "aws_s3_bucket_public_access_block": lambda c, s: c("s3").delete_public_access_block(Bucket=s["bucket"]),
    "aws_s3_bucket_server_side_encryption_configuration": lambda c, s: c("s3").delete_bucket_encryption(
        Bucket=s["bucket"]
    ),
    "aws_s3_bucket_versioning": lambda c, s: c("s3").put_bucket_versioning(
        Bucket=s["bucket"], VersioningConfiguration={"Status": "Suspended"}
    ),
    "aws_s3_bucket": lambda c, s: c("s3").put_bucket_tagging(
        Bucket=s["bucket"], Tagging={"TagSet": [{"Key": "stage", "Value": "drifted"}]}
    ),
    "aws_s3_object": lambda c, s: c("s3").delete_object(Bucket=s["bucket"], Key=s["key"]),
    "aws_sfn_state_machine": lambda c, s: c("stepfunctions").update_state_machine(
        stateMachineArn=s["arn"], definition=OTHER_MACHINE
    ),
    "aws_sns_topic": lambda c, s: c("sns").set_topic_attributes(
        TopicArn=s["arn"], AttributeName="DisplayName", AttributeValue="Drifted"
    ),
    "aws_sns_topic_policy": lambda c, s: c("sns").set_topic_attributes(
        TopicArn=s["arn"], AttributeName="Policy", AttributeValue='{"Version": "2012-10-17", "Statement": []}'
    ),
    "aws_sns_topic_subscription": lambda c, s: c("sns").set_subscription_attributes(
        SubscriptionArn=s["arn"], AttributeName="RawMessageDelivery", AttributeValue="false"
    ),
    "aws_sqs_queue": lambda c, s: _set_queue(c, s, "VisibilityTimeout", "77"),
    "aws_sqs_queue_policy": lambda c, s: c("sqs").set_queue_attributes(
        QueueUrl=s["queue_url"], Attributes={"Policy": ""}
    ),
}

LEFT: dict[str, Callable[[Clients], list[Any]]] = {
    "buckets": lambda c: c("s3").list_buckets()["Buckets"],
    "functions": lambda c: c("lambda").list_functions()["Functions"],
    "jobs": lambda c: c("glue").get_jobs()["Jobs"],
    "log groups": lambda c: c("logs").describe_log_groups(logGroupNamePrefix="/conformance")["logGroups"],
    "machines": lambda c: c("stepfunctions").list_state_machines()["stateMachines"],
    "mappings": lambda c: c("lambda").list_event_source_mappings()["EventSourceMappings"],
    "queues": lambda c: c("sqs").list_queues().get("QueueUrls", []),
    "repositories": lambda c: c("ecr").describe_repositories()["repositories"],
    "roles": lambda c: [r for r in c("iam").list_roles()["Roles"] if "conformance" in r["RoleName"]],
    "rules": lambda c: c("events").list_rules()["Rules"],
    "subscriptions": lambda c: c("sns").list_subscriptions()["Subscriptions"],
    "topics": lambda c: c("sns").list_topics()["Topics"],
}


@dataclass(frozen=True)
class Story:
    """What was planned at each turn; `imported` is (the plan of the import, its changes by address)."""

    created: Actions
    changed: Actions
    renamed: Actions
    drifted: Actions
    imported: Mapping[str, Any]
    settled: Mapping[str, Actions]
    before: Mapping[str, list[Any]]
    left: Mapping[str, list[Any]]


@pytest.fixture(scope="module")
def story(sandbox: Sandbox, clients: Clients, tmp_path_factory: pytest.TempPathFactory) -> Story:
    root = root_from("provider", tmp_path_factory.mktemp("conformance"), sandbox)
    settled: dict[str, Actions] = {}

    def turn(name: str, **variables: object) -> Actions:
        planned = root.plan(**variables)
        root.done("apply", "-input=false", "-no-color", "plan")
        settled[name] = root.plan(**variables)
        return planned

    created = turn("create")
    before = {name: look(clients) for name, look in LEFT.items()}
    for address, values in root.state().items():
        if not address.endswith("dead_letter"):
            DRIFT[address.partition(".")[0]](clients, values)
    drifted = turn("drift")
    changed = turn("change", changed=True)
    renamed = turn("rename", changed=True, renamed=True)
    imported = _import_all(root, settled)
    root.destroy()
    left = {name: look(clients) for name, look in LEFT.items()}
    return Story(created, changed, renamed, drifted, imported, settled, before, left)


def _import_all(root: Root, settled: dict[str, Actions]) -> Mapping[str, Any]:
    blocks = []
    for address, values in root.state().items():
        resource = RESOURCES[address.partition(".")[0]]
        identifier = (resource.import_id or resource.id).format_map(values)
        blocks.append(f'import {{\n  to = {address}\n  id = "{identifier}"\n}}\n')
    (root.directory / "imports.tf").write_text("\n".join(blocks))
    (root.directory / "terraform.tfstate").unlink()
    variables = {"changed": True, "renamed": True}
    root.plan(**variables)
    changes = {item["address"]: item["change"] for item in root.planned()["resource_changes"]}
    root.done("apply", "-input=false", "-no-color", "plan")
    settled["import"] = root.plan(**variables)
    return changes


def _of(actions: Actions, type_name: str) -> list[list[str]]:
    return [doing for address, doing in actions.items() if address.startswith(f"{type_name}.")]


@pytest.mark.parametrize("turn", ["create", "drift", "change", "rename", "import"])
@pytest.mark.parity("terraform:data.aws_*", "terraform:data.archive_file")
def test_nothing_is_planned_once_a_configuration_is_applied(story: Story, turn: str) -> None:
    assert story.settled[turn] == {}


@pytest.mark.parametrize("type_name", RESOURCES)
def test_it_is_created(story: Story, type_name: str) -> None:
    assert _of(story.created, type_name)
    assert all(doing == ["create"] for doing in _of(story.created, type_name))


@pytest.mark.parametrize("type_name", RESOURCES)
@pytest.mark.parity("terraform:aws_*")
def test_a_change_is_made_in_place(story: Story, type_name: str) -> None:
    assert ["update"] in _of(story.changed, type_name)
    assert all(doing == ["update"] for doing in _of(story.changed, type_name))


@pytest.mark.parametrize("type_name", RESOURCES)
def test_a_new_identity_makes_a_new_resource(story: Story, type_name: str) -> None:
    assert _of(story.renamed, type_name)
    assert all(doing == ["delete", "create"] for doing in _of(story.renamed, type_name))


@pytest.mark.parametrize("type_name", RESOURCES)
def test_drift_is_seen(story: Story, type_name: str) -> None:
    assert _of(story.drifted, type_name) in ([["update"]], [["create"]])


@pytest.mark.parametrize("type_name", RESOURCES)
def test_an_import_finds_it_as_it_is(story: Story, type_name: str) -> None:
    for address, change in story.imported.items():
        if not address.startswith(f"{type_name}."):
            continue
        assert change["importing"], address
        before, after = change["before"], change["after"]
        differing = {name for name in after if before.get(name) != after[name]}
        assert differing <= KNOWN_HERE_ALONE.get(address, set()), address


def test_nothing_is_left(story: Story) -> None:
    assert all(story.before.values()), story.before
    assert story.left == {name: [] for name in LEFT}
