"""An account to test against: the sandbox by default, or the user's own with `pytest --aws`.

What a test makes here has a name of its own and is deleted at its end, in the opposite order.
"""

from __future__ import annotations

import contextlib
import fnmatch
import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.loaders
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from used_support import features, own_name

from s_infra.sandbox import clock, environment, pages
from s_infra.sandbox.supervisor import Sandbox

PREFIX = "s-infra-parity"
# A new role takes seconds until AWS's other services may assume it.
ROLE_TIMEOUT_S = 60.0
SANDBOX_TIMEOUT_S = 40.0
# Read once for all tests: a service's model takes longer than its calls.
MODELS = botocore.loaders.create_loader()
NOT_YET = ("cannot be assumed", "is not authorized to", "Access denied", "AccessDenied")


@dataclass
class Cloud:
    """Clients of one account and Region, and what has to be deleted at the end of the test."""

    session: Any
    endpoint: str | None
    account_id: str
    ending: contextlib.ExitStack
    sandbox: Sandbox | None = None
    made: dict[str, Any] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.session.events.register("before-parameter-build", self._note)

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.shown.add(f"{own_name(model.service_model.service_name)}:{model.name}")
        if "definition" in params:
            self.shown |= features(json.loads(params["definition"]))

    def not_shown(self, names: Iterable[str]) -> list[str]:
        """Return those names of a test's marker that nothing in the test has called or used so far."""
        return [name for name in names if not fnmatch.filter(self.shown, name)]

    @property
    def region(self) -> str:
        """The Region of all clients."""
        return str(self.session.region_name)

    def client(self, service: str) -> Any:
        """Return the client of a service."""
        if service not in self.made:
            # Each error is an answer to be held to; on AWS a throttled call is tried again.
            config = Config(retries={"total_max_attempts": 1 if self.endpoint else 5})
            self.made[service] = self.session.client(service, endpoint_url=self.endpoint, config=config)
            self.ending.callback(self.made[service].close)
        return self.made[service]

    def name(self) -> str:
        """Return a name that nothing else has; 32 characters at most."""
        return f"{PREFIX}-{uuid.uuid4().hex[:12]}"

    def later(self, call: Callable[..., object], **arguments: Any) -> None:
        """Have something deleted at the end of the test; that it is gone by then is no error."""

        def quietly() -> None:
            with contextlib.suppress(ClientError):
                call(**arguments)

        self.ending.callback(quietly)

    def bucket(self, **options: Any) -> str:
        """Make a bucket; it goes with all that is in it."""
        s3, name = self.client("s3"), self.name()
        if self.region != "us-east-1":
            options["CreateBucketConfiguration"] = {"LocationConstraint": self.region}
        s3.create_bucket(Bucket=name, **options)
        self.later(s3.delete_bucket, Bucket=name)
        self.ending.callback(self._empty, name)
        return name

    def _empty(self, bucket: str) -> None:
        s3 = self.client("s3")
        with contextlib.suppress(s3.exceptions.NoSuchBucket):
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])

    def queue(self, **attributes: str) -> tuple[str, str]:
        """Make a queue; return its URL and ARN."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=self.name(), Attributes=attributes)["QueueUrl"]
        self.later(sqs.delete_queue, QueueUrl=url)
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    def topic(self) -> str:
        """Make a topic; return its ARN."""
        sns = self.client("sns")
        arn = sns.create_topic(Name=self.name())["TopicArn"]
        self.later(sns.delete_topic, TopicArn=arn)
        return str(arn)

    def role(self, service: str, *statements: dict[str, Any]) -> str:
        """Make a role that a service may assume, with one policy; return its ARN."""
        iam, name = self.client("iam"), self.name()
        principal = {"Service": f"{service}.amazonaws.com"}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
        self.later(iam.delete_role, RoleName=name)
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
            self.later(iam.delete_role_policy, RoleName=name, PolicyName="own")
        return str(made["Role"]["Arn"])

    def function(self, source: str, **options: Any) -> str:
        """Make a function whose handler is `handler` in `source`; return its name."""
        functions, name = self.client("lambda"), self.name()
        arguments = {
            "FunctionName": name,
            "Runtime": "python3.12",
            "Role": self.role("lambda"),
            "Handler": "index.handler",
            "Code": {"ZipFile": zipped(source)},
            **options,
        }
        self.once_allowed(functions.create_function, **arguments)
        # After the function itself, which makes it when it's called.
        self.later(self.client("logs").delete_log_group, logGroupName=f"/aws/lambda/{name}")
        self.later(functions.delete_function, FunctionName=name)
        functions.get_waiter("function_active_v2").wait(
            FunctionName=name, WaiterConfig={"Delay": 1 if self.endpoint is None else 0.05}
        )
        return name

    def machine(self, definition: dict[str, Any], *statements: dict[str, Any]) -> str:
        """Make a state machine; return its ARN."""
        states = self.client("stepfunctions")
        role = self.role("states", *statements)
        made = self.once_allowed(
            states.create_state_machine, name=self.name(), definition=json.dumps(definition), roleArn=role
        )
        arn = str(made["stateMachineArn"])
        self.later(states.delete_state_machine, stateMachineArn=arn)
        return arn

    def ended(self, execution: str, timeout: float = 60.0) -> dict[str, Any]:
        """Return an execution's description once it has ended."""
        states = self.client("stepfunctions")

        def described() -> dict[str, Any] | None:
            found: dict[str, Any] = states.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        found: dict[str, Any] = self.until(described, timeout)
        return found

    def once_allowed(self, call: Callable[..., Any], **arguments: Any) -> Any:
        """Call what needs a new role, again until AWS knows the role everywhere."""
        deadline = time.monotonic() + ROLE_TIMEOUT_S
        while True:
            try:
                return call(**arguments)
            except ClientError as error:
                told = str(error)
                if self.endpoint or time.monotonic() > deadline or not any(one in told for one in NOT_YET):
                    raise
            time.sleep(2)

    def gone(
        self, expected: str, call: Callable[..., object], timeout: float = 90.0, **arguments: Any
    ) -> None:
        """Wait until a call ends with this error's code; any other answer means that it isn't so yet."""

        def ended() -> bool:
            try:
                call(**arguments)
            except ClientError as error:
                return bool(error.response["Error"]["Code"] == expected)
            return False

        self.until(ended, timeout)

    def now(self) -> datetime:
        """Return the account's time, which a sandbox's clock may be ahead with."""
        if self.sandbox is None:
            return datetime.now(UTC)
        return datetime.fromisoformat(str(pages.ask(self.sandbox, clock.PATH)["now"]))

    def forward(self, seconds: int) -> None:
        """Have that much time pass in a sandbox; AWS's passes by itself."""
        if self.sandbox is not None:
            pages.ask(self.sandbox, clock.FORWARD_PATH, {"by": f"{seconds}s"})

    def until(self, ask: Callable[[], Any], timeout: float = 30.0) -> Any:
        """Return the first answer that isn't empty; `timeout` is what AWS may take, in seconds."""
        deadline = time.monotonic() + (timeout if self.endpoint is None else min(timeout, SANDBOX_TIMEOUT_S))
        while not (found := ask()):
            assert time.monotonic() < deadline, "nothing came in time"
            time.sleep(1 if self.endpoint is None else 0.02)
        return found


def document(*statements: dict[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def zipped(source: str, name: str = "index.py") -> bytes:
    """Return a function's or a layer's archive of one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, source)
    return packed.getvalue()


def _core() -> Any:
    core = botocore.session.get_session()
    core.register_component("data_loader", MODELS)
    return core


@contextlib.contextmanager
def on_sandbox(sandbox: Sandbox) -> Iterator[Cloud]:
    """Give the sandbox's account."""
    keys = (environment.ACCESS_KEY_ID, environment.SECRET_ACCESS_KEY)
    session = boto3.Session(*keys, region_name=sandbox.region, botocore_session=_core())
    with contextlib.ExitStack() as ending:
        yield Cloud(session, sandbox.endpoint, environment.ACCOUNT_ID, ending, sandbox)


@contextlib.contextmanager
def on_aws() -> Iterator[Cloud]:
    """Give the account that the environment's credentials are of."""
    session = boto3.Session(botocore_session=_core())
    with contextlib.closing(session.client("sts")) as sts, contextlib.ExitStack() as ending:
        yield Cloud(session, None, sts.get_caller_identity()["Account"], ending)


def code(call: Callable[..., object], **arguments: Any) -> str:
    """Return the code of the error that a call must end with."""
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])
