"""One configuration of the provider: its Region, default tags, clients, and where relative paths start."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from s_infra.sandbox import service_models

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.provider.cty import Value

PARTITION = "aws"
_CONFIG = Config(
    max_pool_connections=32,
    retries={"mode": "standard", "max_attempts": 2},
    connect_timeout=5,
    read_timeout=60,
    s3={"addressing_style": "path"},
)


class Clients:
    """boto3 clients of one endpoint, each made once; making one isn't safe in threads, using it is."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._lock = threading.Lock()
        self._session = boto3.Session(botocore_session=service_models.client_session())
        self._made: dict[tuple[str, str, str], Any] = {}

    def get(self, service: str, region: str, access_key: str, secret_key: str) -> Any:
        """The client of a service in a Region."""
        with self._lock:
            key = (service, region, access_key)
            if key not in self._made:
                self._made[key] = self._session.client(
                    service,
                    region_name=region,
                    endpoint_url=self.endpoint,
                    aws_access_key_id=access_key,
                    aws_secret_access_key=secret_key,
                    config=_CONFIG,
                )
            return self._made[key]


@dataclass(frozen=True)
class Session:
    """What a provider block says, for the connection that it came by."""

    clients: Clients
    region: str
    directory: Path
    default_tags: Value = field(
        default_factory=dict
    )  # of text by name; parts or all may be unknown in a plan
    access_key: str = "test"
    secret_key: str = "test"  # noqa: S105 - the endpoint is local; a signature must be there, none is secret
    stopped: Callable[[], bool] = lambda: False
    """Whether Terraform was interrupted, so that nothing is waited for any longer."""

    def at(self, region: object) -> Session:
        """The same in another Region, if one is given."""
        return replace(self, region=region) if isinstance(region, str) and region else self

    def client(self, service: str) -> Any:
        """The boto3 client of a service."""
        return self.clients.get(service, self.region, self.access_key, self.secret_key)

    def identity(self) -> Mapping[str, str]:
        """The caller: Account, Arn and UserId."""
        answer: Mapping[str, str] = self.client("sts").get_caller_identity()
        return answer

    def file(self, name: str) -> Path:
        """The file that a configuration names; a relative name starts where Terraform runs."""
        return self.directory / Path(name).expanduser()
