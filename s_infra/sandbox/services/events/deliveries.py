"""Deliveries of events to the targets of rules: tried again by the retry policy, then a dead letter."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from s_infra.sandbox.clock import Fired
from s_infra.sandbox.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from s_infra.sandbox.base import Base
    from s_infra.sandbox.services.events.targets import Problem, Targets

logger = logging.getLogger(__name__)
# Of the user guide: "Event retry policy and using dead-letter queues".
RETRIES, OLDEST_S = 185, 86400
LONGEST_PAUSE_S = 3600.0
MACHINE = "arn:aws:states:::stateMachine:none"


@dataclass(frozen=True)
class Letter:
    """What one target of a rule is to get; `since` is when it first was, by the sandbox's clock."""

    target: Mapping[str, Any]
    rule: Mapping[str, Any]
    payload: str
    since: float

    @property
    def rule_name(self) -> str:
        """The rule's name."""
        return str(self.rule.get("Name", ""))

    def exhausted(self, attempt: int, again_at: float) -> str | None:
        """Return which condition of the retry policy lets no other attempt be, None if there may be one."""
        policy = self.target.get("RetryPolicy") or {}
        if attempt > policy.get("MaximumRetryAttempts", RETRIES):
            return "MaximumRetryAttempts"
        if again_at - self.since > policy.get("MaximumEventAgeInSeconds", OLDEST_S):
            return "MaximumEventAgeInSeconds"
        return None


class Deliveries:
    """Delivers in the place of the base's `_invoke_target`, which is `invoke` here."""

    def __init__(self, base: Base, targets: Targets, invoke: Callable[..., Any]) -> None:
        self._base, self._targets, self._invoke = base, targets, invoke
        self._threads = Threads("rule-target", kept=4)
        self._taken = threading.local()
        # The base makes a target's input and hands it on: to us, whatever the target is.
        base.module("eventbridge")._dispatch_to_stepfunctions = self._take

    def deliver(
        self, target: Mapping[str, Any], event: Any, rule: Mapping[str, Any], *arguments: Any
    ) -> None:
        """Deliver an event to one target of a rule."""
        to_machine = str(target["Arn"]).startswith("arn:aws:states:")
        problem = self._targets.problem(str(target["Arn"]), str(rule.get("Arn", "")))
        if problem is None and not to_machine:
            self._count(rule, Invocations=1.0, FailedInvocations=0.0)
            self._invoke(target, event, rule, *arguments)
            return
        self._invoke({**target, "Arn": MACHINE}, event, rule, *arguments)
        letter = Letter(target, rule, self._taken.payload, self._base.clock.now())
        # In another thread: both are requests to this same server, which may be at work for this event.
        if problem is None:
            self._threads.run(partial(self._attempt, letter, 1, letter.since))
        else:
            self._threads.run(partial(self._give_up, letter, 1, problem, None))

    def _take(self, _arn: str, payload: str) -> None:
        self._taken.payload = payload

    def _attempt(self, letter: Letter, attempt: int, moment: float) -> str:
        target = letter.target
        problem = self._targets.started(
            str(target["Arn"]), target.get("RoleArn"), letter.rule_name, letter.payload
        )
        if problem is None:
            self._count(letter.rule, Invocations=1.0, FailedInvocations=0.0)
            return "delivered"
        again_at = moment + min(2.0**attempt, LONGEST_PAUSE_S)
        exhausted = letter.exhausted(attempt, again_at)
        if problem.again and exhausted is None:
            self._count(letter.rule, RetryInvocationAttempts=1.0)
            self._base.clock.at(again_at, lambda due: self._again(letter, attempt + 1, due))
        else:
            self._give_up(letter, attempt, problem, exhausted if problem.again else None)
        return f"failed: {problem.code}"

    def _again(self, letter: Letter, attempt: int, moment: float) -> Iterator[Fired]:
        what = self._attempt(letter, attempt, moment)
        yield Fired(moment, "rule", letter.rule_name, f"{letter.target['Arn']}, attempt {attempt}: {what}")

    def _give_up(self, letter: Letter, attempt: int, problem: Problem, exhausted: str | None) -> None:
        rule, target = letter.rule, letter.target
        self._count(rule, Invocations=1.0, FailedInvocations=1.0)
        rule_arn, arn = str(rule.get("Arn", "")), str(target["Arn"])
        logger.warning("rule %s: no delivery to %s: %s", rule_arn, arn, problem.message)
        queue = str((target.get("DeadLetterConfig") or {}).get("Arn", ""))
        if not queue:
            return
        told = {
            "RULE_ARN": rule_arn,
            "TARGET_ARN": arn,
            "ERROR_CODE": problem.code,
            "ERROR_MESSAGE": problem.message,
            "RETRY_ATTEMPTS": str(attempt - 1),
            **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
        }
        buried = self._buried(queue, rule_arn, letter.payload, told)
        self._count(rule, **{"InvocationsSentToDlq" if buried else "InvocationsFailedToBeSentToDlq": 1.0})

    def _buried(self, queue: str, rule_arn: str, payload: str, told: Mapping[str, str]) -> bool:
        if (problem := self._targets.problem(queue, rule_arn)) is not None:
            logger.warning("rule %s: its dead letter is lost: %s", rule_arn, problem.message)
            return False
        attributes = {name: {"DataType": "String", "StringValue": text} for name, text in told.items()}
        sqs = self._base.client("sqs")
        try:
            url = sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody=payload, MessageAttributes=attributes)
        except (BotoCoreError, ClientError) as error:
            logger.warning("rule %s: its dead letter is lost: %s", rule_arn, error)
            return False
        return True

    def _count(self, rule: Mapping[str, Any], **values: float) -> None:
        self._base.put_metrics("AWS/Events", values, {"RuleName": str(rule.get("Name", ""))})
