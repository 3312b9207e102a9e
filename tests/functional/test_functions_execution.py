"""Lambda: what a function sees, what it may do, how it fails and what its log says."""

from __future__ import annotations

import base64
import json
import platform
import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from functions_support import TOOLS, Made, make, zipped

from s_infra.sandbox.services.functions import interpreters
from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]


@pytest.fixture(scope="module")
def tools(clients: Clients) -> Made:
    return make(clients, TOOLS, Timeout=1, MemorySize=128)


class TestSurroundings:
    """What a function finds."""

    def test_its_environment_is_its_own_and_lambdas(self, clients: Clients) -> None:
        source = "import os\ndef main(event, context): return dict(os.environ)\n"
        function = make(clients, source, Environment={"Variables": {"OWN": "yes", "TZ": "Europe/Rome"}})
        found = function.invoke().payload
        stream = found.pop("AWS_LAMBDA_LOG_STREAM_NAME")
        assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
        endpoint = found.pop("AWS_ENDPOINT_URL")
        assert endpoint.startswith("http://127.0.0.1:")
        session = [
            found.pop(f"AWS_{name}") for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")
        ]
        assert session[0].startswith("ASIA")
        assert all(session)
        # Python itself sets it where the machine lacks the locale.
        found.pop("LC_CTYPE", None)
        assert found == {
            "OWN": "yes",
            "TZ": "Europe/Rome",
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
            "LD_LIBRARY_PATH": "/var/task:/var/task/lib:/opt/lib",
            "PYTHONPATH": "/var/runtime",
            "_HANDLER": "handler.main",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            "LAMBDA_TASK_ROOT": "/var/task",
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
        }

    def test_it_has_boto3_and_no_package_of_the_sandbox(self, clients: Clients) -> None:
        source = """
import importlib.util, os, socket, sys
import boto3
def main(event, context):
    boto3.client("s3").create_bucket(Bucket="made-by-a-function")
    found = [name for name in ("s_infra", "ministack", "pandas") if importlib.util.find_spec(name)]
    written = []
    for folder in ("/tmp", "/var/task", "/opt"):
        try:
            open(folder + "/file", "w").close()
            written.append(folder)
        except OSError:
            pass
    return {"found": found, "written": written,
            "processes": len([name for name in os.listdir("/proc") if name.isdigit()]),
            "leaves": socket.socket().connect_ex(("192.0.2.1", 80))}
"""
        answer = make(clients, source).invoke()
        assert answer.error is None, answer.payload
        assert answer.payload["found"] == []
        assert answer.payload["written"] == ["/tmp"]
        assert answer.payload["processes"] < 6
        assert answer.payload["leaves"] != 0
        assert clients("s3").head_bucket(Bucket="made-by-a-function")

    def test_its_context_is_lambdas(self, clients: Clients) -> None:
        source = """
def main(event, context):
    return {"left": context.get_remaining_time_in_millis(), "custom": context.client_context.custom,
            "told": [context.function_name, context.function_version, context.invoked_function_arn,
                     context.memory_limit_in_mb, context.log_group_name, context.aws_request_id]}
"""
        function = make(clients, source, Timeout=7)
        given = base64.b64encode(json.dumps({"custom": {"who": "me"}}).encode()).decode()
        answer = function.invoke(ClientContext=given)
        assert 6000 < answer.payload["left"] <= 7000
        assert answer.payload["custom"] == {"who": "me"}
        request_id = answer.raw["ResponseMetadata"]["RequestId"]
        group = f"/aws/lambda/{function.name}"
        assert answer.payload["told"] == [*(function.name, "$LATEST", function.arn, "128", group, request_id)]

    @pytest.mark.parametrize("runtime", ["python3.11", "python3.12", "python3.13"])
    def test_it_runs_on_its_runtimes_python_or_says_on_which(self, clients: Clients, runtime: str) -> None:
        source = "import platform\ndef main(event, context): return platform.python_version()\n"
        answer = make(clients, source, Runtime=runtime).invoke()
        said = (
            f"s-infra sandbox: {runtime} isn't on this machine; Python {platform.python_version()} stands in"
        )
        if answer.payload.startswith(runtime.removeprefix("python") + "."):
            assert "s-infra sandbox" not in answer.log
        else:
            assert interpreters.stands_in(runtime) is not None
            assert said in answer.log

    @pytest.mark.parity("lambda:PublishLayerVersion")
    def test_its_layers_lie_over_each_other_in_their_order(self, clients: Clients) -> None:
        one = {"python/shared.py": "which = 1\n", "python/first.py": "there = True\n"}
        two = {"python/lib/python3.11/site-packages/deep.py": "deep = 3\n", "python/shared.py": "which = 2\n"}
        layers = [
            clients("lambda").publish_layer_version(LayerName=name, Content={"ZipFile": zipped(files)})
            for name, files in (("one", one), ("two", two))
        ]
        source = """
import shared, first, deep
def main(event, context):
    return [shared.which, first.there, deep.deep]
"""
        function = make(clients, source, Layers=[layer["LayerVersionArn"] for layer in layers])
        assert function.invoke().payload == [2, True, 3]


