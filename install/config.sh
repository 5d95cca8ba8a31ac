# shellcheck shell=bash
# Sourced by install.sh: /etc/kiosk. What a person edited stays; what nobody touched is kept up to date.

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
