"""SNS: topics, their policies, and subscriptions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.provider.declaration import Call, Read, Resource, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.provider.cty import State, Value
    from s_infra.sandbox.provider.session import Session

_OWNERS = (
    "AddPermission",
    "DeleteTopic",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "Publish",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
)


def _topic_told(told: State, state: State) -> Mapping[str, Value]:
    del told
    return {"name": state["arn"].rsplit(":", 1)[-1], "arn": state["arn"]}


def _policy_deleted(session: Session, state: State) -> None:
    # A topic is never without a policy: deleting ours gives it back the one that it was made with.
    account = session.identity()["Account"]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{name}" for name in _OWNERS],
        "Resource": state["arn"],
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }
    policy: dict[str, Any] = {
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [statement],
    }
    session.client("sns").set_topic_attributes(
        TopicArn=state["arn"], AttributeName="Policy", AttributeValue=json.dumps(policy)
    )


RESOURCES = {
    "aws_sns_topic": Resource(
        service="sns",
        id="{arn}",
        create=(Call("CreateTopic", returns={"arn": "TopicArn"}),),
        read=(Read("GetTopicAttributes"),),
        update=(Call("SetTopicAttributes", each="CreateTopic"),),
        delete=(Call("DeleteTopic"),),
        settle=_topic_told,
        names={
            "arn": ("TopicArn", "Attributes.TopicArn"),
            "content_based_deduplication": "Attributes.ContentBasedDeduplication",
            "delivery_policy": "Attributes.DeliveryPolicy",
            "display_name": "Attributes.DisplayName",
            "fifo_throughput_scope": "Attributes.FifoThroughputScope",
            "fifo_topic": "Attributes.FifoTopic",
            "kms_master_key_id": "Attributes.KmsMasterKeyId",
            "owner": "Attributes.Owner",
            "policy": "Attributes.Policy",
            "signature_version": "Attributes.SignatureVersion",
            "tracing_config": "Attributes.TracingConfig",
        },
        defaults={"fifo_topic": False, "content_based_deduplication": False},
        blank={"fifo_topic": False, "content_based_deduplication": False},
        local=("name_prefix",),
        json=("policy", "delivery_policy"),
        replace=("name", "name_prefix", "fifo_topic"),
        tags=Tags("ListTagsForResource", "TagResource", "UntagResource"),
    ),
    "aws_sns_topic_policy": Resource(
        service="sns",
        id="{arn}",
        create=(Call("SetTopicAttributes", constant={"AttributeName": "Policy"}),),
        read=(Read("GetTopicAttributes", needs="policy"),),
        update=(Call("SetTopicAttributes", constant={"AttributeName": "Policy"}),),
        delete=(),
        before_delete=_policy_deleted,
        names={
            "arn": ("TopicArn", "Attributes.TopicArn"),
            "owner": "Attributes.Owner",
            "policy": ("AttributeValue", "Attributes.Policy"),
        },
        json=("policy",),
        replace=("arn",),
    ),
    "aws_sns_topic_subscription": Resource(
        service="sns",
        id="{arn}",
        create=(
            Call("Subscribe", constant={"ReturnSubscriptionArn": True}, returns={"arn": "SubscriptionArn"}),
        ),
        read=(Read("GetSubscriptionAttributes"),),
        update=(Call("SetSubscriptionAttributes", each="Subscribe"),),
        delete=(Call("Unsubscribe"),),
        names={
            "arn": ("SubscriptionArn", "Attributes.SubscriptionArn"),
            "confirmation_was_authenticated": "Attributes.ConfirmationWasAuthenticated",
            "delivery_policy": "Attributes.DeliveryPolicy",
            "endpoint": ("Endpoint", "Attributes.Endpoint"),
            "filter_policy": "Attributes.FilterPolicy",
            "filter_policy_scope": "Attributes.FilterPolicyScope",
            "owner_id": "Attributes.Owner",
            "pending_confirmation": "Attributes.PendingConfirmation",
            "protocol": ("Protocol", "Attributes.Protocol"),
            "raw_message_delivery": "Attributes.RawMessageDelivery",
            "redrive_policy": "Attributes.RedrivePolicy",
            "subscription_role_arn": "Attributes.SubscriptionRoleArn",
            "topic_arn": ("TopicArn", "Attributes.TopicArn"),
        },
        defaults={
            "confirmation_timeout_in_minutes": 1,
            "endpoint_auto_confirms": False,
            "raw_message_delivery": False,
        },
        blank={"raw_message_delivery": False},
        json=("filter_policy", "delivery_policy", "redrive_policy"),
        replace=("endpoint", "protocol", "topic_arn"),
    ),
}
