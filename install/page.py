"""Does the installed kiosk's page answer? Prints its address.

--wait S waits so long for it; --settings is what install.sh asks: is it for the network, port, model, http or https.

It knows nothing of the program but kiosk.yaml and HTTP, so that it can judge any release.
"""

import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml

CONFIG = Path(__file__).resolve().parents[5] / "etc" / "kiosk" / "kiosk.yaml"


def section(name: str) -> dict[str, Any]:
    """Return a part of kiosk.yaml, empty where it is absent or wrong: `kiosk check` tells what is wrong."""
    try:
        found = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))[name]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def scheme() -> str:
    """Return https where the page has a certificate."""
    return "https" if section("web").get("tls") else "http"


def address() -> str:
    """Return the page's address on this box."""
    site = section("web")
    host = site.get("host", "auto")
    here = "127.0.0.1" if host == "auto" or site.get("lan") is True else f"[{host}]" if ":" in str(host) else host
    return f"{scheme()}://{here}:{site.get('port', 8080)}/"


def trouble(page: str) -> str | None:
    """Return why the kiosk is not well, None if it is."""
    unchecked = ssl.create_default_context()  # the certificate is for the kiosk's name, not for 127.0.0.1
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=unchecked)
    )
    try:
        opener.open(page + "healthz", timeout=5).close()
    except urllib.error.HTTPError as error:
        # A release without /healthz, or one that wants a PIN even here, answers at least.
        return f"it says: {error.read(300).decode(errors='replace').strip()}" if error.code >= 500 else None
    except (OSError, ValueError) as error:
        return f"{page} does not answer ({getattr(error, 'reason', error)})"
    return None


def main(arguments: list[str]) -> int:
    """Return 0 if the page answers."""
    if arguments == ["--settings"]:
        site, pose = section("web"), section("pose")
        seen = "lan" if site.get("lan") is True else "alone"
        sys.stdout.write(f"{seen} {site.get('port', 8080)} {pose.get('model', 'full')} {scheme()}\n")
        return 0
    page, until_s = address(), time.monotonic() + (float(arguments[1]) if arguments[:1] == ["--wait"] else 0)
    while problem := trouble(page):
        if time.monotonic() >= until_s:
            sys.stderr.write(f"{problem}\n")
            return 1
        time.sleep(1)
    sys.stdout.write(f"{page}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