class TestFailures:
    """Each as AWS answers it, and what comes after."""

    def test_an_exception_has_its_class_message_and_frames(self, tools: Made) -> None:
        answer = tools.invoke({"raise": True})
        assert answer.error == "Unhandled"
        assert (answer.payload["errorType"], answer.payload["errorMessage"]) == (
            "BadFileError",
            "line 1\nline 2",
        )
        assert answer.payload["requestId"] == answer.raw["ResponseMetadata"]["RequestId"]
        (frame,) = answer.payload["stackTrace"]
        assert frame.startswith('  File "/var/task/handler.py", line ')
        assert 'raise BadFileError("line 1' in frame
        assert "[ERROR] BadFileError: line 1\nline 2\nTraceback (most recent call last):" in answer.log

    def test_what_it_returns_must_be_json(self, tools: Made) -> None:
        answer = tools.invoke({"set": True})
        assert answer.error == "Unhandled"
        assert answer.payload["errorType"] == "Runtime.MarshalError"
        expected = "Unable to marshal response: Object of type set is not JSON serializable"
        assert answer.payload["errorMessage"] == expected

    def test_a_time_out_ends_it_and_the_next_environment_is_fresh(self, tools: Made) -> None:
        assert tools.invoke().payload["calls"] >= 1
        begun = time.monotonic()
        answer = tools.invoke({"sleep": 30})
        assert time.monotonic() - begun < 5
        request_id = answer.raw["ResponseMetadata"]["RequestId"]
        assert answer.payload == {
            "errorType": "Sandbox.Timedout",
            "errorMessage": f"RequestId: {request_id} Error: Task timed out after 1.00 seconds",
        }
        assert re.search(rf"Z {request_id} Task timed out after 1\.00 seconds\n", answer.log)
        assert "Status: timeout" in answer.log
        assert tools.invoke().payload == {"calls": 1}
        assert tools.invoke().payload == {"calls": 2}

    @pytest.mark.parametrize(
        ("event", "reason", "status"),
        [
            ({"exit": 3}, "Runtime exited with error: exit status 3", "Runtime.ExitError"),
            ({"exit": 0}, "Runtime exited without providing a reason", "Runtime.ExitError"),
            ({"kill": True}, "Runtime exited with error: signal: segmentation fault", "Runtime.ExitError"),
            (
                {"memory": 400, "sleep": 0.2},
                "Runtime exited with error: signal: killed",
                "Runtime.OutOfMemory",
            ),
        ],
        ids=["exit 3", "exit 0", "crash", "memory"],
    )
    def test_a_program_that_ends_is_said_and_replaced(
        self, tools: Made, event: dict[str, Any], reason: str, status: str
    ) -> None:
        answer = tools.invoke(event)
        request_id = answer.raw["ResponseMetadata"]["RequestId"]
        assert answer.payload == {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {request_id} Error: {reason}",
        }
        assert f"Status: error\tError Type: {status}" in answer.log
        assert tools.invoke().payload == {"calls": 1}

    @pytest.mark.parametrize(
        ("files", "handler", "error", "message"),
        [
            (
                {"handler.py": "import nothing_like_it\n"},
                "handler.main",
                "Runtime.ImportModuleError",
                "Unable to import module 'handler': No module named 'nothing_like_it'",
            ),
            (
                {"handler.py": "x = 1\n"},
                "handler.main",
                "Runtime.HandlerNotFound",
                "Handler 'main' missing on module 'handler'",
            ),
            (
                {"handler.py": "def main(:\n"},
                "handler.main",
                "Runtime.UserCodeSyntaxError",
                "Syntax error in module 'handler': invalid syntax (handler.py, line 1)",
            ),
            ({"handler.py": "raise KeyError('at import')\n"}, "handler.main", "KeyError", "'at import'"),
        ],
        ids=["import", "handler", "syntax", "exception"],
    )
    def test_a_function_that_does_not_start_says_why(
        self, clients: Clients, files: dict[str, str], handler: str, error: str, message: str
    ) -> None:
        answer = make(clients, files, Handler=handler).invoke()
        assert answer.error == "Unhandled"
        assert (answer.payload["errorType"], answer.payload["errorMessage"]) == (error, message)
        assert f"[ERROR] {error}: {message}" in answer.log

    def test_nothing_of_an_ended_environment_is_left(self, sandbox: Sandbox, tools: Made) -> None:
        tools.invoke()
        running = Path(sandbox.directory) / "data/functions/running"
        before = set(running.iterdir())
        tools.invoke({"sleep": 30})
        tools.invoke()
        gone, fresh = before - set(running.iterdir()), set(running.iterdir()) - before
        assert (len(gone), len(fresh)) == (1, 1)
        commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        assert str(gone.pop()) not in commands


