# shellcheck shell=bash
# Sourced by install.sh: the kiosk as a service of the whole machine.
#
# /opt/kiosk/releases/ID   one version: code, units, shipped config; `current` points to the one that runs
# /opt/kiosk/venvs/ID      the Python packages of a lock, shared by the releases that were made with it
# /etc/kiosk               the config, with .shipped: the checksums of what was put there, so that edited files are known
# /var/lib/kiosk           models, history, voice: what the service writes

readonly ROOT=${KIOSK_INSTALL_ROOT:-} # the tests' machine
readonly HOME_DIR=$ROOT/opt/kiosk ETC=$ROOT/etc/kiosk STATE=$ROOT/var/lib/kiosk UNITS=$ROOT/etc/systemd/system
readonly AVAHI=$ROOT/etc/avahi/services COMMAND=$ROOT/usr/local/bin/kiosk LOCK_FILE=$ROOT/run/kiosk-install.lock
readonly RELEASE_MB_NEEDED=100 HEALTHY_WITHIN_S=${KIOSK_INSTALL_WAIT_S:-180}

CHANGED="" # what this run changed, for its last sentence
TRYING=""  # the release that is on trial: whatever ends this run before it is healthy brings the one before back
BEFORE=""  # the one before, if there is one

# --- may it, can it -------------------------------------------------------------------------------------------------

# $1: the command that needs root.
check_root() { ((EUID == 0)) || [[ -n $ROOT ]] || refuse "Setting up the whole machine needs root: run 'sudo $1'. To try the kiosk first: ./install.sh --demo"; }

check_systemd() {
    [[ -d $ROOT/run/systemd/system ]] || fail "This machine is not run by systemd, which the service needs: './install.sh --demo' works without."
}

one_at_a_time() {
    mkdir -p "${LOCK_FILE%/*}"
    exec 9>"$LOCK_FILE"
    flock -n 9 || fail "Another install.sh is at work on this machine: wait until it is done and run this again."
}

check_writable_root() {
    local folder
    for folder in "$ROOT/opt" "$ROOT/etc"; do
        [[ -w $folder ]] || fail "$folder is read-only: make it writable while installing ('sudo mount -o remount,rw /'), and run this again."
    done
}

# --- the units ------------------------------------------------------------------------------------------------------

# $1: what should be there; $2: where. On a full disk, what was there stays whole.
put_unit() {
    ! cmp -s "$1" "$2" || return 0
    if cp "$1" "$2.kiosk-part" && chmod 644 "$2.kiosk-part" && mv "$2.kiosk-part" "$2"; then
        CHANGED=yes
    else
        rm -f "$2.kiosk-part"
        return 1
    fi
}

# $1: the release whose units they are.
install_units() {
    local from=$HOME_DIR/releases/$1/systemd
    put_unit "$from/kiosk.service" "$UNITS/kiosk.service"
    if wants_display; then put_unit "$from/kiosk-display.service" "$UNITS/kiosk-display.service"; fi
    systemctl daemon-reload
    systemctl --quiet enable kiosk.service
    if wants_display; then systemctl --quiet enable kiosk-display.service; fi
}

# The kiosk is announced in the network where it may be seen from there. It is NAME.local wherever avahi runs.
announce() {
    local lan port scheme _
    [[ -d $AVAHI ]] || return 0
    read -r lan port _ scheme < <("$HOME_DIR/current/bin/kiosk-page" --settings)
    if [[ $lan == lan ]]; then
        sed "s|<port>.*</port>|<port>$port</port>|; s|_http._tcp|_$scheme._tcp|" "$HOME_DIR/current/systemd/kiosk.avahi" >"$HOME_DIR/announced"
        put_unit "$HOME_DIR/announced" "$AVAHI/kiosk.service"
        rm "$HOME_DIR/announced"
    else
        rm -f "$AVAHI/kiosk.service"
    fi
}

# --- from one release to the next -----------------------------------------------------------------------------------

current() { readlink "$HOME_DIR/current" 2>/dev/null | sed 's|.*/||'; }

# $1: the release that `current` shall point to, in one step.
point_to() {
    ln -sfn "releases/$1" "$HOME_DIR/.current" && mv -T "$HOME_DIR/.current" "$HOME_DIR/current"
}

property() { systemctl show --property "$1" --value kiosk.service; }

# Is the service up, not just between two crashes, and does its page answer?
answers() { [[ $(property ActiveState) == active ]] && PAGE=$("$HOME_DIR/current/bin/kiosk-page" 2>&1); }

# It has to answer twice, three seconds apart, and to be the same process.
healthy() {
    local until_s=$((SECONDS + HEALTHY_WITHIN_S)) first
    while ((SECONDS < until_s)) && (($(property NRestarts) < 3)); do
        first=$(property MainPID)
        if answers && sleep 3 && answers && [[ $(property MainPID) == "$first" ]]; then return 0; fi
        sleep 1
    done
    return 1
}

# The service's last words, indented.
last_words() { journalctl --unit kiosk.service --lines 8 --output cat --no-pager 2>/dev/null | sed 's/^/    /' >&2 || true; }

# systemd's count of restarts begins anew: it is of the release before, and healthy() would take it for this one's.
start_kiosk() {
    systemctl reset-failed kiosk.service 2>/dev/null || true
    systemctl start --no-block kiosk.service
}

# $1: the release to run, with its config and its units.
switch_to() {
    systemctl stop kiosk.service 2>/dev/null || true
    install_config "$1"
    point_to "$1"
    install_units "$1"
    start_kiosk
}

