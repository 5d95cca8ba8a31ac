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

# --- packages and users ---------------------------------------------------------------------------------------------

# A fresh image may have no Python at all; an unsupported one is not this script's to replace.
get_python() {
    if [[ -z $BUNDLE ]] && ! command -v python3 >/dev/null && command -v apt-get >/dev/null; then
        say "Installing the system's package python3"
        apt_install_fresh python3 || fail "apt could not install python3: check the network, wait if another apt is running, and run this again."
    fi
    find_python
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
    if on_raspberry_pi; then installed python3-picamera2 || echo python3-picamera2; fi
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

# --- a release ------------------------------------------------------------------------------------------------------

# A name for what this clone would install: the same files on the same Python have the same.
release_id() {
    local version sum
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
    sum=$({ find kiosk config systemd install pyproject.toml requirements.lock -type f ! -path '*/__pycache__/*' -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum && venv_id; } | sha256sum)
    echo "$version-${sum:0:10}"
}

venv_id() {
    local kind sum
    kind=$(python_kind "$PYTHON")
    sum=$({ cat requirements.lock && echo "$kind" && if on_raspberry_pi; then echo pi; fi; } | sha256sum)
    echo "python${kind% *}-${sum:0:10}"
}

make_release_venv() {
    VENV=$HOME_DIR/venvs/$(venv_id)
    [[ ! -e $VENV/complete ]] || ! venv_works || return 0
    make_venv
    install_lock requirements.lock
    refuse_second_opencv
    touch "$VENV/complete" # last: an interrupted run leaves none, and the next one repairs
}

# $1: the script; $2: the command to make of it.
write_command() {
    { printf '#!%s -I\n' "$VENV/bin/python" && cat "$1"; } >"$2"
    chmod 755 "$2"
}

# $1: the release's name. It is made beside its place and put there whole.
make_release() {
    local place=$HOME_DIR/releases/$1 part=$HOME_DIR/releases/.part output
    [[ ! -d $place ]] || return 0
    check_space "$HOME_DIR" $RELEASE_MB_NEEDED
    say "Installing the kiosk $1 into $place"
    rm -rf "$part"
    mkdir -p "$part/bin" "$part/source"
    cp -R kiosk pyproject.toml README.md LICENSE "$part/source/"
    output=$(pip_install --no-build-isolation --no-index --target "$part/lib" "$part/source" 2>&1) ||
        fail "The kiosk could not be installed (${output##*$'\n'}): make sure that the disk has room, and run this again."
    rm -rf "$part/source" "$part/lib/bin"
    cp -R config systemd "$part/"
    write_command install/launcher.py "$part/bin/kiosk"
    write_command install/page.py "$part/bin/kiosk-page"
    cp systemd/screen.sh "$part/bin/kiosk-screen"
    chmod -R u=rwX,go=rX "$part"
    chmod 755 "$part"/bin/*
    ln -s "$VENV" "$part/venv"
    mv "$part" "$place"
}

# $1: the release. One that does not even start is told before anything else is touched.
check_release() {
    local output
    output=$(as_kiosk "$HOME_DIR/releases/$1/bin/kiosk" --help 2>&1 >/dev/null) && return
    rm -rf "$HOME_DIR/releases/$1"
    fail "The kiosk $1 does not start (${output##*$'\n'}): nothing was changed."
}

as_kiosk() { (cd / && exec runuser -u kiosk -- env HOME="$STATE" STATE_DIRECTORY="$STATE" PIP_NO_CACHE_DIR=1 "$@"); }

# $1: the release. Models are fetched as the user who will read them.
fetch_models() {
    local kiosk=$HOME_DIR/releases/$1/bin/kiosk model file
    model=$("$kiosk-page" --settings | cut -d' ' -f3)
    ! as_kiosk "$kiosk" models verify "$model" >/dev/null 2>&1 || return 0
    say "Fetching the pose model $model into $STATE/models"
    if [[ -n $BUNDLE ]]; then
        as_kiosk mkdir -p "$STATE/models"
        for file in "$BUNDLE"/models/*; do
            as_kiosk sh -c 'cat >"$1"' sh "$STATE/models/${file##*/}" <"$file"
        done
    fi
    as_kiosk "$kiosk" models fetch "$model" || fail "The pose model $model is missing: see above, and run this again."
    CHANGED=yes
}

