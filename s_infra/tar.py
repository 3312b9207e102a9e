"""The standard library's tarfile with its extraction filters, which Python 3.11 has from 3.11.4 on only."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 12):
    import tarfile
else:
    from backports import tarfile

__all__ = ["tarfile"]