class TestLimits:
    """Sizes and concurrency."""

    def test_a_response_over_six_megabytes_is_an_error(self, tools: Made) -> None:
        assert len(tools.invoke({"large": 6_000_000}).payload) == 6_000_000
        answer = tools.invoke({"large": 6_400_000})
        assert answer.error == "Unhandled"
        assert answer.payload == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        }

    @pytest.mark.parametrize(
        ("kind", "size", "limit"),
        [("RequestResponse", 6_291_457, 6_291_456), ("Event", 1_048_577, 1_048_576)],
    )
    def test_a_request_over_the_limit_is_refused(
        self, clients: Clients, tools: Made, kind: str, size: int, limit: int
    ) -> None:
        payload = b'"' + b"x" * (size - 2) + b'"'
        with pytest.raises(clients("lambda").exceptions.RequestTooLargeException) as caught:
            clients("lambda").invoke(FunctionName=tools.name, InvocationType=kind, Payload=payload)
        told = f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
        assert caught.value.response["Error"]["Message"] == told
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413

    @pytest.mark.parity(
        "lambda:PutFunctionConcurrency",
        "lambda:GetFunctionConcurrency",
        "lambda:DeleteFunctionConcurrency",
        "lambda:GetAccountSettings",
    )
    def test_reserved_concurrency_is_a_limit(self, clients: Clients) -> None:
        client, function = clients("lambda"), make(clients, TOOLS)
        client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
        settings = client.get_account_settings()["AccountLimit"]
        assert settings["ConcurrentExecutions"] - settings["UnreservedConcurrentExecutions"] >= 1
        with ThreadPoolExecutor() as pool:
            both = [pool.submit(function.invoke, {"sleep": 1}) for _ in range(2)]
            errors = [one.exception() for one in both]
        (caught,) = [error for error in errors if error is not None]
        assert isinstance(caught, client.exceptions.TooManyRequestsException)
        assert caught.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
        assert caught.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        client.delete_function_concurrency(FunctionName=function.name)
        assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(
            FunctionName=function.name
        )
        with pytest.raises(
            client.exceptions.InvalidParameterValueException, match=r"minimum value of \[100\]"
        ):
            client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=950)

    def test_each_of_several_at_once_has_an_environment(self, clients: Clients) -> None:
        function = make(
            clients,
            "import time\nseen = []\n"
            + ("def main(event, context):\n    seen.append(1)\n    time.sleep(0.4)\n    return len(seen)\n"),
        )
        with ThreadPoolExecutor(4) as pool:
            answers = [answer.payload for answer in pool.map(lambda _: function.invoke(), range(4))]
        assert answers == [1, 1, 1, 1]


