"""EventBridge: its operations, each with the members of its request that the base carries out."""

from __future__ import annotations

MEMBERS = {
    "CreateEventBus": "Name Description Tags",
    "DeleteEventBus": "Name",
    "DeleteRule": "Name EventBusName",
    "DescribeEventBus": "Name",
    "DescribeRule": "Name EventBusName",
    "DisableRule": "Name EventBusName",
    "EnableRule": "Name EventBusName",
    "ListEventBuses": "NamePrefix NextToken Limit",
    "ListRuleNamesByTarget": "TargetArn EventBusName NextToken Limit",
    "ListRules": "NamePrefix EventBusName NextToken Limit",
    "ListTagsForResource": "ResourceARN",
    "ListTargetsByRule": "Rule EventBusName NextToken Limit",
    "PutEvents": "Entries",
    "PutRule": "Name ScheduleExpression EventPattern State Description RoleArn Tags EventBusName",
    "PutTargets": "Rule EventBusName Targets",
    "RemoveTargets": "Rule EventBusName Ids",
    "TagResource": "ResourceARN Tags",
    "TestEventPattern": "EventPattern Event",
    "UntagResource": "ResourceARN TagKeys",
    "UpdateEventBus": "Name Description",
}
