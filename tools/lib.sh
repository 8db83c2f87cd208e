# What the set-up scripts share: words for the reader, Debian packages, the wheel installer.
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }

warn() { printf '%s\n' "$*" >&2; }

# Print those of the named Debian packages that are not installed; nothing where there is no dpkg.
missing_packages() {
  local package
  command -v dpkg-query >/dev/null || return 0
  for package in "$@"; do
    [[ "$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] ||
      printf '%s ' "$package"
  done
}

# Print the command that makes us root, "none" where we cannot be.
become_root() {
  if [[ "$(id -u)" == 0 ]]; then
    printf 'env'
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
    printf 'sudo env'
  else
    printf 'none'
  fi
}

apt_install() {
  local root=$1
  shift
  # shellcheck disable=SC2086 # "sudo env" is two words
  $root DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
    $root DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "$@" >/dev/null
}

# need_packages WHAT-FOR PACKAGE…: install what is not there, or say what is missing and go on.
need_packages() {
  local what_for=$1 root
  shift
  if ! command -v dpkg-query >/dev/null; then
    warn "This is neither Debian nor Ubuntu. See to what these packages hold, for ${what_for}: $*"
    return 0
  fi
  local -a missing
  read -ra missing <<<"$(missing_packages "$@")"
  [[ ${#missing[@]} -gt 0 ]] || return 0
  root=$(become_root)
  if [[ $root == none ]]; then
    warn "Packages for ${what_for} are missing, and only root can install them. Going on without; ask for:"
    warn "  apt-get install --no-install-recommends ${missing[*]}"
    return 0
  fi
  say "Installing for ${what_for}: ${missing[*]}"
  apt_install "$root" "${missing[@]}" || warn "apt-get could not install them; going on without."
}

# once STAMP FILE… -- COMMAND…: run the command unless it was run with these very files before.
once() {
  local stamp=$1
  shift
  local -a files=()
  while [[ $1 != -- ]]; do
    files+=("$1")
    shift
  done
  shift
  local now
  now=$(sha256sum "${files[@]}")
  [[ -f $stamp && "$(<"$stamp")" == "$now" ]] && return 0
  "$@"
  printf '%s\n' "$now" >"$stamp"
}
