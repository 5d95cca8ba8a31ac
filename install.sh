#!/usr/bin/env bash
# Sets up pose-kiosk from a clone. Every step says what it does and can be run again; the steps are listed at the bottom.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# A shell's own Python settings must not leak into the kiosk's environment.
unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV

readonly PYTHONS="python3 python3.13 python3.12 python3.11"
readonly FREE_MB_NEEDED=1200 # .venv takes up to 800 MB; the rest is pip's downloads
PYTHON=""                    # set by find_python

usage() {
    cat <<'END'
Usage: ./install.sh --demo [OPTION ...]   set up, then run the kiosk on a drawn athlete (options go to `kiosk run`)
       ./install.sh --setup               set up only: .venv with the command kiosk, and the pose model
       ./install.sh --test [OPTION ...]   set up with the test tools, then run every check (options go to pytest)
       ./install.sh --help                show this
END
}

say() { printf '==> %s\n' "$*"; }

fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

refuse() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 2
}

stopped() {
    trap - INT TERM
    printf '\ninstall.sh: Stopped; run the same command again to go on.\n' >&2
    exit 130
}

# --- Python ---------------------------------------------------------------------------------------------------------

# "3.13 64-bit", or nothing when $1 is no working Python.
python_kind() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2], "64-bit" if sys.maxsize > 2**32 else "32-bit")' \
        2>/dev/null || true
}

find_python() {
    local candidate kind found=""
    for candidate in $PYTHONS; do
        kind=$(python_kind "$candidate")
        case $kind in
            "3.11 64-bit" | "3.12 64-bit" | "3.13 64-bit")
                PYTHON=$candidate
                return
                ;;
            ?*) found+="${found:+, }$candidate is $kind" ;;
        esac
    done
    fail "Python 3.11, 3.12 or 3.13 (64-bit) is needed and ${found:-no Python was found}: install one" \
        "(Debian 12 and 13, Ubuntu 24.04 and 64-bit Raspberry Pi OS have it as python3) and run this again."
}

check_machine() {
    case $(uname -s)-$(uname -m) in
        Linux-x86_64 | Linux-aarch64) ;;
        *) fail "64-bit Linux on x86 or ARM is needed, this is $(uname -s) on $(uname -m): MediaPipe has no package for it." ;;
    esac
}

# --- packages of the system -----------------------------------------------------------------------------------------

installed() {
    local status
    status=$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) && [[ $status == ii* ]]
}

# Is the library $2 there, which Debian's package $1 brings?
has_library() {
    if command -v dpkg-query >/dev/null; then
        installed "$1"
    else
        PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -F "$2" >/dev/null
    fi
}

has_chinese_font() {
    installed fonts-noto-cjk || { command -v fc-list >/dev/null && [[ -n $(fc-list :lang=zh 2>/dev/null) ]]; }
}

has_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

# The Debian names of what is missing, one a line. $1: test when the test tools are wanted too.
missing_packages() {
    has_library libegl1 libEGL.so.1 || echo libegl1
    has_library libgles2 libGLESv2.so.2 || echo libgles2
    has_library libseccomp2 libseccomp.so.2 || echo libseccomp2
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || echo "$PYTHON-venv"
    [[ $1 == test ]] || return 0
    has_chromium >/dev/null || echo chromium
    has_chinese_font || echo fonts-noto-cjk
    command -v shellcheck >/dev/null || echo shellcheck
    command -v openssl >/dev/null || echo openssl
    missing_for_sound
}

