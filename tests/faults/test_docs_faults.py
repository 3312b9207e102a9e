"""What documentation can't be made from is one clear error, and the old pages stay as they were."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from docs_support import PROGRAM, docs, pages, repository

BEGIN, END = "<!-- BEGIN_TF_DOCS -->", "<!-- END_TF_DOCS -->"
SECONDS = 60


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with pages."""
    root = repository(tmp_path_factory.mktemp("documented") / "infra")
    assert docs(root).returncode == 0
    return root


@pytest.fixture
def root(documented: Path, tmp_path: Path) -> Path:
    """A repository with pages, and one module that was changed since."""
    root = shutil.copytree(documented, tmp_path / "infra")
    (root / "catalog/aws/queue/main.tf").write_text("/**\n * Changed.\n */\n")
    return root


STORE, QUEUE = "catalog/aws/my-store", "catalog/aws/queue"
# What is written where; a path in place of bytes is what a link leads to.
SPOILED: dict[str, tuple[str, bytes | Path]] = {
    "not UTF-8": (f"{STORE}/main.tf", b'variable "caf\xe9" {}\n'),
    "unclosed heredoc": (f"{STORE}/main.tf", b'variable "a" {\n  description = <<-EOT\n    text\n}\n'),
    "no HCL": (f"{STORE}/main.tf", b'variable "a" {\n  type =\n}\n'),
    "link to itself": (f"{STORE}/more.tf", Path("more.tf")),
    "machine that is a link to itself": (f"{STORE}/round.asl.json", Path("round.asl.json")),
    "module that is a link to itself": ("catalog/round/main.tf", Path("main.tf")),
    "link to nothing": (f"{STORE}/more.tf", Path("nothing.tf")),
    "no machine": (f"{STORE}/workflows/greet.asl.json", b"{"),
    "usage is not UTF-8": (f"{STORE}/USAGE.md", b"\xff"),
    "page is not UTF-8": (f"{STORE}/README.md", b"\xff"),
    "lone marker": (f"{STORE}/README.md", f"mine\n{BEGIN}\n".encode()),
    "doubled marker": (f"{STORE}/README.md", f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n".encode()),
    "two modules, one page": (f"{STORE}/README.md", Path("../queue/README.md")),
    "settings": (".s-infra-docs.toml", b"rots = []\n"),
    "settings are no TOML": (".s-infra-docs.toml", b"roots = [\n"),
}


def spoil(root: Path, what: str) -> None:
    if what == "read-only page":
        (root / QUEUE / "README.md").chmod(0o444)
    elif what == "folder for a page":
        (root / STORE / "README.md").unlink()
        (root / STORE / "README.md").mkdir()
    else:
        name, content = SPOILED[what]
        (root / name).unlink(missing_ok=True)
        (root / name).parent.mkdir(exist_ok=True)
        if isinstance(content, Path):
            (root / name).symlink_to(content)
        else:
            (root / name).write_bytes(content)


@pytest.mark.parametrize(
    ("what", "message", "which"),
    [
        ("not UTF-8", "the file is not UTF-8", "catalog/aws/my-store/main.tf:1:14"),
        ("unclosed heredoc", "the heredoc has no end", "catalog/aws/my-store/main.tf:2:17"),
        ("no HCL", "the file does not parse", "catalog/aws/my-store/main.tf:"),
        ("link to itself", "can't read the file: Too many levels", "catalog/aws/my-store/more.tf"),
        ("machine that is a link to itself", "can't read the file: Too many", f"{STORE}/round.asl.json"),
        ("module that is a link to itself", "can't read the file: Too many", "catalog/round/main.tf"),
        ("link to nothing", "can't read the file: No such file", "catalog/aws/my-store/more.tf"),
        (
            "no machine",
            "the state machine's file is not JSON",
            "catalog/aws/my-store/workflows/greet.asl.json",
        ),
        ("usage is not UTF-8", "the file is not UTF-8: byte 0", "catalog/aws/my-store/USAGE.md"),
        ("page is not UTF-8", "the page is not UTF-8: byte 0", "catalog/aws/my-store/README.md"),
        ("lone marker", f"has no {END}", "catalog/aws/my-store/README.md"),
        ("doubled marker", f"has 2 {BEGIN}", "catalog/aws/my-store/README.md"),
        ("read-only page", "a page is read-only", "catalog/aws/queue/README.md"),
        ("folder for a page", "the page can't be read: Is a directory", "catalog/aws/my-store/README.md"),
        ("two modules, one page", "two pages would go into one file", "README.md"),
        ("settings", "there is no setting rots", ".s-infra-docs.toml"),
        ("settings are no TOML", "the settings can't be read", ".s-infra-docs.toml"),
    ],
)
def test_bad_input_is_one_error_and_changes_nothing(root: Path, what: str, message: str, which: str) -> None:
    spoil(root, what)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    done = docs(root)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert which in done.stderr
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_byte_order_mark_and_crlf_in_modules_are_as_good_as_none(root: Path) -> None:
    assert docs(root).returncode == 0
    before = (root / "catalog/aws/my-store/README.md").read_text()
    for path in (root / "catalog/aws/my-store").rglob("*.tf"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert docs(root).returncode == 0
    assert (root / "catalog/aws/my-store/README.md").read_bytes().decode() == before


def test_an_empty_module_has_a_page_and_a_folder_without_modules_is_named(root: Path) -> None:
    empty = root / "catalog/empty"
    empty.mkdir()
    (empty / "main.tf").touch()
    assert docs(root).stderr == "4 pages, 3 changed\n"
    assert "No required inputs." in (empty / "README.md").read_text()
    (root / "nothing").mkdir()
    done = docs(root, "--root", "nothing")
    assert done.returncode == 1
    assert done.stderr.startswith("error: there is no module to document\n  which: nothing\n")
    assert docs(root, "--root", "nowhere").returncode == 2


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ nobody.knows }}", "'nobody' is undefined"),
        ("{% if %}", "the template can't be read"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{% include 'none.j2' %}", "none.j2"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
    ],
)
def test_a_template_that_fails_is_named_and_no_word_of_it_reaches_a_page(
    root: Path, template: str, message: str
) -> None:
    own = root / "own"
    own.mkdir()
    (own / "index.md.j2").write_text(f"one\n{template}\n")
    before = pages(root)
    done = docs(root, "--templates", "own")
    assert done.returncode == 1
    assert message in done.stderr
    assert "own/index.md.j2:2" in done.stderr
    assert pages(root) == before


