# shellcheck shell=bash
# Sourced by install.sh: how it speaks, and what it asks of the machine: a Python, packages of the system, room.

PYTHON="" # set by find_python
readonly PYTHONS="python3 python3.13 python3.12 python3.11"

say() { printf '==> %s\n' "$*"; }

fail() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 1
}

refuse() {
    printf 'install.sh: %s\n' "$*" >&2
    exit 2
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

