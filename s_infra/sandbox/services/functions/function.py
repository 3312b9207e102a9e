"""A function as an invocation needs it, out of the base's records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LATEST = "$LATEST"


@dataclass(frozen=True)
class Function:
    """One version of a function. `arn` has no qualifier; `revision` changes with code and configuration."""

    name: str
    version: str
    arn: str
    region: str
    revision: str
    runtime: str
    handler: str
    timeout_s: int
    memory_mb: int
    log_group: str
    json_logs: bool
    log_level: str | None
    variables: Mapping[str, str]
    traced: bool
    role: str
    dead_letter_arn: str | None
    code: bytes = field(repr=False)
    layers: tuple[bytes, ...] = field(repr=False, default=())

    @property
    def key(self) -> tuple[str, str, str]:
        """What environments can be shared by."""
        return self.name, self.version, self.revision

    @property
    def versioned_arn(self) -> str:
        """The ARN with the version that is executed."""
        return f"{self.arn}:{self.version}"


class NotFoundError(Exception):
    """There is no function, version or alias of that name; the text is the ARN."""


class Registry:
    """Finds functions in the base's Lambda."""

    def __init__(self, lambda_service: Any, region: str, account_id: str) -> None:
        self._service = lambda_service
        self._region = region
        self._prefix = f"arn:aws:lambda:{region}:{account_id}:function:"

    def split(self, reference: str) -> tuple[str, str | None]:
        """Return name and qualifier of a name, a partial ARN or an ARN."""
        name, qualifier = self._service._resolve_request_scoped_name_and_qualifier(reference)
        return str(name), qualifier

    def record(self, name: str) -> Mapping[str, Any] | None:
        """Return the base's record of a function."""
        found: Mapping[str, Any] | None = self._service._functions.get(name)
        return found

    def find(self, name: str, qualifier: str | None = None) -> Function:
        """Return the version that a name and a qualifier mean.

        Raises:
            NotFoundError: there is none.
        """
        record, config = self._service._get_func_record_for_qualifier(name, qualifier)
        if record is None or config is None:
            raise NotFoundError(self._prefix + name + (f":{qualifier}" if qualifier else ""))
        layers = (self._service._resolve_layer_zip(layer) for layer in config.get("Layers") or ())
        return self.made_of(config, record.get("code_zip") or b"", tuple(one for one in layers if one))

    def made_of(self, config: Mapping[str, Any], code: bytes, layers: tuple[bytes, ...] = ()) -> Function:
        """Return the function of a configuration as GetFunctionConfiguration gives it."""
        name = str(config["FunctionName"])
        logs = config.get("LoggingConfig") or {}
        return Function(
            name=name,
            version=str(config.get("Version", LATEST)),
            arn=self._prefix + name,
            region=self._region,
            revision=f"{config.get('RevisionId')} {config.get('CodeSha256')}",
            runtime=str(config.get("Runtime", "")),
            handler=str(config.get("Handler", "")),
            timeout_s=int(config.get("Timeout", 3)),
            memory_mb=int(config.get("MemorySize", 128)),
            log_group=str(logs.get("LogGroup") or f"/aws/lambda/{name}"),
            json_logs=logs.get("LogFormat") == "JSON",
            log_level=logs.get("ApplicationLogLevel"),
            variables=dict((config.get("Environment") or {}).get("Variables") or {}),
            traced=(config.get("TracingConfig") or {}).get("Mode") == "Active",
            role=str(config.get("Role", "")),
            dead_letter_arn=(config.get("DeadLetterConfig") or {}).get("TargetArn"),
            code=code,
            layers=layers,
        )

    def reserved(self, name: str) -> int | None:
        """Return the function's reserved concurrency, or None."""
        found = (self.record(name) or {}).get("concurrency")
        return None if found is None else int(found)

    def event_invoke_config(self, name: str, qualifier: str | None) -> Mapping[str, Any]:
        """Return how asynchronous invocations of that qualifier are to be treated."""
        record = self.record(name)
        found = self._service._event_invoke_config(record, None if qualifier == LATEST else qualifier)
        return found or {}