# --- the config -----------------------------------------------------------------------------------------------------

sum_of() { sha256sum <"$1" | cut -d' ' -f1; }

# Was this text ever shipped as the file $1 of /etc/kiosk? $2: its checksum.
was_shipped() { grep -qsxF "$2  $1" "$ETC/.shipped"; }

ever_shipped() { grep -qsF "  $1" "$ETC/.shipped"; }

# What was last shipped as the file $1.
last_shipped() { { grep -sF "  $1" "$ETC/.shipped" || true; } | tail -n 1 | cut -d' ' -f1; }

# Puts $1 in the place of $2 below /etc/kiosk in one step, owned like the folder it lies in. It is made in root's own folder:
# where the service may write, somebody in its place might have laid a link.
put_file() {
    cp "$1" "$ETC/.part"
    chmod 644 "$ETC/.part"
    chown --reference="${2%/*}" "$ETC/.part"
    mv -T "$ETC/.part" "$2"
}

# $1: the shipped file; $2: its name below /etc/kiosk. An edited file stays, and so does a gap where one was removed.
put_config() {
    local place=$ETC/$2 new now
    new=$(sum_of "$1")
    if [[ -e $place ]]; then
        now=$(sum_of "$place")
        if [[ $now == "$new" ]]; then
            rm -f "$place.new"
        elif was_shipped "$2" "$now"; then
            put_file "$1" "$place"
        elif [[ $(last_shipped "$2") != "$new" ]]; then
            put_file "$1" "$place.new"
            say "$place was edited and stays as it is; the new version is beside it: $place.new"
        fi
    elif [[ $2 == kiosk.yaml ]] || ! ever_shipped "$2"; then
        put_file "$1" "$place"
    fi
    [[ $(last_shipped "$2") == "$new" ]] || echo "$new  $2" >>"$ETC/.shipped"
}

# $1: the release whose config it is. What it no longer ships goes, unless it was edited.
install_config() {
    local from=$HOME_DIR/releases/$1/config name
    while IFS= read -r name; do
        put_config "$from/$name" "$name"
    done < <(cd "$from" && find . -type f -printf '%P\n' | LC_ALL=C sort)
    while IFS= read -r name; do
        if [[ ! -e $from/$name && -e $ETC/$name ]] && was_shipped "$name" "$(sum_of "$ETC/$name")"; then rm "$ETC/$name"; fi
    done < <(cut -d' ' -f3- "$ETC/.shipped" | sort -u)
}

# What the config was, for the way back.
keep_config() {
    rm -rf "$HOME_DIR/config-before"
    cp -a "$ETC" "$HOME_DIR/config-before"
}

# $1: the name below /etc/kiosk of a file that was kept.
bring_back() {
    cp -a "$HOME_DIR/config-before/$1" "$ETC/.part"
    mv -T "$ETC/.part" "$ETC/$1"
}

# Brings back each file that this run wrote; what somebody saved meanwhile stays.
restore_config() {
    local before=$HOME_DIR/config-before name
    while IFS= read -r name; do
        if [[ $name != *.new ]] && was_shipped "$name" "$(sum_of "$ETC/$name")" || [[ $name == *.new || $name == .shipped ]]; then
            if [[ -e $before/$name ]]; then bring_back "$name"; elif [[ $name != .shipped ]]; then rm -f "$ETC/$name"; fi
        fi
    done < <(cd "$ETC" && find . -type f -printf '%P\n' | LC_ALL=C sort -r) # .shipped last
    while IFS= read -r name; do
        [[ -e $ETC/$name ]] || bring_back "$name"
    done < <(cd "$before" && find . -type f -printf '%P\n')
    rm -rf "$before"
}

# --- the units ------------------------------------------------------------------------------------------------------

