"""Lambda: the base keeps functions, versions, layers and mappings; what runs and feeds them is ours."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.functions import mappings, policies
from s_infra.sandbox.services.functions.api import Api
from s_infra.sandbox.services.functions.asynchronous import Events
from s_infra.sandbox.services.functions.checks import Checks
from s_infra.sandbox.services.functions.concurrency import Concurrency
from s_infra.sandbox.services.functions.destinations import Destinations
from s_infra.sandbox.services.functions.environments import Environments
from s_infra.sandbox.services.functions.function import LATEST, Registry
from s_infra.sandbox.services.functions.invoker import Invoker
from s_infra.sandbox.services.functions.journal import Journal
from s_infra.sandbox.services.functions.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s_infra.sandbox.base import Base
    from s_infra.sandbox.services.functions.function import Function

# More than the account's concurrency can ask for at once, so that nothing waits for a thread.
MOST_THREADS = 4000


def install(base: Base) -> None:
    """Run functions ourselves, in the place of the base's workers."""
    service = base.module("lambda_svc")
    registry = Registry(service, base.region, base.account_id)

    def credentials(function: Function) -> dict[str, str]:
        return base.sessions.of(function.role, "lambda", function.name).variables

    environments = Environments(
        base.data_dir / "functions", base.endpoint, base.reachable, base.serve_also, credentials
    )
    concurrency = Concurrency(registry.reserved, service._ACCOUNT_CONCURRENCY_CAP)

    def tell(name: str, took_ms: float, failed: bool, throttled: bool) -> None:
        values = {"Invocations": 1.0, "Errors": float(failed), "Throttles": 0.0, "Duration": took_ms}
        # What was throttled was no invocation.
        base.put_metrics("AWS/Lambda", {"Throttles": 1.0} if throttled else values, {"FunctionName": name})

    def may(function: Function, action: str, resource: str) -> bool:
        session = base.sessions.of(function.role, "lambda", function.name)
        return base.access.acts(session, action, resource) is None

    journal = Journal(base.module("cloudwatch_logs"), may)
    invoker = Invoker(environments, concurrency, journal, tell, base.faults.started)
    threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="function")
    events = Events(registry, invoker, Destinations(base.client), threads, base.clock)
    sources = Sources(base, registry, invoker, threads)
    service._poll_sqs = sources.poll
    service.invalidate_worker = lambda name, *_, **__: threads.submit(environments.retire, name)
    _take_events(base, registry, events)
    policies.install(base)
    mappings.install(base)
    base.keep_state("function-events", events.dumped, events.restore)
    base.wrap_service(
        "lambda",
        lambda inner: Api(registry, invoker, events, Checks(base), threads, inner).handle,
    )


def _take_events(base: Base, registry: Registry, events: Events) -> None:
    """Have everything of the base that would run a function itself put an event in our queue."""
    service, eventbridge, sns = base.module("lambda_svc"), base.module("eventbridge"), base.module("sns")

    def of_record(record: Mapping[str, Any], event: Any) -> dict[str, Any]:
        config = record.get("config") or record
        version = config.get("Version")
        qualifier = None if version == LATEST else version
        events.put(config["FunctionName"], qualifier, json.dumps(event).encode())
        return {"body": None}

    def of_rule(arn: str, payload: str) -> None:
        events.put(*registry.split(arn), payload.encode())

    def of_topic(endpoint: str, envelope: str, _topic: str, subscription: str, *_: Any) -> None:
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription,
            "EventSource": "aws:sns",
            "Sns": json.loads(envelope),
        }
        events.put(*registry.split(endpoint), json.dumps({"Records": [record]}).encode())

    service._execute_function = of_record
    service.invoke_async_with_retry = of_record
    eventbridge._dispatch_to_lambda = of_rule
    sns._deliver_to_lambda = of_topic
