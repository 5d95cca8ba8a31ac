# shellcheck shell=bash
# Sourced by install.sh: the kiosk inside a clone, in .venv, for trying it and for working on it.

check_writable() {
    [[ -w . ]] || fail "$PWD belongs to another user: run this as that user, or from a clone of your own."
    [[ ! -e .venv || -w .venv ]] || fail "$PWD/.venv belongs to another user: run 'sudo rm -r $PWD/.venv', then this again."
}

# What .venv was last completely filled from: unchanged means that nothing is to be installed.
fingerprint() { { cat "$1" pyproject.toml && .venv/bin/python --version && pwd; } | sha256sum; }

# $1: the lock to install from.
install_packages() {
    local stamp=.venv/installed.${1//\//-}
    [[ $(cat "$stamp" 2>/dev/null) != "$(fingerprint "$1")" ]] || return 0
    install_lock "$1"
    say "Installing the command kiosk"
    pip_install --no-build-isolation --editable . ||
        fail "The command kiosk could not be installed: see above, and run this again."
    refuse_second_opencv
    fingerprint "$1" >"$stamp" # last: an interrupted run leaves none, and the next one repairs
}

fetch_model() { .venv/bin/kiosk models fetch full || fail "The pose model is missing: see above, and run this again."; }

# $1: run or test; $2: the lock.
set_up() {
    check_machine
    check_writable
    find_python
    install_system_packages "$1"
    install_sound
    make_venv
    install_packages "$2"
    fetch_model
    mention_pi_camera
}

check() {
    say "$*"
    "$@" || fail "This check failed: $*"
}

run_checks() {
    export PATH=$PWD/.venv/bin:$PATH
    check ruff check .
    check ruff format --check .
    check mypy
    check lint-imports
    check shellcheck -x install.sh .ci/run systemd/screen.sh
    check kiosk check
}
