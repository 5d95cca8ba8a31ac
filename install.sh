#!/usr/bin/env bash
# Sets up pose-kiosk from a clone: for trying it, or as the appliance. Every step says what it does and can be run again; the steps are
# functions in install/, listed at the bottom of clone.sh's set_up and appliance.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# A shell's own Python settings must not leak into the kiosk's environment.
unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV

DISPLAY_WANTED="" # by --kiosk-display
readonly CALLED_FROM=$OLDPWD

# shellcheck source=install/machine.sh
source install/machine.sh
# shellcheck source=install/venv.sh
source install/venv.sh
# shellcheck source=install/clone.sh
source install/clone.sh
# shellcheck source=install/bundle.sh
source install/bundle.sh
# shellcheck source=install/appliance.sh
source install/appliance.sh
# shellcheck source=install/users.sh
source install/users.sh
# shellcheck source=install/release.sh
source install/release.sh
# shellcheck source=install/config.sh
source install/config.sh
# shellcheck source=install/uninstall.sh
source install/uninstall.sh

usage() {
    cat <<'END_OF_USAGE'
In this clone:
       ./install.sh --demo [OPTION ...]   set up, then run the kiosk on a drawn athlete (options go to `kiosk run`)
       ./install.sh --setup               set up only: .venv with the command kiosk, and the pose model
       ./install.sh --test [OPTION ...]   set up with the test tools, then run every check (options go to pytest)
       ./install.sh --help                show this

The whole machine, as an appliance that starts at power-on (again to upgrade; a version that fails is taken back):
       sudo ./install.sh                                the service kiosk
       sudo ./install.sh --kiosk-display                and its page on the attached screen
       sudo ./install.sh --offline DIR                  without network, from a bundle (also with --kiosk-display)
       sudo ./install.sh --uninstall                    take it off; asks about the data, or --keep-data / --delete-data
       ./install.sh --bundle DIR [PYTHON PROCESSOR]     make such a bundle (--bundle DIR 3.13 aarch64: for another machine)
END_OF_USAGE
}

stopped() {
    trap - INT TERM HUP
    printf '\ninstall.sh: Stopped; run the same command again to go on.\n' >&2
    exit 130
}

no_more() { (($# == 1)) || refuse "$1 takes no further argument, but got '$2'; ./install.sh --help lists the options."; }

# A path as it was meant where the script was called from.
from_there() { case $1 in /*) echo "$1" ;; *) echo "$CALLED_FROM/$1" ;; esac }

# The options of the appliance, in any order.
appliance() {
    local folder=""
    while (($#)); do
        case $1 in
            --kiosk-display) DISPLAY_WANTED=yes ;;
            --offline)
                [[ -n ${2:-} ]] || refuse "--offline needs the folder of a bundle; ./install.sh --help lists the options."
                folder=$(from_there "$2")
                shift
                ;;
            *) refuse "There is no option '$1' here; ./install.sh --help lists them." ;;
        esac
        shift
    done
    trap roll_back EXIT
    check_root "./install.sh"
    [[ -z $folder ]] || use_bundle "$folder"
    set_up_appliance
}

take_off() {
    case ${2:-} in
        --keep-data) DATA=keep ;;
        --delete-data) DATA=delete ;;
        "") ;;
        *) refuse "--uninstall takes --keep-data or --delete-data, but got '$2'; ./install.sh --help lists the options." ;;
    esac
    uninstall
}

main() {
    trap stopped INT TERM HUP
    case ${1:-} in
        --demo)
            shift
            set_up run requirements.lock
            exec .venv/bin/kiosk run --camera 'demo:squat?fault=mix' "$@"
            ;;
        --setup)
            no_more "$@"
            set_up run requirements.lock
            say "Ready. Try: .venv/bin/kiosk --help"
            ;;
        --test)
            shift
            set_up test tests/requirements.lock
            run_checks
            # One more than there are cores: many tests wait for something most of the time.
            exec .venv/bin/python -m pytest -n "$(($(nproc) + 1))" --dist loadfile "$@"
            ;;
        --help | -h) usage ;;
        "" | --kiosk-display | --offline) appliance "$@" ;;
        --uninstall) take_off "$@" ;;
        --bundle)
            [[ -n ${2:-} ]] || refuse "--bundle needs a folder; ./install.sh --help lists the options."
            make_bundle "$(from_there "$2")" "${@:3}"
            ;;
        *) refuse "There is no option '$1'; ./install.sh --help lists them." ;;
    esac
}

main "$@"
