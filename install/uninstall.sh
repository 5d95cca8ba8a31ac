# shellcheck shell=bash
# Sourced by install.sh: takes the appliance off the machine.

DATA="" # keep or delete

ask_about_data() {
    local answer
    [[ -z $DATA ]] || return 0
    if [[ ! -t 0 ]]; then
        refuse "What shall become of the training history and the edited config? Say --keep-data or --delete-data."
    fi
    read -rp "Delete the training history ($STATE) and the config ($ETC) as well? This can't be undone. [y/N] " answer
    case $answer in [yY] | [yY][eE][sS]) DATA=delete ;; *) DATA=keep ;; esac
}

remove_units() {
    local unit
    for unit in kiosk-display.service kiosk.service; do
        [[ -e $UNITS/$unit ]] || continue
        say "Stopping and removing $unit"
        systemctl --quiet disable --now "$unit" || true
        rm -rf "${UNITS:?}/$unit" "$UNITS/$unit.d"
    done
    systemctl daemon-reload
    systemctl reset-failed 'kiosk*.service' 2>/dev/null || true
}

# Is there a user $1, and is it this kiosk's?
has_user() {
    local home
    home=$(getent passwd "$1" | cut -d: -f6) || true
    [[ $home == /var/lib/kiosk || $home == /run/kiosk-display ]]
}

remove_user() {
    ! has_user "$1" || userdel "$1" || fail "The user $1 could not be removed: see above, and run this again."
}

# Where it is a partition of its own, it can be emptied but not removed.
delete_state() {
    [[ -d $STATE ]] || return 0
    find "$STATE" -mindepth 1 -delete || fail "$STATE could not be emptied: see above, and run this again."
    if ! rmdir "$STATE" 2>/dev/null; then
        chown root:root "$STATE"
        say "$STATE is empty and stays, as something is mounted there: unmount it and take it out of /etc/fstab if you like"
    fi
}

holds_something() { [[ -n $(find "$1" -mindepth 1 -print -quit 2>/dev/null) ]]; }

remove_data() {
    if [[ $DATA == delete ]]; then
        say "Deleting $STATE and $ETC"
        rm -rf "$ETC"
        delete_state
        return
    fi
    # Nobody's number is left on them: the next user of this machine might get it.
    if [[ -d $STATE ]]; then chown -Rh root:root "$STATE" && chmod 700 "$STATE"; fi
    if [[ -d $ETC ]]; then chown -Rh root:root "$ETC"; fi
    say "Kept: $STATE and $ETC; 'sudo ./install.sh' takes them up again"
}

# Is there anything of it, also what a run that was stopped has left?
is_installed() {
    [[ -e $HOME_DIR || -e $UNITS/kiosk.service || -e $ETC ]] || holds_something "$STATE" || has_user kiosk || has_user kiosk-display
}

uninstall() {
    check_root "./install.sh --uninstall"
    is_installed || fail "The kiosk is not installed on this machine: there is nothing to remove."
    ask_about_data
    one_at_a_time
    remove_units
    say "Removing $HOME_DIR, the command kiosk and the users"
    rm -rf "$HOME_DIR"
    rm -f "$COMMAND" "$AVAHI/kiosk.service" "$LOCK_FILE"
    remove_data
    remove_user kiosk-display
    remove_user kiosk
    say "The kiosk is gone. Packages of the system stay, for other programs may use them ('apt autoremove' tells)."
}
