"""Event source mappings of queues: batches, windows, filters, and what becomes of a batch."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.faults.fault import DELIVERIES
from s_infra.sandbox.services.functions.concurrency import ThrottledError
from s_infra.sandbox.services.functions.function import NotFoundError
from s_infra.sandbox.services.functions.invoker import Invocation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor

    from s_infra.sandbox.base import Base
    from s_infra.sandbox.services.functions.function import Registry
    from s_infra.sandbox.services.functions.invoker import Invoker, Outcome

Message = dict[str, Any]
# Lambda begins with five batches of a standard queue at once.
POLLERS = 5
# But no more than there are processors while each is done before another environment would have started.
PROCESSORS = max(2, os.cpu_count() or 1)
QUICK_S = 1.0
RECEIVED_AT_ONCE = 10
# An invocation takes 6 MB, of which the records' other fields need some.
MOST_BYTES = 5_000_000
PARTIAL = "ReportBatchItemFailures"
FAILED, SUCCEEDED, NOTHING = "PROBLEM: Function call failed", "OK", "No records processed"


@dataclass
class _Batch:
    """Messages that wait for their window's end."""

    messages: list[Message] = field(default_factory=list)
    opened: float = 0.0

    def bytes(self) -> int:
        return sum(len(message["body"]) for message in self.messages)


@dataclass(eq=False)
class _Work:
    """A batch under way; `begun` is when its environment was ready for it."""

    begun: float | None = None

    def begin(self) -> None:
        self.begun = time.monotonic()

    def is_quick(self) -> bool:
        return self.begun is None or time.monotonic() - self.begun < QUICK_S


