# shellcheck shell=bash
# Sourced by install.sh: /etc/kiosk. What a person edited stays; what nobody touched is kept up to date.

readonly KEPT=$HOME_DIR/config-before
readonly NOT_RESTORED="Not all of the config from before could be put back into $ETC; it is kept in $KEPT: make room on the disk, and run this again."

sum_of() { sha256sum <"$1" | cut -d' ' -f1; }

# Was this text ever shipped as the file $1 of /etc/kiosk? $2: its checksum.
was_shipped() { grep -qsxF "$2  $1" "$ETC/.shipped"; }

ever_shipped() { grep -qsF "  $1" "$ETC/.shipped"; }

# What was last shipped as the file $1.
last_shipped() { { grep -sF "  $1" "$ETC/.shipped" || true; } | tail -n 1 | cut -d' ' -f1; }

# Puts $1 in the place of $2 below /etc/kiosk in one step, owned like the folder it lies in. It is made in root's own folder:
# where the service may write, somebody in its place might have laid a link.
put_file() {
    cp "$1" "$ETC/.part" && chmod 644 "$ETC/.part" && chown --reference="${2%/*}" "$ETC/.part" && mv -T "$ETC/.part" "$2"
}

# $1: the shipped file; $2: its name below /etc/kiosk. An edited file stays, and so does a gap where one was removed.
put_config() {
    local place=$ETC/$2 to="" new now
    new=$(sum_of "$1")
    if [[ -e $place ]]; then
        now=$(sum_of "$place")
        if [[ $now == "$new" ]]; then
            rm -f "$place.new"
        elif was_shipped "$2" "$now"; then
            to=$place
        elif [[ $(last_shipped "$2") != "$new" ]]; then
            to=$place.new
            say "$place was edited and stays as it is; the new version is beside it: $place.new"
        fi
    elif [[ $2 == kiosk.yaml ]] || ! ever_shipped "$2"; then
        to=$place
    fi
    # Before the file, so that a way back from a full disk knows it.
    [[ $(last_shipped "$2") == "$new" ]] || echo "$new  $2" >>"$ETC/.shipped"
    [[ -z $to ]] || put_file "$1" "$to"
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

# What the config was, for the way back: whole or not there, whatever ends this run.
keep_config() {
    [[ ! -e $KEPT ]] || put_kept_aside
    rm -rf "$KEPT.part"
    if ! cp -a "$ETC" "$KEPT.part" || ! sync -f "$KEPT.part" || ! mv -T "$KEPT.part" "$KEPT"; then
        rm -rf "$KEPT.part"
        fail "The config in $ETC could not be kept for the way back: make room on the disk, and run this again."
    fi
}

# What was kept is whole or not there, also where this run is ended while it is removed.
put_kept_aside() {
    rm -rf "$KEPT.part"
    mv -T "$KEPT" "$KEPT.part"
}

# $1: the name below /etc/kiosk of a file that was kept. What is there stays whole if this one finds no room.
bring_back() {
    ! cmp -s "$KEPT/$1" "$ETC/$1" || return 0
    if ! cp -a "$KEPT/$1" "$ETC/.part" || ! mv -T "$ETC/.part" "$ETC/$1"; then
        rm -f "$ETC/.part"
        return 1
    fi
}

# The files of /etc/kiosk that this run wrote, but .shipped, which tells them.
written() {
    local name
    while IFS= read -r name; do
        if [[ $name == *.new ]] || was_shipped "$name" "$(sum_of "$ETC/$name")"; then echo "$name"; fi
    done < <(cd "$ETC" && find . -type f ! -name .shipped -printf '%P\n')
}

# Brings back each file that this run wrote; what somebody saved meanwhile stays. Where one can't be, what was kept stays
# kept, and .shipped as it is, so that the next run can go on.
restore_config() {
    local name whole=yes
    local -a names
    rm -f "$ETC/.part"
    mapfile -t names < <(written)
    for name in "${names[@]}"; do
        [[ -e $KEPT/$name ]] || rm -f "$ETC/$name" # first, as it makes room
    done
    for name in "${names[@]}"; do
        [[ ! -e $KEPT/$name ]] || bring_back "$name" || whole=""
    done
    while IFS= read -r name; do
        [[ -e $ETC/$name ]] || bring_back "$name" || whole=""
    done < <(cd "$KEPT" && find . -type f ! -name .shipped -printf '%P\n')
    [[ -n $whole ]] && bring_back .shipped && put_kept_aside && rm -rf "$KEPT.part"
}
