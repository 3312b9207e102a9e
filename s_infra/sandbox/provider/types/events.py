"""EventBridge: buses, rules and their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State, Value


def _rule_told(told: State, state: State) -> Mapping[str, Value]:
    now = {**state, **told}
    bus = now.get("event_bus_name") or "default"
    return {"id": now["name"] if bus == "default" else f"{bus}/{now['name']}"}


RESOURCES = {
    "aws_cloudwatch_event_bus": Resource(
        service="events",
        id="{name}",
        create=(Call("CreateEventBus"),),
        read=(Read("DescribeEventBus"),),
        update=(Call("UpdateEventBus"),),
        delete=(Call("DeleteEventBus"),),
        replace=("name", "event_source_name"),
        refused={
            **dict.fromkeys(("dead_letter_config", "log_config"), "a rule's targets have theirs"),
            "event_source_name": "the sandbox has no partners",
            "kms_key_identifier": "the sandbox encrypts nothing",
        },
        tags=Tags("ListTagsForResource", "TagResource", "UntagResource"),
    ),
    "aws_cloudwatch_event_rule": Resource(
        service="events",
        id="{name}",
        import_ids=("{event_bus_name}/{name}", "{name}"),
        create=(Call("PutRule"),),
        read=(Read("DescribeRule"),),
        update=(Call("PutRule"),),
        delete=(Call("DeleteRule"),),
        settle=_rule_told,
        names={"force_destroy": "Force", "is_enabled": ""},
        defaults={"event_bus_name": "default", "force_destroy": False, "state": "ENABLED"},
        local=("name_prefix",),
        json=("event_pattern",),
        replace=("name", "name_prefix", "event_bus_name"),
        refused={"is_enabled": "The real provider 6 still has it as deprecated; use state."},
        tags=Tags("ListTagsForResource", "TagResource", "UntagResource"),
    ),
    "aws_cloudwatch_event_target": Resource(
        service="events",
        id="{rule}-{target_id}",
        import_ids=("{event_bus_name}/{rule}/{target_id}",),
        create=(Call("PutTargets", into="Targets.0"),),
        read=(Read("ListTargetsByRule", at="Targets", match=("target_id", "Id")),),
        update=(Call("PutTargets", into="Targets.0"),),
        delete=(Call("RemoveTargets"),),
        names={
            "target_id": ("Id", "Ids"),
            "arn": "Arn",
            "force_destroy": "Force",
            "sqs_target": "SqsParameters",
            "input_transformer.input_paths": "InputPathsMap",
        },
        defaults={"event_bus_name": "default", "force_destroy": False},
        generated="target_id",
        json=("input",),
        replace=("rule", "event_bus_name", "target_id"),
    ),
}
