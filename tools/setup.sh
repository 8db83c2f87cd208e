#!/usr/bin/env bash
# Make .venv/bin/mohar work on a machine that has only Python >= 3.11, git and make.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/lib.sh

readonly DEMO_PACKAGES=(
  libpango-1.0-0         # WeasyPrint lays text out with Pango …
  libpangoft2-1.0-0      # … and its FreeType fonts
  libharfbuzz-subset0    # small fonts in small PDFs
  fonts-noto-core        # the scripts of India, and of nearly everybody else
  fonts-noto-color-emoji # names hold emoji too
)

# A launcher may be on the path with nothing behind it, so each one is tried.
works() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  local name candidate
  for name in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
    [[ -n $name ]] || continue
    while read -r candidate; do
      if works "$candidate"; then
        printf '%s' "$candidate"
        return 0
      fi
    done < <(type -aP "$name")
  done
  warn "No Python 3.11 or newer was found. Install one, or name it: PYTHON=/path/to/python make setup"
  return 1
}

# Debian keeps the makings of a virtual environment in a package of their own.
need_venv() {
  local version
  "$1" -c 'import ensurepip, venv' 2>/dev/null && return 0
  version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  need_packages "a virtual environment" "python${version}-venv"
}

make_venv() {
  local python
  .venv/bin/python -c 'import pip' 2>/dev/null && return 0
  python=$(find_python)
  need_venv "$python"
  say "Making .venv with $("$python" --version)"
  "$python" -m venv --clear .venv
}

install_wheels() {
  local plugin
  local -a editable=(--editable .)
  for plugin in plugins/mohar-*/; do
    editable+=(--editable "$plugin")
  done
  say "Installing mohar and its plugins into .venv"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.7'
  .venv/bin/uv pip install --quiet --python .venv/bin/python --constraints constraints.txt "${editable[@]}"
}

need_packages "the demo" "${DEMO_PACKAGES[@]}"
make_venv
once .venv/.installed tools/setup.sh constraints.txt pyproject.toml plugins/mohar-*/pyproject.toml -- install_wheels
