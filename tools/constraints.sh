#!/usr/bin/env bash
# Write constraints.txt anew: the newest versions that fit together, without any address in them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

.venv/bin/uv lock --quiet --upgrade
{
  printf '# Every version that a fresh set-up installs. Made by `make constraints`.\n'
  .venv/bin/uv export --quiet --frozen --all-packages --group dev \
    --no-hashes --no-emit-workspace --no-annotate --no-header
} >constraints.txt
