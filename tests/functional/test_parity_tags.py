"""Tags of everything that the catalogue tags, on the sandbox or on AWS: set, taken back, and of nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from cloud_support import Cloud, code

FIRST = {"stage": "test", "gone": "soon"}
MACHINE = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}


@dataclass(frozen=True)
class Tagging:
    """How a service tags: `key` and `value` name the parts of a pair, and without them tags are a map."""

    service: str
    make: Callable[[Cloud], str]
    resource: str
    missing: str
    tag: str = "tag_resource"
    untag: str = "untag_resource"
    told: str = "list_tags_for_resource"
    tags: str = "Tags"
    keys: str = "TagKeys"
    answer: str = "Tags"
    key: str = "Key"
    value: str = "Value"

    def written(self, tags: dict[str, str]) -> Any:
        if not self.key:
            return tags
        return [{self.key: name, self.value: value} for name, value in tags.items()]

    def read(self, answer: dict[str, Any]) -> dict[str, str]:
        found = answer.get(self.answer, {})
        return found if not self.key else {one[self.key]: one[self.value] for one in found}


def repository(cloud: Cloud) -> str:
    ecr, name = cloud.client("ecr"), cloud.name()
    cloud.later(ecr.delete_repository, repositoryName=name)
    return str(ecr.create_repository(repositoryName=name)["repository"]["repositoryArn"])


def rule(cloud: Cloud) -> str:
    events, name = cloud.client("events"), cloud.name()
    cloud.later(events.delete_rule, Name=name)
    return str(events.put_rule(Name=name, EventPattern='{"source": ["none"]}')["RuleArn"])


def database(cloud: Cloud) -> str:
    glue, name = cloud.client("glue"), cloud.name()
    cloud.later(glue.delete_database, Name=name)
    glue.create_database(DatabaseInput={"Name": name})
    return f"arn:aws:glue:{cloud.region}:{cloud.account_id}:database/{name}"


def role(cloud: Cloud) -> str:
    return cloud.role("lambda").rpartition("/")[2]


def key(cloud: Cloud) -> str:
    kms = cloud.client("kms")
    arn = str(kms.create_key()["KeyMetadata"]["Arn"])
    cloud.later(kms.schedule_key_deletion, KeyId=arn, PendingWindowInDays=7)
    return arn


def function(cloud: Cloud) -> str:
    name = cloud.function("def handler(event, context): return 1\n")
    return str(cloud.client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"])


def log_group(cloud: Cloud) -> str:
    logs, name = cloud.client("logs"), cloud.name()
    cloud.later(logs.delete_log_group, logGroupName=name)
    logs.create_log_group(logGroupName=name)
    return f"arn:aws:logs:{cloud.region}:{cloud.account_id}:log-group:{name}"


def alarm(cloud: Cloud) -> str:
    cloudwatch, name = cloud.client("cloudwatch"), cloud.name()
    cloud.later(cloudwatch.delete_alarms, AlarmNames=[name])
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace=name, MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    return f"arn:aws:cloudwatch:{cloud.region}:{cloud.account_id}:alarm:{name}"


def parameters(cloud: Cloud) -> str:
    rds, name = cloud.client("rds"), cloud.name()
    cloud.later(rds.delete_db_parameter_group, DBParameterGroupName=name)
    made = rds.create_db_parameter_group(
        DBParameterGroupName=name, DBParameterGroupFamily="postgres17", Description="A test's."
    )
    return str(made["DBParameterGroup"]["DBParameterGroupArn"])


def topic(cloud: Cloud) -> str:
    return cloud.topic()


def queue(cloud: Cloud) -> str:
    return cloud.queue()[0]


def machine(cloud: Cloud) -> str:
    return cloud.machine(MACHINE)


SMALL = {"tags": "tags", "keys": "tagKeys", "answer": "tags"}
MAP = {"key": "", "value": ""}
ROLE = {"tag": "tag_role", "untag": "untag_role", "told": "list_role_tags"}
QUEUE = {"tag": "tag_queue", "untag": "untag_queue", "told": "list_queue_tags"}
DATABASE = {"told": "get_tags", "tags": "TagsToAdd", "keys": "TagsToRemove"}
PARAMETERS = {"tag": "add_tags_to_resource", "untag": "remove_tags_from_resource", "answer": "TagList"}


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(
            Tagging("ecr", repository, "resourceArn", "RepositoryNotFoundException", **SMALL),
            marks=pytest.mark.parity("ecr:TagResource", "ecr:UntagResource", "ecr:ListTagsForResource"),
            id="ecr",
        ),
        pytest.param(
            Tagging("events", rule, "ResourceARN", "ResourceNotFoundException"),
            marks=pytest.mark.parity(
                "events:TagResource", "events:UntagResource", "events:ListTagsForResource"
            ),
            id="events",
        ),
        pytest.param(
            Tagging("glue", database, "ResourceArn", "EntityNotFoundException", **DATABASE, **MAP),
            marks=pytest.mark.parity("glue:TagResource", "glue:UntagResource", "glue:GetTags"),
            id="glue",
        ),
        pytest.param(
            Tagging("iam", role, "RoleName", "NoSuchEntity", **ROLE),
            marks=pytest.mark.parity("iam:TagRole", "iam:UntagRole", "iam:ListRoleTags"),
            id="iam",
        ),
        pytest.param(
            Tagging(
                "kms",
                key,
                "KeyId",
                "NotFoundException",
                told="list_resource_tags",
                key="TagKey",
                value="TagValue",
            ),
            marks=pytest.mark.parity("kms:TagResource", "kms:UntagResource", "kms:ListResourceTags"),
            id="kms",
        ),
        pytest.param(
            Tagging("lambda", function, "Resource", "ResourceNotFoundException", told="list_tags", **MAP),
            marks=pytest.mark.parity("lambda:TagResource", "lambda:UntagResource", "lambda:ListTags"),
            id="lambda",
        ),
        pytest.param(
            Tagging("logs", log_group, "resourceArn", "ResourceNotFoundException", **SMALL, **MAP),
            marks=pytest.mark.parity("logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource"),
            id="logs",
        ),
        pytest.param(
            Tagging("cloudwatch", alarm, "ResourceARN", "ResourceNotFoundException"),
            marks=pytest.mark.parity(
                "monitoring:TagResource", "monitoring:UntagResource", "monitoring:ListTagsForResource"
            ),
            id="cloudwatch",
        ),
        pytest.param(
            Tagging("rds", parameters, "ResourceName", "DBParameterGroupNotFound", **PARAMETERS),
            marks=pytest.mark.parity(
                "rds:AddTagsToResource", "rds:RemoveTagsFromResource", "rds:ListTagsForResource"
            ),
            id="rds",
        ),
        pytest.param(
            Tagging("sns", topic, "ResourceArn", "ResourceNotFound"),
            marks=pytest.mark.parity("sns:TagResource", "sns:UntagResource", "sns:ListTagsForResource"),
            id="sns",
        ),
        pytest.param(
            Tagging("sqs", queue, "QueueUrl", "AWS.SimpleQueueService.NonExistentQueue", **QUEUE, **MAP),
            marks=pytest.mark.parity("sqs:TagQueue", "sqs:UntagQueue", "sqs:ListQueueTags"),
            id="sqs",
        ),
        pytest.param(
            Tagging(
                "stepfunctions", machine, "resourceArn", "ResourceNotFound", **SMALL, key="key", value="value"
            ),
            marks=pytest.mark.parity(
                "states:TagResource", "states:UntagResource", "states:ListTagsForResource"
            ),
            id="states",
        ),
    ],
)
def test_tags_are_set_changed_and_taken_back(cloud: Cloud, how: Tagging) -> None:
    client, one = cloud.client(how.service), {how.resource: how.make(cloud)}

    def told() -> dict[str, str]:
        return how.read(getattr(client, how.told)(**one))

    getattr(client, how.tag)(**one, **{how.tags: how.written(FIRST)})
    cloud.until(lambda: told() == FIRST)
    getattr(client, how.tag)(**one, **{how.tags: how.written({"stage": "live"})})
    cloud.until(lambda: told() == {**FIRST, "stage": "live"})
    getattr(client, how.untag)(**one, **{how.keys: ["gone", "never"]})
    cloud.until(lambda: told() == {"stage": "live"})
    other = {how.resource: _another(one[how.resource])}
    assert code(getattr(client, how.told), **other) == how.missing


def _another(name: str) -> str:
    """Return a name of the same form that nothing has."""
    head, _, last = name.rpartition("-")
    return f"{head}-{'0' * len(last)}"