missing_for_sound() {
    command -v espeak-ng >/dev/null || echo espeak-ng
    command -v aplay >/dev/null || echo alsa-utils
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=60 -o Dpkg::Use-Pty=0 \
        install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

# The lists are fetched only when the ones on the disk do not do: a fresh image has none.
apt_install_fresh() { apt_install "$@" 2>/dev/null || { apt-get update -qq </dev/null && apt_install "$@"; }; }

# $1: test when the test tools are wanted too.
install_system_packages() {
    local -a missing
    mapfile -t missing < <(missing_packages "$1")
    ((${#missing[@]})) || return 0
    if ! command -v apt-get >/dev/null; then
        fail "This system has no apt: install what Debian calls ${missing[*]} and run this again."
    elif ((EUID != 0)); then
        fail "Packages of the system are missing; run: sudo apt-get update && sudo apt-get install ${missing[*]}"
    fi
    say "Installing the system's packages ${missing[*]}"
    apt_install_fresh "${missing[@]}" || fail \
        "apt could not install ${missing[*]}: check the network, wait if another apt is running, and run this again."
    mapfile -t missing < <(missing_packages "$1")
    ((${#missing[@]} == 0)) || fail "${missing[*]} installed, but what $PYTHON needs of it is not there: use the system's own python3."
}

# Sound is not worth stopping for: without it the warnings are on the page alone.
install_sound() {
    local -a missing
    mapfile -t missing < <(missing_for_sound)
    ((${#missing[@]})) || return 0
    if ((EUID == 0)) && command -v apt-get >/dev/null; then
        say "Installing ${missing[*]} for spoken warnings"
        apt_install_fresh "${missing[@]}" && return
    fi
    say "For spoken warnings, run: sudo apt-get update && sudo apt-get install ${missing[*]}   (all else works without)"
}

# --- the virtual environment ----------------------------------------------------------------------------------------

on_raspberry_pi() { installed python3-picamera2 || grep -qsa "Raspberry Pi" /proc/device-tree/model; }

check_writable() {
    [[ -w . ]] || fail "$PWD belongs to another user: run this as that user, or from a clone of your own."
    [[ ! -e .venv || -w .venv ]] || fail "$PWD/.venv belongs to another user: run 'sudo rm -r $PWD/.venv', then this again."
}

check_space() {
    local free_mb
    free_mb=$(df -Pm . | awk 'NR == 2 { print $4 }')
    ((free_mb >= FREE_MB_NEEDED)) || fail "The disk has $free_mb MB free and $FREE_MB_NEEDED MB are needed: make room and run this again."
}

# False for one that was interrupted while being made, was moved, or lost its Python to an upgrade of the system.
venv_works() { .venv/bin/python -c 'import pip' 2>/dev/null && grep -qsF "$PWD/.venv" .venv/bin/activate; }

make_venv() {
    local output
    local -a options=()
    if on_raspberry_pi; then
        options=(--system-site-packages) # python3-picamera2 comes from apt alone: PyPI has no libcamera for it
    fi
    if ! venv_works; then
        check_space
        say "Making .venv with $("$PYTHON" --version) ${options[*]}"
        output=$("$PYTHON" -m venv --clear "${options[@]}" .venv 2>&1) ||
            fail "Python could not make .venv (${output##*$'\n'}): run 'rm -r $PWD/.venv', then this again."
    elif ((${#options[@]})) && grep -qs "include-system-site-packages = false" .venv/pyvenv.cfg; then
        say "Letting .venv see the packages of the system, for picamera2"
        .venv/bin/python -m venv "${options[@]}" --without-pip .venv
    fi
}

# What .venv was last completely filled from: unchanged means that nothing is to be installed.
fingerprint() { { cat "$1" pyproject.toml && .venv/bin/python --version && pwd; } | sha256sum; }

pip_install() { .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check --no-deps "$@"; }

refuse_second_opencv() {
    if .venv/bin/python -m pip list --local --format=freeze --disable-pip-version-check | grep "^opencv-contrib-python" >/dev/null; then
        fail "opencv-contrib-python is in .venv and overwrites opencv-python-headless: run 'rm -r $PWD/.venv', then this again."
    fi
}

# pip takes a package for installed whose copying it was stopped in; its last word on a whole one is the file INSTALLER.
forget_half_installed() {
    local package
    for package in .venv/lib/python3.*/site-packages/*.dist-info; do
        [[ ! -d $package || -e $package/INSTALLER ]] || rm -r "$package"
    done
}

# $1: the lock to install from.
install_packages() {
    local stamp=.venv/installed.${1//\//-}
    [[ $(cat "$stamp" 2>/dev/null) != "$(fingerprint "$1")" ]] || return 0
    say "Installing the Python packages of $1 into .venv (a download of 130 to 220 MB the first time)"
    forget_half_installed
    pip_install --require-hashes --only-binary :all: -r "$1" ||
        fail "The Python packages could not be installed: check the network and the disk, and run this again."
    say "Installing the command kiosk"
    pip_install --no-build-isolation --editable . ||
        fail "The command kiosk could not be installed: see above, and run this again."
    refuse_second_opencv
    fingerprint "$1" >"$stamp" # last: an interrupted run leaves none, and the next one repairs
}

fetch_model() { .venv/bin/kiosk models fetch full || fail "The pose model is missing: see above, and run this again."; }

mention_pi_camera() {
    if on_raspberry_pi && ! .venv/bin/python -c 'import sys, importlib.util as i; sys.exit(not i.find_spec("picamera2"))'; then
        say "For a Pi camera, run: sudo apt-get install python3-picamera2   (a USB camera and the demo need nothing more)"
    fi
}

# --- what the options do --------------------------------------------------------------------------------------------

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
    check shellcheck install.sh .ci/run
    check kiosk check
}

main() {
    local option=${1:-}
    shift || true
    trap stopped INT TERM
    case $option in
        --demo)
            set_up run requirements.lock
            exec .venv/bin/kiosk run --camera 'demo:squat?fault=mix' "$@"
            ;;
        --setup)
            (($# == 0)) || refuse "--setup takes no further argument, but got '$1'; ./install.sh --help lists the options."
            set_up run requirements.lock
            say "Ready. Try: .venv/bin/kiosk --help"
            ;;
        --test)
            set_up test tests/requirements.lock
            run_checks
            exec .venv/bin/python -m pytest -n auto --dist loadfile "$@"
            ;;
        --help | -h) usage ;;
        "")
            usage >&2
            refuse "Setting up a whole machine ('sudo ./install.sh') is not there yet."
            ;;
        *) refuse "There is no option '$option'; ./install.sh --help lists them." ;;
    esac
}

main "$@"
