"""Faults of deliveries: an event or a message that is lost, comes twice, or comes late."""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.faults.fault import DELIVERIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.sandbox.base import Base
    from s_infra.sandbox.faults.registry import Faults


def install(base: Base) -> None:
    """Put the faults before the base's own deliveries."""
    eventbridge, sns = base.module("eventbridge"), base.module("sns")
    dispatch, invoke, fan_out = eventbridge._dispatch_event, eventbridge._invoke_target, sns._fanout
    faults = base.faults

    def dispatch_event(event: dict[str, Any], *arguments: Any, **options: Any) -> None:
        def go() -> None:
            dispatch(event, *arguments, **options)

        if event.get("Source") == "aws.s3":
            names = [str(name) for name in (*event.get("Resources", ()), event.get("DetailType"))]
            deliver(faults, "s3-event", [*names, str(event.get("Detail", ""))], go)
        else:
            go()

    def invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], *arguments: Any) -> None:
        names = [str(rule.get("Name", "")), str(target.get("Arn", ""))]
        deliver(faults, "rule-target", names, lambda: invoke(target, event, rule, *arguments))

    def fan_out_message(topic_arn: str, *arguments: Any, **options: Any) -> None:
        names = [topic_arn, topic_arn.rpartition(":")[2]]
        deliver(faults, "topic-message", names, lambda: fan_out(topic_arn, *arguments, **options))

    eventbridge._dispatch_event = dispatch_event
    eventbridge._invoke_target = invoke_target
    sns._fanout = fan_out_message


def deliver(faults: Faults, target: str, names: list[str], go: Callable[[], object]) -> None:
    """Deliver by calling `go`: once, or as a fault says."""
    struck = {fault.kind: fault for fault in faults.striking(DELIVERIES, target, lambda: names, names[0])}
    if "lose" in struck:
        return
    times = 2 if "double" in struck else 1
    if "delay" in struck:
        context = contextvars.copy_context()
        timer = threading.Timer(struck["delay"].seconds, context.run, args=(_repeat, go, times))
        timer.daemon = True
        timer.start()
    else:
        _repeat(go, times)


def _repeat(go: Callable[[], object], times: int) -> None:
    for _ in range(times):
        go()