def test_all_that_fail_are_told(root: Path) -> None:
    spoil(root, "not UTF-8")
    (root / "catalog/aws/queue/main.tf").write_text("variable {\n")
    before = pages(root)
    done = docs(root)
    assert done.returncode == 1
    assert done.stderr.startswith("error: 2 pages can't be made, and none was written\n")
    assert "my-store/main.tf:1:14" in done.stderr
    assert "queue/main.tf:2:1" in done.stderr
    assert pages(root) == before


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_recursion_goes_on_behind_a_module_that_fails_and_writes_nothing(root: Path, jobs: str) -> None:
    for number in range(40):
        module = root / f"catalog/many/m{number:02}"
        module.mkdir(parents=True)
        (module / "main.tf").write_text("variable {\n" if number in {3, 30} else 'variable "a" {}\n')
    words = ["render", "markdown-table", "--recursive", "--out", "pages", "catalog"]
    done = docs(root, *words, S_INFRA_DOCS_JOBS=jobs)
    assert done.returncode == 1
    assert done.stderr.startswith("error: 2 pages can't be made, and none was written\n")
    assert all(f"catalog/many/m{number:02}/main.tf:2:1" in done.stderr for number in (3, 30))
    assert not (root / "pages").exists()
    for number in (3, 30):
        (root / f"catalog/many/m{number:02}/main.tf").write_text("")
    assert docs(root, *words, S_INFRA_DOCS_JOBS=jobs).returncode == 0
    assert len(list((root / "pages").rglob("*.md"))) == 43


def test_a_number_of_processes_that_is_none_is_an_error(root: Path) -> None:
    done = docs(root, S_INFRA_DOCS_JOBS="many")
    assert (done.returncode, "S_INFRA_DOCS_JOBS is not a number" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("jobs", "sent"), [("1", signal.SIGINT), ("2", signal.SIGINT), ("2", signal.SIGKILL)]
)
def test_a_run_that_is_ended_in_the_middle_leaves_everything_as_it_was(
    root: Path, jobs: str, sent: signal.Signals, request: pytest.FixtureRequest
) -> None:
    # Where the tests run in the background, a shell has SIGINT ignored; a program takes that over.
    before_it = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before_it))
    for number in range(40):
        module = root / f"catalog/many/m{number}"
        module.mkdir(parents=True)
        (module / "main.tf").write_text(f'variable "v{number}" {{}}\n')
    pipe = root / "catalog/many/m20/never.tf"
    os.mkfifo(pipe)
    before = pages(root)
    process = subprocess.Popen(
        [PROGRAM, "docs"],
        cwd=root,
        env={**os.environ, "XDG_CACHE_HOME": str(root.parent / "cache"), "S_INFRA_DOCS_JOBS": jobs},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    writer = opened(pipe)
    children = psutil.Process(process.pid).children()
    if sent == signal.SIGINT:
        os.killpg(process.pid, sent)
    else:
        process.send_signal(sent)
    if sent == signal.SIGKILL:
        for child in children:
            child.kill()  # else it would end at its next result, but that doesn't come
    _, told = process.communicate(timeout=SECONDS)
    os.close(writer)
    psutil.wait_procs(children, timeout=SECONDS)
    assert not any(child.is_running() for child in children)
    if sent == signal.SIGINT:
        assert (process.returncode, told) == (1, "error: interrupted; no page was changed\n")
    assert pages(root) == before


def opened(pipe: Path) -> int:
    """Return the pipe's writing end as soon as the run is reading it."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
