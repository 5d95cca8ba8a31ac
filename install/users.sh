# shellcheck shell=bash
# Sourced by install.sh: what the appliance needs of the system: packages, users, folders.

# A fresh image may have no Python at all; an unsupported one is not this script's to replace.
get_python() {
    if ! command -v python3 >/dev/null && command -v apt-get >/dev/null; then
        say "Installing the system's package python3"
        if [[ -n $BUNDLE ]]; then
            apt_install_from_bundle
        else
            apt_install_fresh python3 || fail "apt could not install python3: check the network, wait if another apt is running, and run this again."
        fi
    fi
    find_python
    [[ -z $BUNDLE ]] || check_bundle_fits
}

missing_for_display() {
    local package
    for package in cage seatd fonts-noto-core fonts-noto-cjk; do
        installed $package || echo $package
    done
    has_chromium >/dev/null || echo chromium
}

wants_display() { [[ -n $DISPLAY_WANTED || -e $UNITS/kiosk-display.service ]]; }

missing_for_appliance() {
    missing_packages run
    missing_for_sound
    if wants_display; then missing_for_display; fi
}

install_appliance_packages() {
    local -a missing
    mapfile -t missing < <(missing_for_appliance)
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || fail "This system has no apt: install what Debian calls ${missing[*]} and run this again."
    say "Installing the system's packages ${missing[*]}"
    if [[ -n $BUNDLE ]]; then
        apt_install_from_bundle
    else
        apt_install_fresh "${missing[@]}" || fail \
            "apt could not install ${missing[*]}: check the network, wait if another apt is running, and run this again."
    fi
    mapfile -t missing < <(missing_for_appliance)
    ((${#missing[@]} == 0)) || fail "${missing[*]} can't be installed on this system: install what is missing by hand, and run this again."
    CHANGED=yes
}

apt_install_pi_camera() {
    command -v apt-get >/dev/null || return 1
    if [[ -n $BUNDLE ]]; then
        (apt_install_from_bundle) 2>/dev/null && installed python3-picamera2
    else
        apt_install_fresh python3-picamera2 2>/dev/null
    fi
}

# A Pi's own camera is not worth stopping for: Debian and Ubuntu have no picamera2, and a USB camera needs none.
install_pi_camera() {
    if ! on_raspberry_pi || installed python3-picamera2; then return 0; fi
    if apt_install_pi_camera; then
        say "Installed python3-picamera2 for a Pi camera"
        CHANGED=yes
    else
        say "apt could not install python3-picamera2, which a Pi camera needs (Raspberry Pi OS has it); a USB camera and all else work without"
    fi
}

# $1: the user; $2: its home; $3: groups, with commas: those that this system has are given.
make_user() {
    local group home
    home=$(getent passwd "$1" | cut -d: -f6) || true
    [[ -z $home || $home == "$2" ]] || fail "There is a user $1 on this machine who is not this kiosk's (home $home): rename it ('usermod -l'), and run this again."
    if [[ -z $home ]]; then
        say "Making the user $1"
        useradd --system --user-group --no-create-home --home-dir "$2" --shell /usr/sbin/nologin "$1" ||
            fail "The user $1 could not be made: see above."
        CHANGED=yes
    fi
    for group in ${3//,/ }; do
        if getent group "$group" >/dev/null && [[ " $(id -nG "$1") " != *" $group "* ]]; then
            usermod -aG "$group" "$1" || fail "The user $1 could not join the group $group: see above."
        fi
    done
}

make_users() {
    make_user kiosk /var/lib/kiosk video,render,audio
    if wants_display; then make_user kiosk-display /run/kiosk-display video,render,input,audio; fi
}

# $1: mode; $2: owner; $3: the folder.
own_folder() {
    [[ -d $3 ]] || mkdir -p "$3"
    chmod "$1" "$3"
    chown "$2" "$3"
}

make_folders() {
    local kept=""
    [[ ! -d $STATE || $(stat -c %U "$STATE") == kiosk ]] || kept=yes
    own_folder 755 root:root "$HOME_DIR"
    own_folder 755 root:root "$HOME_DIR/releases"
    own_folder 755 root:root "$HOME_DIR/venvs"
    own_folder 755 root:root "$ETC"
    own_folder 755 kiosk:kiosk "$ETC/exercises"
    own_folder 750 kiosk:kiosk "$STATE"
    if [[ -n $kept ]]; then # data of an earlier installation, whose user had another number
        chown -Rh kiosk:kiosk "$STATE" "$ETC/exercises"
    fi
}
