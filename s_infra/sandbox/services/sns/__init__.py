"""SNS: the base's, with a mailbox. An address counts as confirmed, since the sandbox itself is its owner."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.base import Base

MAIL_PATH = "/_s_infra/mail"
PROTOCOLS = ("email", "email-json")
MOST_MAILS = 1000


def install(base: Base) -> None:
    """Keep what the base would only say it had mailed; `GET /_s_infra/mail` shows it."""
    sns = base.module("sns")
    mailbox = Mailbox(sns)
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
        mailbox.deliver(topic_arn, subject, message, message_structure, message_attributes or {})

    sns._fanout = fan_out_and_mail
    base.add_page(MAIL_PATH, mailbox.shown)
    base.keep_state("mail", lambda: (mailbox.shown(), ()), mailbox.restore)


class Mailbox:
    """The newest mails to any address, oldest first."""

    def __init__(self, sns: Any) -> None:
        self._sns = sns
        self._mails: deque[dict[str, Any]] = deque(maxlen=MOST_MAILS)
        self._lock = threading.Lock()

    def deliver(
        self, topic_arn: str, subject: str, message: str, structure: str, attributes: Mapping[str, Any]
    ) -> None:
        """Mail a publication to the topic's addresses."""
        topic = self._sns._topic_by_arn_any_scope(topic_arn)
        for subscription in topic["subscriptions"] if topic else ():
            protocol = subscription["protocol"]
            if protocol not in PROTOCOLS:
                continue
            text = self._sns._resolve_message_for_protocol(message, structure, protocol)
            if not self._sns._matches_filter_policy(subscription, attributes, text):
                continue
            mail = {
                "to": subscription["endpoint"],
                "topic": topic_arn,
                "subject": subject or "AWS Notification Message",
                "message": text,
                "time": time.time(),
            }
            with self._lock:
                self._mails.append(mail)

    def restore(self, content: Mapping[str, Any]) -> None:
        """Take up what `shown` gave."""
        self._mails.extend(content["mails"])

    def shown(self) -> dict[str, Any]:
        """Return the mails."""
        with self._lock:
            return {"mails": list(self._mails)}
