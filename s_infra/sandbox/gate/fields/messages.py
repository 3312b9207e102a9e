"""SNS and SQS: who may subscribe, and the attributes of topics, subscriptions and queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SUBSCRIPTION_PROTOCOLS = ("email", "email-json", "lambda", "sqs")
TOPIC = frozenset({"DisplayName", "KmsMasterKeyId", "Policy"})
SUBSCRIPTION = frozenset({"FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"})
QUEUE = frozenset(
    {
        *("DelaySeconds", "KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "MaximumMessageSize"),
        *("MessageRetentionPeriod", "Policy", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy"),
        *("SqsManagedSseEnabled", "VisibilityTimeout"),
    }
)
# What tells a key: an id alone doesn't say whose it is.
KEYS = ("alias/", "arn:aws:kms:")
# Of queues and topics that keep an order; there are none.
IN_ORDER = ("MessageDeduplicationId", "MessageGroupId")


def _attributes(attributes: Mapping[str, Any], carried: frozenset[str]) -> str | None:
    for name, value in attributes.items():
        if name not in carried and value not in (None, "", "false"):
            return f"Attributes.{name}"
        # Nothing is encrypted with it; who may use it is asked of its policy where a service acts by itself.
        if name == "KmsMasterKeyId" and value and not str(value).startswith(KEYS):
            return f"Attributes.KmsMasterKeyId {value}"
    return None


def _topic(given: Mapping[str, Any]) -> str | None:
    return _attributes(given.get("Attributes", {}), TOPIC)


def _topic_attribute(given: Mapping[str, Any]) -> str | None:
    return _attributes({str(given.get("AttributeName")): given.get("AttributeValue")}, TOPIC)


def _subscription(given: Mapping[str, Any]) -> str | None:
    protocol = given.get("Protocol")
    if protocol not in SUBSCRIPTION_PROTOCOLS:
        return f"Protocol {protocol}"
    return _attributes(given.get("Attributes", {}), SUBSCRIPTION)


def _subscription_attribute(given: Mapping[str, Any]) -> str | None:
    return _attributes({str(given.get("AttributeName")): given.get("AttributeValue")}, SUBSCRIPTION)


def _queue(given: Mapping[str, Any]) -> str | None:
    return _attributes(given.get("Attributes", {}), QUEUE)


def _topic_batch(given: Mapping[str, Any]) -> str | None:
    return _ordered(given.get("PublishBatchRequestEntries", ()))


def _queue_batch(given: Mapping[str, Any]) -> str | None:
    return _ordered(given.get("Entries", ()))


def _ordered(entries: Iterable[Mapping[str, Any]]) -> str | None:
    return next((f"Entries.{name}" for entry in entries for name in IN_ORDER if entry.get(name)), None)


TOPICS = {
    "CreateTopic": _topic,
    "PublishBatch": _topic_batch,
    "SetSubscriptionAttributes": _subscription_attribute,
    "SetTopicAttributes": _topic_attribute,
    "Subscribe": _subscription,
}
QUEUES = {
    "CreateQueue": _queue,
    "SendMessageBatch": _queue_batch,
    "SetQueueAttributes": _queue,
}
