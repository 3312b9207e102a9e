"""The sandbox's own ends of connections: its listening socket, and clients on itself."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError
from s_infra.sandbox import environment, service_models
from s_infra.sandbox.access import OWN_KEY

if TYPE_CHECKING:
    from s_infra.sandbox.access import Session

# A Lambda function may take 15 minutes, and its answer comes at the end.
LONGEST_ANSWER_S = 920


def bind(port: int) -> socket.socket:
    """Return a socket that listens on 127.0.0.1; port 0 is a free one.

    Raises:
        SInfraError: the port is taken, or isn't for this user.
    """
    # With its protocol named: asyncio sends at once (TCP_NODELAY) only then, and an answer is head and body.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        # Connections wait from here on, so that nobody has to retry while the server gets ready.
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise SInfraError(
            f"the sandbox can't listen on port {port}: {error.strerror}",
            which=f"127.0.0.1:{port}",
            next_step="leave --port out to take a free one",
        ) from error
    return listener


def make_client(service_name: str, endpoint: str, region: str, role: Session | None) -> Any:
    """Return a boto3 client of a service on the sandbox's endpoint, in a role or as the sandbox itself."""
    import boto3
    from botocore.config import Config

    session = boto3.Session(
        aws_access_key_id=role.access_key_id if role else OWN_KEY,
        aws_secret_access_key=role.secret_access_key if role else environment.SECRET_ACCESS_KEY,
        aws_session_token=role.token if role else None,
        region_name=region,
        botocore_session=service_models.client_session(),
    )
    # A refusal by the sandbox is final; retrying it would only make failures slow.
    config = Config(
        retries={"total_max_attempts": 1},
        max_pool_connections=64,
        read_timeout=LONGEST_ANSWER_S,
    )
    return session.client(service_name, endpoint_url=endpoint, config=config)
