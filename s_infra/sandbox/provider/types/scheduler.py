"""EventBridge Scheduler: schedules and their groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State, Value

_RETRIES = {"maximum_event_age_in_seconds": 86400, "maximum_retry_attempts": 185}


def _schedule_told(told: State, state: State) -> Mapping[str, Value]:
    # AWS tells its default of what was left out; the real provider plans nothing for that.
    targets, before = told.get("target"), state.get("target") or [{}]
    if not targets or before[0].get("retry_policy") or targets[0].get("retry_policy") != [_RETRIES]:
        return {}
    return {"target": [{**targets[0], "retry_policy": []}]}


_ELSEWHERE = "The sandbox has no such service."

RESOURCES = {
    "aws_scheduler_schedule": Resource(
        service="scheduler",
        id="{group_name}/{name}",
        create=(Call("CreateSchedule"),),
        read=(Read("GetSchedule", given=("name", "group_name")),),
        update=(Call("UpdateSchedule"),),
        delete=(Call("DeleteSchedule"),),
        defaults={
            "action_after_completion": "NONE",
            "group_name": "default",
            "schedule_expression_timezone": "UTC",
            "state": "ENABLED",
            **{f"target.retry_policy.{name}": value for name, value in _RETRIES.items()},
        },
        settle=_schedule_told,
        local=("name_prefix",),
        replace=("name", "name_prefix", "group_name"),
        refused={
            "kms_key_arn": "The sandbox doesn't encrypt schedules.",
            "target.ecs_parameters": _ELSEWHERE,
            "target.eventbridge_parameters": _ELSEWHERE,
            "target.kinesis_parameters": _ELSEWHERE,
            "target.sagemaker_pipeline_parameters": _ELSEWHERE,
        },
    ),
    "aws_scheduler_schedule_group": Resource(
        service="scheduler",
        id="{name}",
        create=(Call("CreateScheduleGroup"),),
        read=(Read("GetScheduleGroup", given=("name",)),),
        delete=(Call("DeleteScheduleGroup"),),
        local=("name_prefix",),
        replace=("name", "name_prefix"),
        tags=Tags("ListTagsForResource", "TagResource", "UntagResource"),
    ),
}
