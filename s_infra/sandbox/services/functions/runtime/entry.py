"""Runs a function with AWS's own runtime client, on a socket in the place of the runtime API.

`python entry.py DESCRIPTOR HANDLER LAYERS`: the function's own Python runs it, Python 3.10 or later, with the
standard library and what lies beside it. A frame each way is a line of JSON, `{"size": n, …}`, and n bytes.
"""

from __future__ import annotations

import json
import os
import sys
import types
from typing import Any

STATUS = "/proc/self/status"


class Channel:
    """The socket to the sandbox, as the module `runtime_client` that AWS's client asks for events."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._reader = os.fdopen(descriptor, "rb")
        self._writer = os.fdopen(os.dup(descriptor), "wb")

    def send(self, kind: str, body: bytes = b"", **fields: object) -> None:
        """Send one frame, with the most memory in KiB that this process has had."""
        head = {"kind": kind, "size": len(body), "memory": _most_memory(), **fields}
        self._writer.write(json.dumps(head).encode() + b"\n" + body)
        self._writer.flush()

    def next(self) -> tuple[bytes, dict[str, Any]]:
        """Say that the function is ready; return the next event and what the runtime API's headers say."""
        self.send("ready")
        line = self._reader.readline()
        if not line:
            # The sandbox is done with this environment.
            os._exit(0)
        head = json.loads(line)
        return self._reader.read(head["size"]), head["headers"]

    def post_invocation_result(self, _request: str, body: bytes, content_type: str, *_: object) -> None:
        """Send what the handler returned."""
        self.send("result", body, type=content_type)

    def post_error(self, _request: str, body: str, *_: object) -> None:
        """Send what the handler raised."""
        self.send("error", body.encode())

    def module(self) -> types.ModuleType:
        """Return the module that stands in for AWS's own, which speaks HTTP."""
        module = types.ModuleType("runtime_client")
        vars(module).update(
            initialize_client=lambda _agent: None,
            next=self.next,
            post_invocation_result=self.post_invocation_result,
            post_error=self.post_error,
        )
        return module


class LogSink:
    """Writes each log record as one line: the sandbox ends a line's event where its line ends."""

    def __enter__(self) -> LogSink:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def log(self, message: str, frame_type: object = None) -> None:
        """Write a record; what is inside of it is parted by carriage returns."""
        del frame_type
        sys.stdout.write(message.rstrip("\n").replace("\n", "\r") + "\n")

    def log_error(self, lines: list[str]) -> None:
        """Write an exception."""
        self.log("\n".join(lines))


def main(descriptor: int, handler: str, layers: str) -> None:
    """Serve events until the sandbox closes the channel."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    own = [os.environ["LAMBDA_TASK_ROOT"], f"{layers}/python/lib/{version}/site-packages", f"{layers}/python"]
    sys.path[:0] = own
    channel = Channel(descriptor)
    sys.modules["runtime_client"] = channel.module()
    from awslambdaric import bootstrap
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

    class Client(LambdaRuntimeClient):  # type: ignore[misc]
        def post_init_error(
            self, error_response_data: dict[str, Any], error_type_override: Any = None
        ) -> None:
            del error_type_override
            channel.send("init_error", json.dumps(error_response_data).encode())

    bootstrap.create_log_sink = LogSink
    bootstrap.run(handler, Client("unused"))


def _most_memory() -> int:
    try:
        with open(STATUS) as file:  # noqa: PTH123 - pathlib would double the start-up time
            line = next(line for line in file if line.startswith("VmHWM:"))
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(line.split()[1])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
