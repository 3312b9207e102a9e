#!/usr/bin/env bash
# Builds this folder's image and pushes it: build_and_push.sh REPOSITORY [TAG]
# Terraform does this by itself; this script is for doing it by hand.
set -euo pipefail
if [ $# -lt 1 ]; then
  echo "usage: build_and_push.sh REPOSITORY [TAG]" >&2
  exit 2
fi
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
exec s-infra image push "$here" --repository "$1" --tag "${2:-latest}"