# $1: what should be there; $2: where.
put_unit() {
    ! cmp -s "$1" "$2" || return 0
    cp "$1" "$2.kiosk-part"
    chmod 644 "$2.kiosk-part"
    mv "$2.kiosk-part" "$2"
    CHANGED=yes
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
    local lan port _
    [[ -d $AVAHI ]] || return 0
    read -r lan port _ < <("$HOME_DIR/current/bin/kiosk-page" --settings)
    if [[ $lan == lan ]]; then
        sed "s|<port>.*</port>|<port>$port</port>|" "$HOME_DIR/current/systemd/kiosk.avahi" >"$HOME_DIR/announced"
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
    ln -sfn "releases/$1" "$HOME_DIR/.current"
    mv -T "$HOME_DIR/.current" "$HOME_DIR/current"
}

property() { systemctl show --property "$1" --value kiosk.service; }

# Is the service up, not just between two crashes, and does its page answer?
answers() { [[ $(property ActiveState) == active ]] && PAGE=$("$HOME_DIR/current/bin/kiosk-page" 2>&1); }

# It has to answer twice, three seconds apart, and to be the same process.
healthy() {
    local until_s=$((SECONDS + HEALTHY_WITHIN_S)) first
    while ((SECONDS < until_s)) && (($(property NRestarts) < 4)); do
        first=$(property MainPID)
        if answers && sleep 3 && answers && [[ $(property MainPID) == "$first" ]]; then return 0; fi
        sleep 1
    done
    return 1
}

# The service's last words, indented.
last_words() { journalctl --unit kiosk.service --lines 8 --output cat --no-pager 2>/dev/null | sed 's/^/    /' >&2 || true; }

# $1: the release to run, with its config and its units.
switch_to() {
    systemctl stop kiosk.service 2>/dev/null || true
    install_config "$1"
    point_to "$1"
    install_units "$1"
    systemctl reset-failed kiosk.service 2>/dev/null || true
    systemctl start --no-block kiosk.service
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
    restore_config
    point_to "$BEFORE"
    install_units "$BEFORE"
    systemctl start --no-block kiosk.service
    rm -rf "$HOME_DIR/releases/$failed"
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
    # A run that lost its power on trial left the config from before: that is the one to go back to.
    [[ -d $HOME_DIR/config-before && -n $BEFORE ]] || keep_config
    TRYING=$1
    switch_to "$1"
    say "Waiting for the page (at most $HEALTHY_WITHIN_S s)"
    if ! healthy; then
        last_words
        fail "The kiosk $1 does not become healthy (${PAGE:-its service does not start})."
    fi
    TRYING=""
    echo "$1" >"$HOME_DIR/proven.part"
    mv "$HOME_DIR/proven.part" "$HOME_DIR/proven"
    rm -rf "$HOME_DIR/config-before"
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

start_display() {
    wants_display || return 0
    if systemctl is-enabled display-manager.service >/dev/null 2>&1; then
        fail "A desktop has this machine's screen: run 'sudo systemctl disable --now display-manager', then this again." \
            "The kiosk itself runs: $PAGE"
    fi
    systemctl --quiet enable --now seatd.service
    systemctl start --no-block kiosk-display.service
}

tell() {
    local lan port _
    read -r lan port _ < <("$HOME_DIR/current/bin/kiosk-page" --settings)
    say "The kiosk's page: $PAGE"
    if [[ $lan == lan ]]; then
        say "From other devices: http://$(uname -n).local:$port/ (where this network knows .local names), with the viewing PIN"
    else
        say "For other devices: 'sudo kiosk pin set viewing', 'lan: true' in /etc/kiosk/kiosk.yaml, 'sudo systemctl restart kiosk'"
    fi
}

# Nothing new, and the service as it should be: the second run.
nothing_to_do() {
    [[ $(current) == "$1" && $(cat "$HOME_DIR/proven" 2>/dev/null) == "$1" && -z $CHANGED ]] || return 1
    [[ -z $DISPLAY_WANTED || -e $UNITS/kiosk-display.service ]] || return 1
    cmp -s "$HOME_DIR/current/systemd/kiosk.service" "$UNITS/kiosk.service" && systemctl is-enabled --quiet kiosk.service
}

set_up_appliance() {
    local release
    umask 022
    check_root "./install.sh"
    check_systemd
    check_machine
    check_writable_root
    one_at_a_time
    get_python
    install_appliance_packages
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
