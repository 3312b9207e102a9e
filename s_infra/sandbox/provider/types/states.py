"""Step Functions: state machines."""

from __future__ import annotations

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags
from s_infra.sandbox.provider.told import told_by

RESOURCES = {
    "aws_sfn_state_machine": Resource(
        service="stepfunctions",
        id="{arn}",
        create=(Call("CreateStateMachine", returns={"arn": "stateMachineArn"}),),
        read=(Read("DescribeStateMachine"),),
        update=(Call("UpdateStateMachine"),),
        delete=(Call("DeleteStateMachine"),),
        names={
            "arn": "stateMachineArn",
            "logging_configuration.log_destination": "destinations.0.cloudWatchLogsLogGroup.logGroupArn",
        },
        defaults={"type": "STANDARD", "publish": False},
        filled=("encryption_configuration", "logging_configuration", "tracing_configuration"),
        local=("name_prefix",),
        json=("definition",),
        replace=("name", "name_prefix", "type"),
        renewed={"revision_id": ("definition", "role_arn")},
        tags=Tags("ListTagsForResource", "TagResource", "UntagResource"),
    ),
}

SOURCES = {
    "aws_sfn_state_machine": told_by(
        "aws_sfn_state_machine",
        RESOURCES["aws_sfn_state_machine"],
        known={"arn": "arn:{partition}:states:{region}:{account}:stateMachine:{name}"},
    )
}
