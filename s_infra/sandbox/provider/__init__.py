"""The Terraform provider that the sandbox serves in place of hashicorp/aws and hashicorp/archive.

`start` serves; `Provider.reattach` is what goes in TF_REATTACH_PROVIDERS. A type is a declaration under
`types/`, its schema a file under `schemas/`; everything else is one mechanism (see
docs/decisions/embedded-provider.md).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from tf.gen import tfplugin_pb2_grpc as rpc

from s_infra.sandbox.peers import directory_of
from s_infra.sandbox.provider.server import Servicer, Site
from s_infra.sandbox.provider.session import Clients
from s_infra.sandbox.provider.types import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Callable

TYPES = tuple(sorted(name for served in PROVIDERS for name in (*served.resources, *served.data)))
"""The resource and data types served."""

REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")
_LIMITS = [("grpc.max_send_message_length", 64 << 20), ("grpc.max_receive_message_length", 64 << 20)]


@dataclass(frozen=True)
class Provider:
    """The running provider: one gRPC server for each provider's name."""

    servers: dict[str, tuple[Any, int]]

    def reattach(self, pid: int | None = None) -> dict[str, object]:
        """The value of TF_REATTACH_PROVIDERS, before JSON.

        `pid` is this process as Terraform sees it; it must be right, as Terraform ends that process if
        nothing answers at the address.
        """
        found: dict[str, object] = {}
        for name, (_, port) in self.servers.items():
            for registry in REGISTRIES:
                found[f"{registry}/hashicorp/{name}"] = {
                    "Protocol": "grpc",
                    "ProtocolVersion": 6,
                    "Pid": os.getpid() if pid is None else pid,
                    "Test": True,
                    # TCP: each alias has a peer of its own; a unix socket's peers can't be told apart.
                    "Addr": {"Network": "tcp", "String": f"127.0.0.1:{port}"},
                }
        return found

    def stop(self) -> None:
        """Stop serving; calls under way have a second."""
        for stopping in [server.stop(grace=1) for server, _ in self.servers.values()]:
            stopping.wait()


def start(
    endpoint: str,
    *,
    region: str | None = None,
    directory: Path | None = None,
    locate: Callable[[str, int], Path | None] = directory_of,
) -> Provider:
    """Serve Terraform at free local ports, with AWS at `endpoint`.

    `region` is the provider's default (AWS_REGION, else us-east-1). Relative paths in a configuration start
    where Terraform runs, as `locate` tells of a peer and our port, else in `directory` (the current one).
    """
    site = Site(
        clients=Clients(endpoint),
        region=region or os.environ.get("AWS_REGION") or "us-east-1",
        directory=directory or Path.cwd(),
        locate=locate,
    )
    servers: dict[str, tuple[Any, int]] = {}
    for served in PROVIDERS:
        server = grpc.server(ThreadPoolExecutor(max_workers=32), options=_LIMITS)
        servicer = Servicer(served, site)
        servicer.port = server.add_insecure_port("127.0.0.1:0")
        rpc.add_ProviderServicer_to_server(servicer, server)
        server.start()
        servers[served.name] = (server, servicer.port)
    return Provider(servers)