class Sources:
    """Polls queues; `poll` is called by the base's own thread, again and again."""

    def __init__(self, base: Base, registry: Registry, invoker: Invoker, threads: Executor) -> None:
        self._lambda, self._queues = base.module("lambda_svc"), base.module("sqs")
        self._patterns = base.module("eventbridge")
        self._account, self._region = base.account_id, base.region
        self._faults = base.faults
        self._registry = registry
        self._invoker = invoker
        self._threads = threads
        self._open: dict[str, _Batch] = {}
        self._running: dict[str, list[_Work]] = defaultdict(list)
        self._lock, self._polling = threading.Lock(), threading.Lock()

    def poll(self) -> bool:
        """Take what the queues have; return whether there was anything."""
        with self._polling:
            return self._poll_all()

    def _poll_all(self) -> bool:
        mappings = [mapping for _, _, mapping in self._lambda._iter_all_esms()]
        for gone in set(self._open) - {mapping["UUID"] for mapping in mappings}:
            del self._open[gone]
        return any(self._poll_one(mapping) for mapping in mappings if mapping.get("Enabled", True))

    def _poll_one(self, mapping: Message) -> bool:
        queue = self._queues._queue_by_arn(mapping["EventSourceArn"])
        if not queue or not self._has_place(mapping, queue):
            return False
        size, window = mapping["BatchSize"], mapping.get("MaximumBatchingWindowInSeconds") or 0
        batch = self._open.setdefault(mapping["UUID"], _Batch())
        took = self._fill(mapping, queue, batch, size)
        full = len(batch.messages) >= size or batch.bytes() >= MOST_BYTES
        if batch.messages and (full or time.monotonic() - batch.opened >= window):
            del self._open[mapping["UUID"]]
            self._dispatch(mapping, queue, batch.messages)
            return True
        return took

    def _fill(self, mapping: Message, queue: Message, batch: _Batch, size: int) -> bool:
        url, took = self._url(queue), False
        while len(batch.messages) < size and batch.bytes() < MOST_BYTES:
            wanted = min(RECEIVED_AT_ONCE, size - len(batch.messages))
            received = self._queues._receive_messages_for_esm(url, wanted)
            if not received:
                break
            took = True
            kept = [message for message in received if self._wanted(mapping, message)]
            self._delete(url, [message for message in received if message not in kept])
            kept = [message for message in kept if self._goes_on(mapping, queue, message)]
            if kept and not batch.messages:
                batch.opened = time.monotonic()
            batch.messages += [dict(message) for message in kept]
        return took

    def _goes_on(self, mapping: Message, queue: Message, message: Message) -> bool:
        """Return whether a message is delivered now; a fault may lose it, delay it, or deliver it twice."""
        arn = mapping["EventSourceArn"]
        names = [arn.rpartition(":")[2], arn, message["body"]]
        struck = self._faults.striking(DELIVERIES, "queue-message", lambda: names, message["id"])
        kinds = {fault.kind: fault for fault in struck}
        if "lose" in kinds:
            self._delete(self._url(queue), [message])
        elif "delay" in kinds:
            message["visible_at"] = time.time() + kinds["delay"].seconds
            message["receive_count"] -= 1
        elif "double" in kinds:
            self._dispatch(mapping, queue, [dict(message)])
        return "lose" not in kinds and "delay" not in kinds

    def _wanted(self, mapping: Message, message: Message) -> bool:
        filters = (mapping.get("FilterCriteria") or {}).get("Filters") or []
        if not filters:
            return True
        record = self._record(mapping, message)
        try:
            record["body"] = json.loads(record["body"])
        except ValueError:
            record["body"] = message["body"]
        return any(
            self._patterns._matches_detail(record, alternative)
            for one in filters
            for alternative in self._patterns._compiled_pattern(one.get("Pattern", "{}")) or ()
        )

    def _dispatch(self, mapping: Message, queue: Message, messages: list[Message]) -> None:
        running, work = self._running[mapping["UUID"]], _Work()
        with self._lock:
            running.append(work)

        def run() -> None:
            try:
                self._run(mapping, self._url(queue), messages, work)
            finally:
                with self._lock:
                    running.remove(work)
            # Not left to the base's thread, which rests between two looks.
            self.poll()

        self._threads.submit(run)

    def _run(self, mapping: Message, url: str, messages: list[Message], work: _Work) -> None:
        event = {"Records": [self._record(mapping, message) for message in messages]}
        try:
            function = self._registry.find(mapping["FunctionName"], mapping.get("Qualifier"))
            invocation = Invocation(
                function, json.dumps(event).encode(), str(uuid.uuid4()), mapping["FunctionArn"]
            )
            outcome = self._invoker.invoke(invocation, work.begin)
        except (NotFoundError, ThrottledError, OSError):
            # The messages come again when they are visible again.
            mapping["LastProcessingResult"] = FAILED
            return
        failed = _failed(mapping, outcome, [message["id"] for message in messages])
        mapping["LastProcessingResult"] = FAILED if outcome.error else SUCCEEDED
        self._delete(url, [message for message in messages if message["id"] not in failed])

    def _delete(self, url: str, messages: Sequence[Message]) -> None:
        if messages:
            self._queues._delete_messages_for_esm(url, {message["receipt_handle"] for message in messages})

    def _has_place(self, mapping: Message, queue: Message) -> bool:
        limit = self._limit(mapping, queue)
        with self._lock:
            running = self._running[mapping["UUID"]]
            quick = all(work.is_quick() for work in running)
            return len(running) < (min(limit, PROCESSORS) if quick else limit)

    def _limit(self, mapping: Message, queue: Message) -> int:
        # Several batches of a FIFO queue at once would part what belongs to one group.
        if queue.get("is_fifo"):
            return 1
        limit = (mapping.get("ScalingConfig") or {}).get("MaximumConcurrency") or POLLERS
        reserved = self._registry.reserved(mapping["FunctionName"])
        return int(limit if reserved is None else min(limit, max(reserved, 1)))

    def _url(self, queue: Message) -> str:
        return str(self._queues._queue_url(queue["attributes"]["QueueArn"].rpartition(":")[2]))

    def _record(self, mapping: Message, message: Message) -> Message:
        sent, first = message["sent_at"], message.get("first_receive_at") or time.time()
        attributes = {
            "ApproximateReceiveCount": str(message["receive_count"]),
            "SentTimestamp": str(int(sent * 1000)),
            "SenderId": self._account,
            "ApproximateFirstReceiveTimestamp": str(int(first * 1000)),
        }
        named = {"group_id": "MessageGroupId", "dedup_id": "MessageDeduplicationId", "seq": "SequenceNumber"}
        attributes |= {name: str(message[key]) for key, name in named.items() if message.get(key) is not None}
        return {
            "messageId": message["id"],
            "receiptHandle": message["receipt_handle"],
            "body": message["body"],
            "attributes": attributes,
            "messageAttributes": {
                name: {key[:1].lower() + key[1:]: value for key, value in given.items()}
                for name, given in (message.get("message_attributes") or {}).items()
            },
            "md5OfBody": message.get("md5_body") or message.get("md5") or "",
            "eventSource": "aws:sqs",
            "eventSourceARN": mapping["EventSourceArn"],
            "awsRegion": self._region,
        }


def _failed(mapping: Mapping[str, Any], outcome: Outcome, ids: Sequence[str]) -> set[str]:
    """Return the messages that have to come again: all, if the function failed or told nothing readable."""
    if outcome.error:
        return set(ids)
    if PARTIAL not in (mapping.get("FunctionResponseTypes") or ()):
        return set()
    try:
        answer = json.loads(outcome.payload or b"null")
    except ValueError:
        return set(ids)
    if not answer:
        return set()
    reported = answer.get("batchItemFailures", []) if isinstance(answer, dict) else None
    if reported is None:
        return set() if isinstance(answer, dict) else set(ids)
    named = {str(one.get("itemIdentifier")) for one in reported if isinstance(one, dict)}
    unreadable = len(named) < len(reported) or not named <= set(ids)
    return set(ids) if unreadable else named
