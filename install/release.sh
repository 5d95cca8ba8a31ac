# shellcheck shell=bash
# Sourced by install.sh: one version of the kiosk below /opt/kiosk, with its Python packages and its model.

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

# A theme of cursors that can't be seen, for the attached screen: one transparent point, in the format of Xcursor(3).
# $1: the folder of themes.
write_no_cursor() {
    local name folder=$1/none/cursors
    mkdir -p "$folder"
    for name in default left_ptr pointer hand1 hand2 text xterm; do
        {
            printf 'Xcur\20\0\0\0\0\0\1\0\1\0\0\0'
            printf '\2\0\375\377\30\0\0\0\34\0\0\0'
            printf '\44\0\0\0\2\0\375\377\30\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0'
            printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
        } >"$folder/$name"
    done
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
    write_no_cursor "$part/cursors"
    chmod -R u=rwX,go=rX "$part"
    chmod 755 "$part"/bin/*
    ln -s "$VENV" "$part/venv"
    mv "$part" "$place"
}

# $1: the release. One that does not even start is told before anything else is touched. The one that runs is not this script's
# to delete: it may serve its page still.
check_release() {
    local output place=$HOME_DIR/releases/$1
    output=$(as_kiosk "$place/bin/kiosk" --help 2>&1 >/dev/null) && return
    if [[ $(current) == "$1" ]]; then
        fail "The installed kiosk $1 is damaged (${output##*$'\n'}): to have it made anew, run 'sudo rm -r $place $VENV', then this again."
    fi
    rm -rf "$place"
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
