"""SNS: the base's, with a mailbox. An address counts as confirmed, since the sandbox itself is its owner."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.clock import iso
from s_infra.sandbox.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.base import Base

MAIL_PATH = "/_s_infra/mail"
PROTOCOLS = ("email", "email-json")
MOST_MAILS = 1000
SUBJECT = "AWS Notification Message"


def install(base: Base) -> None:
    """Keep what the base would only say it had mailed; `GET /_s_infra/mail` shows it."""
    sns = base.module("sns")
    mailbox = Mailbox(base, sns)
    fan_out = sns._fanout

    def fan_out_and_mail(
        topic_arn: str,
        message_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        fan_out(topic_arn, message_id, message, subject, message_structure, message_attributes, **options)
        publication = Publication(topic_arn, message_id, subject, message, message_structure)
        mailbox.deliver(publication, message_attributes or {})

    sns._fanout = fan_out_and_mail
    error, codes = sns._error, _codes()
    # The base answers with the names of exceptions in SDKs; AWS has codes of their own for most.
    sns._error = lambda code, message, status: error(codes.get(code, code), message, status)
    base.add_page(MAIL_PATH, mailbox.shown)
    base.keep_state("mail", lambda: (mailbox.shown(), ()), mailbox.restore)


def _codes() -> dict[str, str]:
    return {shape.name: shape.error_code for shape in service_model("sns").error_shapes}


@dataclass(frozen=True)
class Publication:
    """A message to a topic; `structure` is "json" where each protocol has a text of its own."""

    topic: str
    message_id: str
    subject: str
    message: str
    structure: str


class Mailbox:
    """The newest mails to any address, oldest first."""

    def __init__(self, base: Base, sns: Any) -> None:
        self._base, self._sns = base, sns
        self._mails: deque[dict[str, Any]] = deque(maxlen=MOST_MAILS)
        self._lock = threading.Lock()

    def deliver(self, publication: Publication, attributes: Mapping[str, Any]) -> None:
        """Mail a publication to the topic's addresses."""
        topic = self._sns._topic_by_arn_any_scope(publication.topic)
        for subscription in topic["subscriptions"] if topic else ():
            protocol = subscription["protocol"]
            if protocol not in PROTOCOLS:
                continue
            text = self._sns._resolve_message_for_protocol(
                publication.message, publication.structure, protocol
            )
            if not self._sns._matches_filter_policy(subscription, attributes, text):
                continue
            mail = self._mail(publication, subscription, text, attributes)
            with self._lock:
                self._mails.append(mail)

    def _mail(
        self,
        publication: Publication,
        subscription: Mapping[str, Any],
        text: str,
        attributes: Mapping[str, Any],
    ) -> dict[str, Any]:
        now = self._base.clock.now()
        leave = f"{self._base.endpoint}/?Action=Unsubscribe&SubscriptionArn={subscription['arn']}"
        subject = publication.subject or SUBJECT
        if subscription["protocol"] == "email-json":
            body = json.dumps(
                {
                    "Type": "Notification",
                    "MessageId": publication.message_id,
                    "TopicArn": publication.topic,
                    **({"Subject": publication.subject} if publication.subject else {}),
                    "Message": text,
                    "Timestamp": iso(now),
                    "UnsubscribeURL": leave,
                    **({"MessageAttributes": dict(attributes)} if attributes else {}),
                }
            )
        else:
            body = f"{text}\n\n--\nTo stop receiving notifications from this topic, visit:\n{leave}\n"
        return {
            "to": subscription["endpoint"],
            "topic": publication.topic,
            "subject": subject,
            "message": text,
            "time": now,
            "body": body,
            "unsubscribe": leave,
        }

    def restore(self, content: Mapping[str, Any]) -> None:
        """Take up what `shown` gave."""
        self._mails.extend(content["mails"])

    def shown(self) -> dict[str, Any]:
        """Return the mails."""
        with self._lock:
            return {"mails": list(self._mails)}
