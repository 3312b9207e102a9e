"""What is done on endpoints in the background: instances started, traffic moved to them, old ones ended."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from s_infra.runner.image import ImageError
from s_infra.sandbox.services.sagemaker.endpoint import Variant
from s_infra.sandbox.services.sagemaker.errors import JobError
from s_infra.sandbox.services.sagemaker.instances import Instance, Serving
from s_infra.sandbox.services.sagemaker.invocation import START_TIMEOUT_S
from s_infra.sandbox.services.sagemaker.jobs import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from s_infra.sandbox.services.sagemaker.endpoint import Endpoint
    from s_infra.sandbox.services.sagemaker.service import SageMaker

LOG = logging.getLogger(__name__)
# As long as an answer may take: what an old instance is given to finish what it has.
DRAIN_S = 60.0
POLL_S = 0.05

Models = dict[str, dict[str, Any]]


def create(service: SageMaker, endpoint: Endpoint, configuration: Mapping[str, Any], models: Models) -> None:
    """Bring a new endpoint into service, or leave it Failed."""

    def work() -> None:
        endpoint.swap(_start(service, endpoint, configuration, models))
        endpoint.update(EndpointStatus="InService")

    _in_thread(endpoint, work, lambda why: endpoint.update(EndpointStatus="Failed", FailureReason=why))


def update(service: SageMaker, endpoint: Endpoint, configuration: Mapping[str, Any], models: Models) -> None:
    """Put another configuration's instances in the place of the endpoint's, or leave it as it was."""

    def work() -> None:
        old = endpoint.swap(_start(service, endpoint, configuration, models))
        _end([one for variant in old for one in variant.instances], DRAIN_S)
        name = configuration["EndpointConfigName"]
        endpoint.update(EndpointStatus="InService", EndpointConfigName=name, FailureReason=None)

    _in_thread(endpoint, work, lambda why: _roll_back(endpoint, why))


def resize(service: SageMaker, endpoint: Endpoint, desired: Mapping[str, tuple[float, int]]) -> None:
    """Give variants other weights and numbers of instances, or leave them as they were."""
    endpoint.want(desired)

    def work() -> None:
        variants: list[Variant] = []
        ending: list[Instance] = []
        fresh: dict[str, list[Instance]] = {}
        for variant in endpoint.variants:
            count = desired.get(variant.name, (0.0, 0))[1] - len(variant.instances)
            added = max(0, count) if variant.name in desired else 0
            fresh[variant.name] = [Instance(service, _serving(endpoint, variant)) for _ in range(added)]
        _await(endpoint, [one for instances in fresh.values() for one in instances])
        for variant in endpoint.variants:
            instances = (*variant.instances, *fresh[variant.name])
            weight, count = desired.get(variant.name, (variant.weight, len(instances)))
            ending += instances[count:]
            variants.append(dataclasses.replace(variant, weight=weight, instances=instances[:count]))
        endpoint.swap(tuple(variants))
        _end(ending, DRAIN_S)
        endpoint.update(EndpointStatus="InService", FailureReason=None)

    _in_thread(endpoint, work, lambda why: _roll_back(endpoint, why))


def delete(service: SageMaker, endpoint: Endpoint) -> None:
    """End all instances, after the requests that they have, and forget the endpoint."""

    def work() -> None:
        _end([one for variant in endpoint.swap(()) for one in variant.instances], DRAIN_S)
        service.endpoints.remove(endpoint.name)
        service.tags.pop(endpoint.arn, None)

    _in_thread(endpoint, work, lambda why: endpoint.update(EndpointStatus="Failed", FailureReason=why))


def _roll_back(endpoint: Endpoint, why: str) -> None:
    """Return to service as it was; the instances that took the requests never stopped taking them."""
    endpoint.update(EndpointStatus="RollingBack")
    endpoint.want({})
    endpoint.update(EndpointStatus="InService", FailureReason=why)


def _in_thread(endpoint: Endpoint, work: Callable[[], None], fail: Callable[[str], None]) -> None:
    def run() -> None:
        try:
            work()
        except JobError as error:
            fail(reason(str(error)))
        except Exception as error:
            # Ours to mend; the endpoint still has to come to rest, or everything that waits would for ever.
            LOG.exception("endpoint %s", endpoint.name)
            fail(reason(f"InternalServerError: {type(error).__name__}: {error}"))
        finally:
            if endpoint.forgotten.is_set():
                # In the meantime: what was started since is ended, too.
                endpoint.forget()

    threading.Thread(target=run, name=f"endpoint {endpoint.name}", daemon=True).start()


def _start(
    service: SageMaker, endpoint: Endpoint, configuration: Mapping[str, Any], models: Models
) -> tuple[Variant, ...]:
    """Start a configuration's instances, all at once; return them when each answers /ping.

    Raises:
        JobError: one of them doesn't; none is left then.
    """
    variants: list[Variant] = []
    for settings in configuration["ProductionVariants"]:
        model = models[settings["ModelName"]]
        resolved = _resolved(service, model)
        bare = Variant(settings, model, resolved, settings["InitialVariantWeight"], ())
        variants.append(bare)
    started = [
        dataclasses.replace(
            variant,
            instances=tuple(
                Instance(service, _serving(endpoint, variant))
                for _ in range(variant.settings["InitialInstanceCount"])
            ),
        )
        for variant in variants
    ]
    _await(endpoint, [one for variant in started for one in variant.instances])
    return tuple(started)


def _resolved(service: SageMaker, model: Mapping[str, Any]) -> str:
    image = str(model["PrimaryContainer"]["Image"])
    try:
        digest = service.images.digest(image)
    except ImageError as error:
        raise JobError(f"ClientError: {error}") from error
    host, _, name = image.partition("@")[0].rpartition("/")
    return f"{host}/{name.partition(':')[0]}@{digest}"


def _serving(endpoint: Endpoint, variant: Variant) -> Serving:
    timeout = variant.settings.get("ContainerStartupHealthCheckTimeoutInSeconds", START_TIMEOUT_S)
    return Serving(endpoint.name, variant.name, variant.model, float(timeout))


def _await(endpoint: Endpoint, instances: list[Instance]) -> None:
    """Wait until all of them serve.

    Raises:
        JobError: one can't, or the endpoint is forgotten; all are ended then.
    """
    try:
        for instance in instances:
            while not instance.wait_until_known(POLL_S):
                failures = [one.failure for one in instances if one.failure]
                if failures or endpoint.forgotten.is_set():
                    break
        failures = [one.failure for one in instances if one.failure]
        if failures:
            raise JobError(failures[0])
        if endpoint.forgotten.is_set():
            raise JobError("the sandbox was reset")
    except JobError:
        _end(instances, 0)
        raise


def _end(instances: Iterable[Instance], timeout: float) -> None:
    """End instances, each after the requests that it has, within `timeout` seconds for all of them."""
    ending = list(instances)
    deadline = time.monotonic() + timeout
    for instance in ending:
        # From now on it takes no more.
        instance.retire(0 if timeout <= 0 else max(0.0, deadline - time.monotonic()))
    for instance in ending:
        instance.join()
