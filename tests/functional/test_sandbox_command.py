"""The `s-infra sandbox` command, as a shell uses it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from s_infra.sandbox import namespaces

COMMAND = Path(sys.executable).parent / "s-infra"
PRINT_ACCOUNT = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The caller's environment, with sandboxes kept in a folder of the test's; none is left running."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    yield {**kept, "S_INFRA_STATE_DIR": str(tmp_path)}
    for directory in (tmp_path / "sandboxes").glob("*"):
        s_infra({**kept, "S_INFRA_STATE_DIR": str(tmp_path)}, "sandbox", "down", "--name", directory.name)


def s_infra(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=60)


def execute(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return s_infra(environment, "sandbox", "exec", "--", *command)


def processes_with(marker: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if entry.name.isdigit() and marker in line and int(entry.name) != os.getpid():
            found.append(f"{entry.name} {line}")
    return found


def wait_until_gone(marker: str) -> list[str]:
    deadline = time.monotonic() + 5
    while (left := processes_with(marker)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


@pytest.mark.parametrize("code", [0, 1, 2, 7])
def test_exec_returns_the_exit_code_of_its_command(environment: dict[str, str], code: int) -> None:
    assert execute(environment, "sh", "-c", f"exit {code}").returncode == code


def test_exec_says_that_a_signal_ended_its_command(environment: dict[str, str]) -> None:
    assert execute(environment, "sh", "-c", "kill -TERM $$").returncode == 128 + signal.SIGTERM


def test_exec_gives_a_program_the_sandbox_whatever_the_caller_points_to(environment: dict[str, str]) -> None:
    elsewhere = {
        **environment,
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1",
        "AWS_SESSION_TOKEN": "somebody's",
        "HTTP_PROXY": "http://127.0.0.1:1",
    }
    done = execute(elsewhere, sys.executable, "-c", PRINT_ACCOUNT)
    assert done.stdout == "000000000000\n", done.stderr


def test_exec_finds_s_infra_first_in_the_path(environment: dict[str, str]) -> None:
    without = {**environment, "PATH": "/usr/bin:/bin"}
    assert execute(without, "sh", "-c", "command -v s-infra").stdout.strip() == str(COMMAND)


def test_exec_hands_terraform_the_provider_unless_the_stock_one_is_wanted(
    environment: dict[str, str],
) -> None:
    script = 'printf %s "$TF_REATTACH_PROVIDERS"'
    served = json.loads(execute(environment, "sh", "-c", script).stdout)
    assert served["registry.terraform.io/hashicorp/aws"]["Protocol"] == "grpc"
    stock = s_infra(environment, "sandbox", "exec", "--provider", "stock", "--", "sh", "-c", script)
    assert stock.stdout == ""


def test_exec_says_when_the_command_is_not_there(environment: dict[str, str]) -> None:
    done = execute(environment, "no-such-program")
    assert done.returncode == 1
    assert "not on this machine" in done.stderr
    assert "no-such-program" in done.stderr


def test_exec_passes_signals_on(environment: dict[str, str], tmp_path: Path) -> None:
    ready, told = tmp_path / "ready", tmp_path / "told"
    script = f"trap 'echo hung up > {told}; exit 5' HUP; touch {ready}; while :; do sleep 0.05; done"
    process = subprocess.Popen([COMMAND, "sandbox", "exec", "--", "sh", "-c", script], env=environment)
    wait_for(ready)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=20) == 5
    assert told.read_text() == "hung up\n"


@pytest.mark.skipif(not namespaces.for_server().available, reason="no namespaces on this machine")
def test_kill_of_exec_leaves_no_process(environment: dict[str, str], tmp_path: Path) -> None:
    marker, ready = uuid.uuid4().hex, tmp_path / "ready"
    # A child in the background that ignores what it can, in a session of its own.
    script = f"setsid sh -c 'trap \"\" TERM HUP; sleep 300; : {marker}' & touch {ready}; wait; : {marker}"
    process = subprocess.Popen([COMMAND, "sandbox", "exec", "--", "sh", "-c", script], env=environment)
    wait_for(ready)
    assert len(processes_with(marker)) >= 3
    assert processes_with(str(tmp_path))
    process.kill()
    process.wait()
    assert wait_until_gone(marker) == []
    assert wait_until_gone(str(tmp_path)) == []


def test_env_works_in_a_shell(environment: dict[str, str]) -> None:
    assert s_infra(environment, "sandbox", "up", "--name", "one").returncode == 0
    script = f'eval "$({COMMAND} sandbox env --name one)" && exec {sys.executable} -c "{PRINT_ACCOUNT}"'
    done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == "000000000000\n", done.stderr


def test_up_twice_says_so_and_leaves_the_first_alone(environment: dict[str, str]) -> None:
    first = s_infra(environment, "sandbox", "up")
    second = s_infra(environment, "sandbox", "up")
    assert first.stdout.startswith("http://127.0.0.1:")
    assert second.returncode == 1
    assert "running already" in second.stderr
    status = json.loads(s_infra(environment, "sandbox", "status", "--json").stdout)
    assert status["endpoint"] == first.stdout.strip()


def test_several_at_once_keep_their_own_data(environment: dict[str, str]) -> None:
    make = "import boto3, sys; boto3.client('s3').create_bucket(Bucket=sys.argv[1])"
    show = "import boto3; print([b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']])"
    for name in ("one", "two"):
        assert s_infra(environment, "sandbox", "up", "--name", name).returncode == 0
        used = {
            **environment,
            **json.loads(s_infra(environment, "sandbox", "env", "--json", "--name", name).stdout),
        }
        subprocess.run([sys.executable, "-c", make, f"bucket-{name}"], env=used, check=True, timeout=60)
        shown = subprocess.run(
            [sys.executable, "-c", show], env=used, capture_output=True, text=True, timeout=60
        )
        assert shown.stdout.strip() == f"['bucket-{name}']"


def test_down_ends_every_process_and_up_starts_afresh(environment: dict[str, str], tmp_path: Path) -> None:
    s_infra(environment, "sandbox", "up")
    assert processes_with(str(tmp_path))
    assert s_infra(environment, "sandbox", "down").returncode == 0
    assert wait_until_gone(str(tmp_path)) == []
    status = s_infra(environment, "sandbox", "status")
    assert (status.returncode, status.stdout) == (1, "")
    assert "not running" in status.stderr
    assert s_infra(environment, "sandbox", "up").returncode == 0


def test_a_start_that_fails_shows_why(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = s_infra(environment, "sandbox", "up", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "can't listen on port" in done.stderr
    assert s_infra(environment, "sandbox", "status").returncode == 1


def test_a_command_is_needed(environment: dict[str, str]) -> None:
    assert s_infra(environment, "sandbox", "exec").returncode == 2


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)