class TestCalls:
    """Invoke itself."""

    def test_a_dry_run_runs_nothing(self, clients: Clients, tools: Made) -> None:
        before = tools.invoke().payload["calls"]
        answer = clients("lambda").invoke(FunctionName=tools.name, InvocationType="DryRun")
        assert (answer["StatusCode"], answer["Payload"].read()) == (204, b"")
        assert tools.invoke().payload["calls"] == before + 1

    def test_the_log_has_its_lines_in_their_order(self, clients: Clients) -> None:
        function = make(clients, TOOLS)
        answer = function.invoke({"print": "printed"})
        request_id = answer.raw["ResponseMetadata"]["RequestId"]
        found = function.logged("REPORT")
        start = found.index(f"START RequestId: {request_id} Version: $LATEST")
        printed, logged, end, report = found[start + 1 : start + 5]
        assert printed == "printed"
        assert re.fullmatch(rf"\[INFO\]\t\S+Z\t{request_id}\tlogged\nin two lines", logged)
        assert end == f"END RequestId: {request_id}"
        number = r"\d+(\.\d\d)?"
        assert re.fullmatch(
            rf"REPORT RequestId: {request_id}\tDuration: {number} ms\tBilled Duration: \d+ ms\t"
            rf"Memory Size: 128 MB\tMax Memory Used: \d\d MB\tInit Duration: {number} ms",
            report,
        )
        assert "\n".join(found[start : start + 5]) in answer.log

    @pytest.mark.parametrize(
        ("options", "code", "message"),
        [
            ({"FunctionName": "none"}, "ResourceNotFoundException", r"Function not found: arn:.*:none$"),
            ({"Qualifier": "7"}, "ResourceNotFoundException", r"Function not found: arn:.*:7$"),
            ({"Payload": b"{"}, "InvalidRequestContentException", "Could not parse request body into json"),
            ({"ClientContext": "bm8="}, "InvalidRequestContentException", "Client context must be"),
        ],
        ids=["function", "version", "json", "context"],
    )
    def test_a_wrong_call_is_refused(
        self, clients: Clients, tools: Made, options: dict[str, Any], code: str, message: str
    ) -> None:
        with pytest.raises(ClientError) as caught:
            clients("lambda").invoke(**{"FunctionName": tools.name, **options})
        assert caught.value.response["Error"]["Code"] == code
        assert re.search(message, caught.value.response["Error"]["Message"])

    def test_a_log_in_json_has_its_levels(self, clients: Clients) -> None:
        source = """
import logging
def main(event, context):
    logging.getLogger().info("left out")
    logging.getLogger().warning("told")
    if event.get("raise"):
        raise ValueError("told, too")
"""
        config = {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": "/own/group"}
        function = make(clients, source, LoggingConfig=config)
        first, second = function.invoke(), function.invoke({"raise": True})
        lines = [json.loads(line) for answer in (first, second) for line in answer.log.splitlines()]
        kinds = [line.get("type") or line.get("message") or line.get("errorMessage") for line in lines]
        assert kinds == [
            *("platform.start", "told", "platform.report"),
            *("platform.start", "told", "told, too", "platform.report"),
        ]
        assert [lines[2]["record"]["status"], lines[6]["record"]["status"]] == ["success", "failure"]
        groups = clients("logs").describe_log_groups(logGroupNamePrefix="/own/group")["logGroups"]
        assert [group["logGroupName"] for group in groups] == ["/own/group"]
