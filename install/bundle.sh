# shellcheck shell=bash
# Sourced by install.sh: everything that an installation downloads, in one folder, for a machine without network.

BUNDLE="" # the folder to install from

# $1: apt-get or apt-cache; $2: the folder for packages; the rest: what to ask. With an empty list of what is installed, apt
# knows and fetches all that a bare system could lack.
bare_apt() {
    local folder
    folder=$(realpath "$2")
    : >"$folder/nothing-installed"
    "$1" -o Dir::State::status="$folder/nothing-installed" -o Dir::Cache::archives="$folder" -o APT::Sandbox::User=root "${@:3}" </dev/null
}

# $1: the folder; the rest: packages. Fetches them and what they need.
fetch_debs() {
    mkdir -p "$1/partial"
    bare_apt apt-get "$1" -qq install --download-only -y --no-install-recommends "${@:2}" >/dev/null ||
        fail "apt could not fetch ${*:2}: run 'sudo apt-get update' if its lists are missing, check the network and the disk, and run this again."
    rm -rf "$1/partial" "$1/lock" "$1/lock-frontend" "$1/nothing-installed"
}

# Those of $2 and on that apt has, one a line; $1: the folder for packages.
in_apt() {
    local package
    for package in "${@:2}"; do
        if bare_apt apt-cache "$1" show "$package" >/dev/null 2>&1; then echo "$package"; fi
    done
    rm -f "$1/nothing-installed"
}

# What a machine with this one's system lacks at most: with these, it needs no network. Only where it is the same kind.
bundle_debs() {
    local folder=$1/debs
    local -a wanted=(python3 python3-venv libegl1 libgles2 libseccomp2 espeak-ng alsa-utils)
    local -a display=(cage seatd fonts-noto-core fonts-noto-cjk chromium)
    printf '%s\n' "${wanted[*]}" "for --kiosk-display: ${display[*]}" >"$1/packages"
    if [[ $2 != yes ]] || ! command -v apt-get >/dev/null; then
        say "Packages of the system are not in this bundle; the machine needs these beforehand: ${wanted[*]}, and for --kiosk-display ${display[*]}"
        return
    fi
    say "Fetching the system's packages and what they need"
    mkdir -p "$folder"
    if on_raspberry_pi; then mapfile -t -O "${#wanted[@]}" wanted < <(in_apt "$folder" python3-picamera2); fi
    fetch_debs "$folder" "${wanted[@]}"
    bundle_display_debs "$folder" "${display[@]}"
}

# $1: the folder; the rest: what the attached screen needs. It lies apart: a kiosk without one does not install it.
bundle_display_debs() {
    local folder=$1 file
    local -a base=("$folder"/*.deb) known
    mapfile -t known < <(in_apt "$@")
    ((${#known[@]} == $# - 1)) || say "Of ${*:2}, this system's apt has only ${known[*]:-none}: --kiosk-display needs the rest installed beforehand"
    ((${#known[@]})) || return 0
    fetch_debs "$folder" "${known[@]}"
    mkdir -p "$folder/display"
    for file in "$folder"/*.deb; do
        [[ " ${base[*]} " == *" $file "* ]] || mv "$file" "$folder/display/"
    done
}

# What of the bundle's packages this machine has not got yet.
apt_install_from_bundle() {
    local file name
    local -a files=() from=("$BUNDLE"/debs/*.deb)
    if wants_display; then from+=("$BUNDLE"/debs/display/*.deb); fi
    for file in "${from[@]}"; do
        name=${file##*/}
        if [[ -e $file ]] && ! installed "${name%%_*}"; then files+=("$file"); fi
    done
    ((${#files[@]})) || fail "This bundle has no packages of the system, and some are missing here: install what the file $BUNDLE/packages lists, and run this again."
    apt_install --no-download "${files[@]}" ||
        fail "apt could not install the bundle's packages: see above. A bundle fits the system it was made on; make it on the same release of Debian."
}

# $1: the folder; $2 and $3: the other machine's Python and processor, this one's when left out.
make_bundle() {
    local folder=$1 here python arch same=yes
    umask 022
    check_machine
    find_python
    here=$(python_kind "$PYTHON")
    python=${2:-${here% *}} arch=${3:-$(uname -m)}
    [[ $python-$arch == "${here% *}-$(uname -m)" ]] || same=no
    case $python-$arch in
        3.1[123]-x86_64 | 3.1[123]-aarch64) ;;
        *) refuse "--bundle DIR takes a Python (3.11, 3.12 or 3.13) and a processor (x86_64 or aarch64), but got '$python' and '$arch'." ;;
    esac
    mkdir -p "$folder" 2>/dev/null && [[ -w $folder ]] || fail "$folder can't be written: choose another folder."
    check_space "$folder" 1000
    say "Making a bundle for Python $python on $arch in $folder"
    set_up run requirements.lock
    rm -rf "$folder/for" "$folder/wheels" "$folder/models" "$folder/source" "$folder/debs"
    mkdir -p "$folder/source" "$folder/models"
    say "Fetching the Python packages"
    .venv/bin/python install/wheels.py "$python" "$arch" requirements.lock "$folder/wheels" ||
        fail "The Python packages could not be fetched: see above, check the network and the disk, and run this again."
    cp .state/models/* "$folder/models/"
    bundle_debs "$folder" $same
    cp -R install.sh install kiosk config systemd pyproject.toml requirements.lock README.md LICENSE "$folder/source/"
    find "$folder/source" -name __pycache__ -prune -exec rm -r {} +
    echo "$python $arch" >"$folder/for" # last: a bundle without it is not whole
    say "Done. Copy $folder to the machine and run there: sudo $folder/source/install.sh --offline $folder"
}

# $1: the folder.
use_bundle() {
    [[ -d $1 && -e $1/for ]] || fail "$1 is no whole bundle: make one with './install.sh --bundle DIR' on a machine with network."
    BUNDLE=$(realpath "$1")
    FROM=(--no-index --find-links "$BUNDLE/wheels")
}

check_bundle_fits() {
    local kind
    kind=$(python_kind "$PYTHON")
    [[ $(cat "$BUNDLE/for") == "${kind% *} $(uname -m)" ]] ||
        fail "This bundle is for Python and processor $(cat "$BUNDLE/for"), this machine has ${kind% *} $(uname -m): make one with './install.sh --bundle DIR ${kind% *} $(uname -m)'."
}
