"""Runs a build's phases: a process apart, in the build's own environment, with the standard library alone.

`agent.py CHANNEL PLAN`: PLAN is a file of JSON, CHANNEL a descriptor that a line of JSON is written to for
each phase's beginning and end. All commands run in one shell, which takes the names of files from a pipe and
tells their exit codes on another; what they print is this process's own output.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

# A plain shell knows descriptors of one digit alone; ours stay out of the commands' way.
READ, WRITE = 8, 9
FIRST_OWN = 20
# Sourced, so that variables, functions and the folder last from one command to the next.
DRIVER = f"""while IFS= read -r codebuild_command <&{READ}; do
. "$codebuild_command" </dev/null {READ}<&- {WRITE}>&-
echo "$?" >&{WRITE}
done"""


class Shell:
    """The shell that the commands run in; a command that ends it is followed by a new one."""

    def __init__(self, program: str, directory: str, scratch: Path) -> None:
        self._program, self._directory, self._scratch = program, directory, scratch
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, text: str) -> int:
        """Run a command; return its exit code."""
        process = self._process or self._start()
        file = self._scratch / "command.sh"
        file.write_text(text + "\n")
        try:
            os.write(self._commands, f"{file}\n".encode())
            code = self._answers.readline()
        except BrokenPipeError:
            code = ""
        if code:
            return int(code)
        # The command was `exit`, or failed under `set -e`.
        ended = process.wait()
        self._answers.close()
        os.close(self._commands)
        self._process = None
        return ended if ended >= 0 else 128 - ended

    def _start(self) -> subprocess.Popen[bytes]:
        theirs, self._commands = map(moved, os.pipe())
        answers, their_answers = map(moved, os.pipe())
        os.dup2(theirs, READ)
        os.dup2(their_answers, WRITE)
        process = subprocess.Popen([self._program, "-c", DRIVER], pass_fds=(READ, WRITE), cwd=self._directory)
        for descriptor in (theirs, their_answers, READ, WRITE):
            os.close(descriptor)
        self._answers = os.fdopen(answers)
        self._process = process
        return process


class Agent:
    """One build. `report` sends a line to the sandbox."""

    def __init__(self, channel: int, plan: dict[str, Any], scratch: Path) -> None:
        self._channel, self._plan, self._scratch = channel, plan, scratch
        self._shell = Shell(plan["shell"], plan["directory"], scratch)

    def run(self) -> None:
        """Run the phases, as far as they come."""
        succeeding = True
        for phase in self._plan["phases"]:
            if not self._phase(phase, succeeding=succeeding):
                succeeding = False
                if not phase["goes_on"]:
                    break
        self._report({"exported": {name: self._value(name) for name in self._plan["exported"]}})

    def _phase(self, phase: dict[str, Any], *, succeeding: bool) -> bool:
        kind = phase["name"].upper()
        self._report({"phase": kind})
        self._shell.run(f"export CODEBUILD_BUILD_SUCCEEDING={int(succeeding)}")
        say(f"Entering phase {kind}")
        problem = self._commands(phase["commands"])
        # Whatever became of the commands.
        problem = self._commands(phase["always"]) or problem
        say(f"Phase complete: {kind} State: {'FAILED' if problem else 'SUCCEEDED'}")
        said = f"{'COMMAND_EXECUTION_ERROR' if problem else ''} Message: {problem}"
        say(f"Phase context status code: {said}")
        self._report({"ended": kind, "problem": problem})
        return not problem

    def _commands(self, commands: list[str]) -> str:
        for command in commands:
            say(f"Running command {command}")
            if (code := self._shell.run(command)) != 0:
                say(f"Command did not exit successfully {command} exit status {code}")
                return f"Error while executing command: {command}. Reason: exit status {code}"
        return ""

    def _value(self, name: str) -> str:
        file = self._scratch / "value"
        self._shell.run(f'printf %s "${{{name}-}}" >"{file}"')
        return file.read_text(errors="replace")

    def _report(self, content: dict[str, Any]) -> None:
        os.write(self._channel, json.dumps(content).encode() + b"\n")


def moved(descriptor: int) -> int:
    """Give a descriptor a number that no command uses; it ends with this process."""
    own = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN)
    os.close(descriptor)
    return own


def say(text: str) -> None:
    """Print a line of the agent's own, as AWS's agent does."""
    # The shell's output goes to the same pipe: in the order in which it is written.
    os.write(1, f"[Container] {time.strftime('%Y/%m/%d %H:%M:%S', time.gmtime())} {text}\n".encode())


if __name__ == "__main__":
    plan_file = Path(sys.argv[2])
    Agent(moved(int(sys.argv[1])), json.loads(plan_file.read_text()), plan_file.parent).run()
