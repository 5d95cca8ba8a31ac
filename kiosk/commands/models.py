"""`kiosk models`: fetches, lists and verifies the pose models."""

import argparse

from kiosk import models
from kiosk.commands.usage import near
from kiosk.config import state_folder


def add_models(parser: argparse.ArgumentParser) -> None:
    """Describe what follows `kiosk models`."""
    parser.set_defaults(work=_models)
    parser.add_argument("action", choices=("fetch", "list", "verify"))
    parser.add_argument("names", metavar="NAME", nargs="*", help="lite, full or heavy (default: full)")


def _models(options: argparse.Namespace) -> int:
    folder = state_folder() / "models"
    if options.action == "list":
        for listed in models.listing(folder):
            size = f"{listed.size_bytes / 1e6:6.1f} MB" if listed.size_bytes else ""
            print(f"{listed.name:8}{listed.state:9}{size}")
        return 0
    for name in options.names or ["full"]:
        if options.action == "fetch":
            models.fetch(name, folder, print)
        else:
            print(f"{name}: {near(models.verify(name, folder))} is whole")
    return 0
