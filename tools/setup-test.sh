#!/usr/bin/env bash
# Add what the tests need to what `tools/setup.sh` has made.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/lib.sh

install_wheels() {
  say "Installing what the tests need into .venv"
  .venv/bin/uv pip install --quiet --python .venv/bin/python --constraints constraints.txt --group dev
}

has_postgres() {
  command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

has_postgres || need_packages "the tests" postgresql
command -v pdftotext >/dev/null || need_packages "the tests" poppler-utils

has_browser() {
  command -v chromium || command -v chromium-browser || command -v google-chrome
}

has_browser >/dev/null || need_packages "the tests" chromium
once .venv/.installed-dev tools/setup-test.sh constraints.txt pyproject.toml .venv/.installed -- install_wheels

install_provider() {
  say "Installing the OpenID provider of the tests"
  npm ci --prefix tests/access/oidc --silent --no-audit --no-fund --ignore-scripts
}

if command -v npm >/dev/null; then
  once tests/access/oidc/node_modules/.installed tools/setup-test.sh tests/access/oidc/package-lock.json -- install_provider
fi
