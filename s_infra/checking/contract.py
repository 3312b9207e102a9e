"""SageMaker's contract for containers, a tick or a cross for each clause, and why.

Source: "Use your own training algorithms" and "Use your own inference code", SageMaker AI Developer Guide.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s_infra.checking.requests import Answer, ask
from s_infra.errors import SInfraError
from s_infra.runner.container import Container, Run

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from s_infra.checking.sample import Sample
    from s_infra.runner.engine import EngineImage
    from s_infra.runner.image import Image
    from s_infra.runner.run import Exit

PING_S = 30.0
STOP_S = 30.0
POLL_S = 0.1
LAST_LINES = 15
UNKNOWN_TYPE = "application/x-no-such-type"
TRAINS = "train exits with 0"
LEAVES_MODEL = "train leaves a model in /opt/ml/model"
FAILS = "train without data exits with another code than 0"
LEAVES_FAILURE = "a failure leaves its reason in /opt/ml/output/failure"
PINGS = f"serve answers /ping with 200 within {PING_S:.0f} s"
ANSWERS = "serve answers /invocations with the type that is asked for"
REFUSES = "serve answers a type that it doesn't know with an error of the client's (4xx)"
STOPS = f"SIGTERM stops serve within {STOP_S:.0f} s"


@dataclass(frozen=True)
class Clause:
    """One clause; `why` tells what was seen, and of a cross what is wrong."""

    name: str
    kept: bool
    why: str


@dataclass
class Check:
    """Tries an image with a sample, in folders below `folder`. `train_timeout` is in seconds."""

    image: Image | EngineImage
    sample: Sample
    folder: Path
    train_timeout: float
    lines: list[str] = field(default_factory=list)

    def clauses(self) -> Iterator[Clause]:
        """Try the clauses in order, each told as soon as it is known."""
        model = self.folder / "trained"
        trained = yield from self._train(model)
        yield from self._fail()
        if not trained:
            for name in (PINGS, ANSWERS, REFUSES, STOPS):
                yield Clause(name, kept=False, why="not tried: there is no model to serve")
            return
        yield from self._serve(model)

    def _train(self, model: Path) -> Generator[Clause, None, bool]:
        base = self._base("train", self.sample.channels)
        begun = time.monotonic()
        ended = self._run_to_end(base)
        took = f"{time.monotonic() - begun:.1f} s"
        succeeded = ended is not None and ended.code == 0
        yield Clause(TRAINS, succeeded, took if succeeded else self._ending(ended, base))
        files = sorted(path for path in (base / "model").rglob("*") if path.is_file())
        names = ", ".join(path.relative_to(base / "model").as_posix() for path in files[:3])
        yield Clause(LEAVES_MODEL, bool(files), names or "the folder is empty")
        if succeeded and files:
            shutil.copytree(base / "model", model)
        return succeeded and bool(files)

    def _fail(self) -> Iterator[Clause]:
        base = self._base("fail", {})
        for name in self.sample.channels:
            (base / "input/data" / name).mkdir()
        ended = self._run_to_end(base)
        failed = ended is not None and ended.code != 0 and ended.error is None
        told = f"exit code {ended.code}" if ended is not None and failed else self._ending(ended, base)
        yield Clause(FAILS, failed, "it exited with 0" if ended is not None and ended.code == 0 else told)
        reason = _text(base / "output/failure")
        first = reason.splitlines()[0] if reason else "there is no such file"
        yield Clause(LEAVES_FAILURE, bool(reason), first)

    def _serve(self, model: Path) -> Iterator[Clause]:
        base = self._base("serve", {})
        shutil.rmtree(base / "model")
        shutil.copytree(model, base / "model")
        self.lines.clear()
        container = Container(Run(self.image, ("serve",), base), self.lines.append)
        try:
            pinged = self._ping(container)
            yield pinged
            if not pinged.kept:
                for name in (ANSWERS, REFUSES):
                    yield Clause(name, kept=False, why="not tried: /ping doesn't answer")
            else:
                yield self._invoke(container)
                yield self._refuse(container)
            yield self._stop(container)
        finally:
            container.close()

    def _ping(self, container: Container) -> Clause:
        begun = time.monotonic()
        seen: Answer | str = "no answer"
        while (left := begun + PING_S - time.monotonic()) > 0:
            seen = ask(container, "GET", "/ping", timeout=min(left, 5.0))
            if isinstance(seen, Answer) and seen.status == 200:
                return Clause(PINGS, kept=True, why=f"{time.monotonic() - begun:.1f} s")
            if not container.running():
                seen = f"serve ended: {self._last()}"
                break
            time.sleep(POLL_S)
        return Clause(PINGS, kept=False, why=_told(seen))

    def _invoke(self, container: Container) -> Clause:
        headers = {"Content-Type": self.sample.content_type, "Accept": self.sample.accept}
        seen = ask(container, "POST", "/invocations", self.sample.request, headers)
        if not isinstance(seen, Answer) or seen.status != 200:
            return Clause(ANSWERS, kept=False, why=_told(seen))
        if seen.content_type != self.sample.accept:
            why = f"the answer is {seen.content_type or 'of no type'}, and {self.sample.accept} was asked for"
            return Clause(ANSWERS, kept=False, why=why)
        if not seen.body.strip():
            return Clause(ANSWERS, kept=False, why="the answer is empty")
        first = seen.body[:200].decode(errors="replace").splitlines()[0]
        return Clause(
            ANSWERS, kept=True, why=f"{self.sample.content_type} gives {seen.content_type}: {first}"
        )

    def _refuse(self, container: Container) -> Clause:
        seen = ask(container, "POST", "/invocations", b"\x00", {"Content-Type": UNKNOWN_TYPE})
        kept = isinstance(seen, Answer) and 400 <= seen.status < 500
        return Clause(REFUSES, kept, f"{seen.status}" if isinstance(seen, Answer) else seen)

    def _stop(self, container: Container) -> Clause:
        if not container.running():
            return Clause(STOPS, kept=False, why=f"it had ended before: {self._last()}")
        begun = time.monotonic()
        container.stop(STOP_S)
        took = time.monotonic() - begun
        container.wait(5.0)
        if took >= STOP_S:
            return Clause(STOPS, kept=False, why="it had to be killed; SageMaker does so after 30 s, too")
        return Clause(STOPS, kept=True, why=f"{took:.1f} s")

    def _run_to_end(self, base: Path) -> Exit | None:
        """Return how `train` ended, or None if it had to be killed after the time-out."""
        self.lines.clear()
        container = Container(Run(self.image, ("train",), base), self.lines.append)
        try:
            return container.wait(self.train_timeout)
        finally:
            container.close()

    def _base(self, name: str, channels: dict[str, Path]) -> Path:
        """Lay out /opt/ml as SageMaker does."""
        base = self.folder / name / "ml"
        for part in ("input/config", "input/data", "model", "output/data"):
            (base / part).mkdir(parents=True)
        for channel, given in channels.items():
            shutil.copytree(given, base / "input/data" / channel)
        described = {
            channel: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
            }
            for channel in self.sample.channels
        }
        hosts = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"}
        for file, content in (
            ("hyperparameters", self.sample.hyperparameters),
            ("inputdataconfig", described),
            ("resourceconfig", hosts),
        ):
            (base / "input/config" / f"{file}.json").write_text(json.dumps(content))
        return base

    def _ending(self, ended: Exit | None, base: Path) -> str:
        if ended is None:
            return f"it still ran after {self.train_timeout:.0f} s and was killed"
        if ended.error is not None:
            return ended.error
        reason = _text(base / "output/failure").splitlines()[:1]
        return f"exit code {ended.code}: {''.join(reason) or self._last()}"

    def _last(self) -> str:
        return " | ".join(self.lines[-LAST_LINES:]) or "it wrote nothing"


def _told(seen: Answer | str) -> str:
    if isinstance(seen, str):
        return seen
    return f"{seen.status}: {seen.body[:200].decode(errors='replace').strip()}"


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def page(clauses: list[Clause]) -> str:
    """Return the clauses as lines for people."""
    return "\n".join(f"{'✓' if one.kept else '✗'} {one.name} ({one.why})" for one in clauses)


def held(clauses: list[Clause]) -> None:
    """Raise if a clause isn't kept.

    Raises:
        SInfraError: with the clauses that aren't.
    """
    broken = [one for one in clauses if not one.kept]
    if broken:
        raise SInfraError(
            "the container doesn't keep SageMaker's contract:\n" + page(broken),
            next_step="mend it, and see `s-infra image check`",
        )