# The way back, when the release on trial did not become healthy or this run was stopped.
roll_back() {
    local failed=$TRYING
    TRYING=""
    [[ -n $failed ]] || return 0
    trap '' INT TERM HUP
    set +e
    if [[ -z $BEFORE ]]; then
        printf 'install.sh: %s\n' "The kiosk is installed but its page does not answer: 'journalctl -u kiosk' says why; mend it and run this again." >&2
        return 0
    fi
    printf 'install.sh: %s\n' "Going back to the version before, $BEFORE" >&2
    systemctl stop kiosk.service 2>/dev/null || true
    # First what makes room: the disk may be full.
    point_to "$BEFORE"
    rm -rf "$HOME_DIR/releases/$failed"
    [[ $(current) == "$BEFORE" ]] || point_to "$BEFORE"
    restore_config || printf 'install.sh: %s\n' "$NOT_RESTORED" >&2
    install_units "$BEFORE"
    start_kiosk
    if healthy; then
        printf 'install.sh: %s\n' "The version before runs again: $PAGE" >&2
    else
        printf 'install.sh: %s\n' "The version before does not answer either: 'journalctl -u kiosk' says why." >&2
    fi
}

# $1: the release to try.
try_release() {
    BEFORE=$(cat "$HOME_DIR/proven" 2>/dev/null || true)
    [[ -d $HOME_DIR/releases/$BEFORE && $BEFORE != "$1" ]] || BEFORE=""
    # A run that lost its power on trial, or found no room on its way back, left the config from before.
    if [[ -e $KEPT/.shipped ]]; then restore_config || fail "$NOT_RESTORED"; fi
    keep_config
    TRYING=$1
    switch_to "$1"
    say "Waiting for the page (at most $HEALTHY_WITHIN_S s)"
    if ! healthy; then
        last_words
        fail "The kiosk $1 does not become healthy (${PAGE:-its service does not start})."
    fi
    TRYING=""
    put_kept_aside
    echo "$1" >"$HOME_DIR/proven.part"
    mv "$HOME_DIR/proven.part" "$HOME_DIR/proven"
    rm -rf "$KEPT.part"
    CHANGED=yes
}

# Keeps the release that runs and the one before; environments stay while one of these uses them.
remove_old() {
    local path
    for path in "$HOME_DIR"/releases/*; do
        case ${path##*/} in "$(current)" | "$BEFORE") ;; *) rm -rf "$path" ;; esac
    done
    for path in "$HOME_DIR"/venvs/*; do
        [[ " $(readlink "$HOME_DIR"/releases/*/venv | tr '\n' ' ') " == *" $path "* ]] || rm -rf "$path"
    done
}

put_command() {
    if [[ $(readlink "$COMMAND" 2>/dev/null) != "$HOME_DIR/current/bin/kiosk" ]]; then
        mkdir -p "${COMMAND%/*}"
        ln -sfn "$HOME_DIR/current/bin/kiosk" "$COMMAND"
    fi
}

has_desktop() { systemctl is-enabled display-manager.service >/dev/null 2>&1; }

# Before anything is made: a desktop and the kiosk's page can't share a screen.
check_screen() {
    if [[ -n $DISPLAY_WANTED && ! -e $UNITS/kiosk-display.service ]] && has_desktop; then
        fail "A desktop has this machine's screen: run 'sudo systemctl disable --now display-manager', then this again. Nothing was changed."
    fi
}

start_display() {
    wants_display || return 0
    if has_desktop; then
        say "A desktop has this machine's screen, so the page is not shown there: run 'sudo systemctl disable --now display-manager', then this again"
        return
    fi
    systemctl --quiet enable --now seatd.service
    systemctl start --no-block kiosk-display.service
}

tell() {
    local lan port scheme _
    read -r lan port _ scheme < <("$HOME_DIR/current/bin/kiosk-page" --settings)
    say "The kiosk's page: $PAGE"
    if [[ $lan == lan ]]; then
        say "From other devices: $scheme://$(uname -n).local:$port/ (where this network knows .local names), with the viewing PIN"
    else
        say "For other devices: 'sudo kiosk pin set viewing', 'lan: true' in /etc/kiosk/kiosk.yaml, 'sudo systemctl restart kiosk'"
    fi
}

# Nothing new, and the service as it should be: the second run.
nothing_to_do() {
    [[ $(current) == "$1" && $(cat "$HOME_DIR/proven" 2>/dev/null) == "$1" && -z $CHANGED ]] || return 1
    [[ ! -d $KEPT ]] || return 1
    [[ -z $DISPLAY_WANTED || -e $UNITS/kiosk-display.service ]] || return 1
    cmp -s "$HOME_DIR/current/systemd/kiosk.service" "$UNITS/kiosk.service" && systemctl is-enabled --quiet kiosk.service
}

set_up_appliance() {
    local release
    umask 022
    check_root "./install.sh"
    check_systemd
    check_screen
    check_machine
    check_writable_root
    one_at_a_time
    get_python
    install_appliance_packages
    install_pi_camera
    release=$(release_id)
    if nothing_to_do "$release"; then
        announce
        answers || fail "Nothing is new ($release is installed), but ${PAGE:-the service does not run}: 'journalctl -u kiosk' says why," \
            "'sudo kiosk check' finds mistakes in the config, and 'sudo systemctl restart kiosk' starts it again."
        start_display
        say "Nothing has changed: $release is installed and runs."
        tell
        return
    fi
    make_users
    make_folders
    make_release_venv
    make_release "$release"
    check_release "$release"
    fetch_models "$release"
    try_release "$release"
    put_command
    remove_old
    announce
    start_display
    tell
}
