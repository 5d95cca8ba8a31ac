#!/bin/sh
# What cage shows: Chromium with the kiosk's page and nothing around it. Its profile lies in memory and is new each time, so that no
# crash is remembered and nothing is written to the disk.
set -eu
page=$("$(dirname "$(readlink -f "$0")")/kiosk-page")
profile=$XDG_RUNTIME_DIR/profile
rm -rf "$profile"
browser=$(command -v chromium || command -v chromium-browser) || {
    echo "no Chromium is installed: run 'sudo ./install.sh --kiosk-display'" >&2
    exit 1
}
case $page in
    https:*) set -- --ignore-certificate-errors --test-type ;; # the certificate is for the box's name; the unit lets the browser reach this box alone
esac
# --enable-low-end-device-mode: 230 MB instead of 630 for the page (measured).
exec "$browser" --kiosk --ozone-platform=wayland --user-data-dir="$profile" \
    --enable-low-end-device-mode --disk-cache-size=1 --password-store=basic \
    --no-first-run --no-default-browser-check --noerrdialogs --disable-infobars \
    --disable-session-crashed-bubble --hide-crash-restore-bubble --disable-pinch --overscroll-history-navigation=0 \
    --disable-background-networking --disable-component-update --disable-sync --disable-breakpad --disable-domain-reliability --log-level=3 \
    --disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication \
    --autoplay-policy=no-user-gesture-required "$@" "$page"
