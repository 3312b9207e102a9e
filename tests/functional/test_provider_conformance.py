"""Each served type through its life: created, changed, made anew, drifted, imported, destroyed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from provider_support import Root, root_from
from sagemaker_support import CONTAINERS, push

from s_infra.sandbox.provider.types import PROVIDERS
from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
Actions = Mapping[str, list[str]]

RESOURCES = {name: resource for served in PROVIDERS for name, resource in served.resources.items()}
OTHER_MACHINE = '{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
# What only Terraform's side knows can't come back by an import: the next apply sets it.
KNOWN_HERE_ALONE = {
    "aws_db_instance.this": {"apply_immediately", "engine_version", "password", "skip_final_snapshot"},
    "aws_ecr_repository.this": {"force_delete"},
    "aws_iam_role.this": {"force_detach_policies"},
    "aws_kms_alias.this": {"target_key_id"},  # written as an ARN, told as an id
    "aws_kms_key.this": {"deletion_window_in_days"},
    # A layer's file can't be imported, and another file makes a new layer, here as with the real provider.
    # Whether versions are published isn't told by AWS, and an alias goes by them.
    "aws_lambda_alias.this": {"function_version"},
    "aws_lambda_function.this": {
        *("filename", "layers", "publish", "qualified_arn", "source_code_hash", "version"),
    },
    "aws_lambda_layer_version.this": {"compatible_architectures", "description", "filename", "license_info"},
    "aws_s3_bucket.this": {"force_destroy"},
    "aws_s3_object.this": {"content"},
    "aws_secretsmanager_secret.this": {"recovery_window_in_days"},
}


# What can be changed in place: of the rest a new resource is made whatever changes.
CHANGEABLE = [name for name, one in RESOURCES.items() if one.update or one.change or one.tags]
IMAGE = "conformance-image"


def _set_queue(clients: Clients, state: Mapping[str, Any], name: str, value: str) -> None:
    clients("sqs").set_queue_attributes(QueueUrl=state["url"], Attributes={name: value})


def _detach(clients: Clients, state: Mapping[str, Any]) -> None:
    clients("iam").detach_role_policy(RoleName=state["role"], PolicyArn=state["policy_arn"])


def _tag_drifted(clients: Clients, state: Mapping[str, Any]) -> None:
    tags = [{"Key": "stage", "Value": "drifted"}]
    clients("sagemaker").add_tags(ResourceArn=state["arn"], Tags=tags)


def _live_keys(clients: Clients) -> list[str]:
    kms = clients("kms")
    keys = (kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"])
    return [key["KeyId"] for key in keys if key["KeyState"] != "PendingDeletion"]


DRIFT: dict[str, Callable[[Clients, Mapping[str, Any]], object]] = {
    "aws_codebuild_project": lambda c, s: c("codebuild").update_project(
        name=s["name"], timeoutInMinutes=77, tags=[{"key": "stage", "value": "drifted"}]
    ),
    "aws_cloudwatch_event_rule": lambda c, s: c("events").disable_rule(
        Name=s["name"], EventBusName=s["event_bus_name"]
    ),
    "aws_cloudwatch_dashboard": lambda c, s: c("cloudwatch").put_dashboard(
        DashboardName=s["dashboard_name"], DashboardBody='{"widgets": []}'
    ),
    "aws_cloudwatch_metric_alarm": lambda c, s: c("cloudwatch").delete_alarms(AlarmNames=[s["alarm_name"]]),
    "aws_scheduler_schedule": lambda c, s: c("scheduler").delete_schedule(
        Name=s["name"], GroupName=s["group_name"]
    ),
    "aws_scheduler_schedule_group": lambda c, s: c("scheduler").tag_resource(
        ResourceArn=s["arn"], Tags=[{"Key": "stage", "Value": "drifted"}]
    ),
    "aws_cloudwatch_event_target": lambda c, s: c("events").remove_targets(Rule=s["rule"], Ids=["queue"]),
    "aws_cloudwatch_log_metric_filter": lambda c, s: c("logs").delete_metric_filter(
        logGroupName=s["log_group_name"], filterName=s["name"]
    ),
    "aws_cloudwatch_log_group": lambda c, s: c("logs").delete_retention_policy(logGroupName=s["name"]),
    "aws_db_instance": lambda c, s: c("rds").modify_db_instance(
        DBInstanceIdentifier=s["identifier"], CopyTagsToSnapshot=False
    ),
    "aws_db_parameter_group": lambda c, s: c("rds").reset_db_parameter_group(
        DBParameterGroupName=s["name"], ResetAllParameters=True
    ),
    "aws_db_subnet_group": lambda c, s: c("rds").modify_db_subnet_group(
        DBSubnetGroupName=s["name"], DBSubnetGroupDescription="Drifted", SubnetIds=list(s["subnet_ids"])
    ),
    "aws_ecr_lifecycle_policy": lambda c, s: c("ecr").delete_lifecycle_policy(repositoryName=s["repository"]),
    "aws_ecr_repository": lambda c, s: c("ecr").put_image_tag_mutability(
        repositoryName=s["name"], imageTagMutability="MUTABLE"
    ),
    "aws_ecr_repository_policy": lambda c, s: c("ecr").delete_repository_policy(
        repositoryName=s["repository"]
    ),
    "aws_cloudwatch_event_bus": lambda c, s: c("events").update_event_bus(
        Name=s["name"], Description="Drifted"
    ),
    "aws_dynamodb_table": lambda c, s: c("dynamodb").update_table(
        TableName=s["name"], DeletionProtectionEnabled=True
    ),
    "aws_dynamodb_table_item": lambda c, s: c("dynamodb").put_item(
        TableName=s["table_name"], Item={"name": {"S": "first"}, "size": {"N": "1"}}
    ),
    "aws_glue_catalog_database": lambda c, s: c("glue").delete_database(Name=s["name"]),
    "aws_glue_crawler": lambda c, s: c("glue").update_crawler(
        Name=s["name"], RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVERYTHING"}, Description="Drifted"
    ),
    "aws_glue_job": lambda c, s: c("glue").delete_job(JobName=s["name"]),
    "aws_iam_role": lambda c, s: c("iam").update_role(RoleName=s["name"], MaxSessionDuration=10800),
    "aws_iam_role_policy": lambda c, s: c("iam").delete_role_policy(RoleName=s["role"], PolicyName=s["name"]),
    "aws_iam_policy": lambda c, s: c("iam").tag_policy(
        PolicyArn=s["arn"], Tags=[{"Key": "stage", "Value": "drifted"}]
    ),
    "aws_iam_role_policy_attachment": _detach,
    "aws_kms_alias": lambda c, s: c("kms").delete_alias(AliasName=s["name"]),
    "aws_kms_key": lambda c, s: c("kms").update_key_description(KeyId=s["key_id"], Description="Drifted"),
    "aws_lambda_alias": lambda c, s: c("lambda").update_alias(
        FunctionName=s["function_name"], Name=s["name"], Description="Drifted"
    ),
    "aws_lambda_permission": lambda c, s: c("lambda").remove_permission(
        FunctionName=s["function_name"], StatementId=s["statement_id"]
    ),
    "aws_sagemaker_endpoint": _tag_drifted,
    "aws_sagemaker_endpoint_configuration": _tag_drifted,
    "aws_sagemaker_model": _tag_drifted,
    "aws_sagemaker_model_package_group": _tag_drifted,
    "aws_ssm_parameter": lambda c, s: c("ssm").put_parameter(Name=s["name"], Value="drifted", Overwrite=True),
    "aws_lambda_event_source_mapping": lambda c, s: c("lambda").update_event_source_mapping(
        UUID=s["uuid"], BatchSize=7
    ),
    "aws_lambda_function_event_invoke_config": lambda c, s: c("lambda").put_function_event_invoke_config(
        FunctionName=s["function_name"], MaximumRetryAttempts=2
    ),
    "aws_lambda_layer_version": lambda c, s: c("lambda").delete_layer_version(
        LayerName=s["layer_name"], VersionNumber=int(s["version"])
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
    "aws_secretsmanager_secret": lambda c, s: c("secretsmanager").update_secret(
        SecretId=s["arn"], Description="Drifted"
    ),
    "aws_secretsmanager_secret_version": lambda c, s: c("secretsmanager").put_secret_value(
        SecretId=s["secret_id"], SecretString="drifted"
    ),
    "aws_security_group": lambda c, s: c("ec2").create_tags(
        Resources=[s["id"]], Tags=[{"Key": "stage", "Value": "drifted"}]
    ),
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
    "aws_vpc_security_group_egress_rule": lambda c, s: c("ec2").revoke_security_group_egress(
        GroupId=s["security_group_id"], SecurityGroupRuleIds=[s["security_group_rule_id"]]
    ),
    "aws_vpc_security_group_ingress_rule": lambda c, s: c("ec2").revoke_security_group_ingress(
        GroupId=s["security_group_id"], SecurityGroupRuleIds=[s["security_group_rule_id"]]
    ),
}

LEFT: dict[str, Callable[[Clients], list[Any]]] = {
    "alarms": lambda c: c("cloudwatch").describe_alarms()["MetricAlarms"],
    "dashboards": lambda c: c("cloudwatch").list_dashboards()["DashboardEntries"],
    "schedules": lambda c: c("scheduler").list_schedules()["Schedules"],
    "aliases": lambda c: c("kms").list_aliases()["Aliases"],
    "build projects": lambda c: c("codebuild").list_projects()["projects"],
    "buses": lambda c: [
        bus for bus in c("events").list_event_buses()["EventBuses"] if bus["Name"] != "default"
    ],
    "buckets": lambda c: c("s3").list_buckets()["Buckets"],
    "databases": lambda c: c("rds").describe_db_instances()["DBInstances"],
    "endpoint configurations": lambda c: c("sagemaker").list_endpoint_configs()["EndpointConfigs"],
    "endpoints": lambda c: c("sagemaker").list_endpoints()["Endpoints"],
    "functions": lambda c: c("lambda").list_functions()["Functions"],
    "crawlers": lambda c: c("glue").list_crawlers()["CrawlerNames"],
    "glue databases": lambda c: c("glue").get_databases()["DatabaseList"],
    "jobs": lambda c: c("glue").get_jobs()["Jobs"],
    "keys": _live_keys,
    "layers": lambda c: c("lambda").list_layers()["Layers"],
    "log groups": lambda c: c("logs").describe_log_groups(logGroupNamePrefix="/conformance")["logGroups"],
    "metric filters": lambda c: c("logs").describe_metric_filters()["metricFilters"],
    "machines": lambda c: c("stepfunctions").list_state_machines()["stateMachines"],
    "mappings": lambda c: c("lambda").list_event_source_mappings()["EventSourceMappings"],
    "parameter groups": lambda c: [
        group
        for group in c("rds").describe_db_parameter_groups()["DBParameterGroups"]
        if group["DBParameterGroupName"].startswith("conformance")
    ],
    "model groups": lambda c: c("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"],
    "models": lambda c: c("sagemaker").list_models()["Models"],
    "parameters": lambda c: c("ssm").describe_parameters()["Parameters"],
    "policies": lambda c: c("iam").list_policies(Scope="Local")["Policies"],
    "queues": lambda c: c("sqs").list_queues().get("QueueUrls", []),
    "repositories": lambda c: [
        r for r in c("ecr").describe_repositories()["repositories"] if r["repositoryName"] != IMAGE
    ],
    "roles": lambda c: [r for r in c("iam").list_roles()["Roles"] if "conformance" in r["RoleName"]],
    "rules": lambda c: c("events").list_rules()["Rules"],
    "secrets": lambda c: c("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"],
    "security groups": lambda c: [
        group
        for group in c("ec2").describe_security_groups()["SecurityGroups"]
        if group["GroupName"].startswith("conformance")
    ],
    "subnet groups": lambda c: c("rds").describe_db_subnet_groups()["DBSubnetGroups"],
    "subscriptions": lambda c: c("sns").list_subscriptions()["Subscriptions"],
    "tables": lambda c: c("dynamodb").list_tables()["TableNames"],
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
    clients("ecr").create_repository(repositoryName=IMAGE)
    pushed = push(sandbox, CONTAINERS / "quick", IMAGE, "first")
    assert pushed.returncode == 0, pushed.stderr
    (root.directory / "image.auto.tfvars").write_text(f'image = "{pushed.stdout.split()[-1]}"\n')
    settled: dict[str, Actions] = {}

    def turn(name: str, **variables: object) -> Actions:
        planned = root.plan(**variables)
        root.done("apply", "-input=false", "-no-color", "plan")
        settled[name] = root.plan(**variables)
        return planned

    created = turn("create")
    before = {name: look(clients) for name, look in LEFT.items()}
    for address, values in root.state().items():
        drift = DRIFT.get(address.partition(".")[0])
        if drift and not address.endswith("dead_letter"):
            drift(clients, values)
    drifted = turn("drift")
    changed = turn("change", changed=True)
    renamed = turn("rename", changed=True, renamed=True)
    imported = _import_all(root, settled)
    root.destroy()
    left = {name: look(clients) for name, look in LEFT.items()}
    return Story(created, changed, renamed, drifted, imported, settled, before, left)


def _import_all(root: Root, settled: dict[str, Actions]) -> Mapping[str, Any]:
    blocks = {}
    for address, values in root.state().items():
        resource = RESOURCES.get(address.partition(".")[0])
        if resource is None:
            continue  # terraform_data is Terraform's own
        for form in (resource.id,) if resource.import_ids is None else resource.import_ids[:1]:
            blocks[address] = f'import {{\n  to = {address}\n  id = "{form.format_map(values)}"\n}}\n'
    (root.directory / "imports.tf").write_text("\n".join(blocks.values()))
    root.done("state", "rm", *blocks)
    variables = {"changed": True, "renamed": True}
    root.plan(**variables)
    changes = {item["address"]: item["change"] for item in root.planned()["resource_changes"]}
    root.done("apply", "-input=false", "-no-color", "plan")
    settled["import"] = root.plan(**variables)
    return changes


def _of(actions: Actions, type_name: str) -> list[list[str]]:
    return [doing for address, doing in actions.items() if address.startswith(f"{type_name}.")]


@pytest.mark.parametrize("turn", ["create", "drift", "change", "rename", "import"])
@pytest.mark.parity(
    "terraform:data.archive_file",
    "terraform:data.aws_caller_identity",
    "terraform:data.aws_iam_policy_document",
    "terraform:data.aws_partition",
    "terraform:data.aws_region",
)
def test_nothing_is_planned_once_a_configuration_is_applied(story: Story, turn: str) -> None:
    assert story.settled[turn] == {}


@pytest.mark.parametrize("type_name", RESOURCES)
@pytest.mark.parity("terraform:aws_*")
def test_it_is_created(story: Story, type_name: str) -> None:
    assert _of(story.created, type_name)
    assert all(doing == ["create"] for doing in _of(story.created, type_name))


@pytest.mark.parametrize("type_name", CHANGEABLE)
def test_a_change_is_made_in_place(story: Story, type_name: str) -> None:
    assert ["update"] in _of(story.changed, type_name)
    assert all(doing == ["update"] for doing in _of(story.changed, type_name))


@pytest.mark.parametrize("type_name", RESOURCES)
def test_a_new_identity_makes_a_new_resource(story: Story, type_name: str) -> None:
    assert _of(story.renamed, type_name)
    assert all(doing == ["delete", "create"] for doing in _of(story.renamed, type_name))


@pytest.mark.parametrize("type_name", RESOURCES)
def test_drift_is_seen(story: Story, type_name: str) -> None:
    [actions] = {tuple(doing) for doing in _of(story.drifted, type_name)}
    assert actions in (("update",), ("create",))


@pytest.mark.parametrize(
    "type_name", [name for name, resource in RESOURCES.items() if resource.import_ids != ()]
)
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
