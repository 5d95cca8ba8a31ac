# shellcheck shell=bash
# Sourced by install.sh: a virtual environment that holds what a lock names, and nothing else. VENV says where.

readonly FREE_MB_NEEDED=1200 # an environment takes up to 800 MB; the rest is pip's downloads
VENV=.venv
FROM=() # pip's options for where packages come from: none is the network

on_raspberry_pi() { installed python3-picamera2 || grep -qsa "Raspberry Pi" /proc/device-tree/model; }

venv_folder() { case $VENV in /*) echo "$VENV" ;; *) echo "$PWD/$VENV" ;; esac }

# $1: the folder it is for; $2: how many MB.
check_space() {
    local free_mb
    free_mb=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
    ((free_mb >= $2)) || fail "The disk has $free_mb MB free and $2 MB are needed: make room and run this again."
}

# False for one that was interrupted while being made, was moved, or lost its Python to an upgrade of the system.
venv_works() { "$VENV/bin/python" -c 'import pip' 2>/dev/null && grep -qsF "$(venv_folder)" "$VENV/bin/activate"; }

make_venv() {
    local output
    local -a options=()
    if on_raspberry_pi; then
        options=(--system-site-packages) # python3-picamera2 comes from apt alone: PyPI has no libcamera for it
    fi
    if ! venv_works; then
        check_space "$(dirname "$(venv_folder)")" $FREE_MB_NEEDED
        say "Making $VENV with $("$PYTHON" --version) ${options[*]}"
        output=$("$PYTHON" -m venv --clear "${options[@]}" "$VENV" 2>&1) ||
            fail "Python could not make $VENV (${output##*$'\n'}): run 'rm -r $(venv_folder)', then this again."
    elif ((${#options[@]})) && grep -qs "include-system-site-packages = false" "$VENV/pyvenv.cfg"; then
        say "Letting $VENV see the packages of the system, for picamera2"
        "$VENV/bin/python" -m venv "${options[@]}" --without-pip "$VENV"
    fi
}

pip_install() { "$VENV/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --no-deps "$@"; }

# pip takes a package for installed whose copying it was stopped in; its last word on a whole one is the file INSTALLER.
forget_half_installed() {
    local package
    for package in "$VENV"/lib/python3.*/site-packages/*.dist-info; do
        [[ ! -d $package || -e $package/INSTALLER ]] || rm -r "$package"
    done
}

# $1: the lock to install from.
install_lock() {
    local from="a download of 130 to 220 MB the first time"
    ((${#FROM[@]} == 0)) || from="from the bundle"
    say "Installing the Python packages of $1 into $VENV ($from)"
    forget_half_installed
    pip_install "${FROM[@]}" --require-hashes --only-binary :all: -r "$1" ||
        fail "The Python packages could not be installed: check the network and the disk, and run this again."
}

refuse_second_opencv() {
    if "$VENV/bin/python" -m pip list --local --format=freeze --disable-pip-version-check | grep "^opencv-contrib-python" >/dev/null; then
        fail "opencv-contrib-python is in $VENV and overwrites opencv-python-headless: run 'rm -r $(venv_folder)', then this again."
    fi
}

mention_pi_camera() {
    if on_raspberry_pi && ! "$VENV/bin/python" -c 'import sys, importlib.util as i; sys.exit(not i.find_spec("picamera2"))'; then
        say "For a Pi camera, run: sudo apt-get install python3-picamera2   (a USB camera and the demo need nothing more)"
    fi
}
