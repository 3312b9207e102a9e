"""Makes a picture of a page of a run: python tests/support/screenshot.py run.html picture.png."""

from __future__ import annotations

import sys
from pathlib import Path

import browser_support

WIDTH, HEIGHT = 1240, 1300


def main() -> int:
    """Write the picture of the page's upper part."""
    found = browser_support.program()
    if found is None or len(sys.argv) != 3:
        sys.stderr.write("usage: screenshot.py PAGE PICTURE, with Chromium on the PATH\n")
        return 2
    with browser_support.running(found) as browser:
        browser.open(Path(sys.argv[1]).resolve(), width=WIDTH)
        browser.screenshot(Path(sys.argv[2]), height=HEIGHT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
