"""`kiosk pin`: sets, removes and lists the PINs, from a terminal or a script."""

import argparse
import getpass
import sys
from typing import Final

from kiosk.config import state_folder
from kiosk.pins import ROLES, PinError, PinFile, Role, check_pin

_WITHOUT: Final[dict[Role, str]] = {
    "staff": "nobody can edit rules on the page until another is set",
    "viewing": "nobody but the box itself can watch until another is set",
}


def add_pin(parser: argparse.ArgumentParser) -> None:
    """Add what follows `kiosk pin`."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for name, work, does in (
        ("set", _set, "set a PIN: typed twice, or one line from the standard input"),
        ("remove", _remove, "remove a PIN and end the sessions it opened"),
    ):
        action = actions.add_parser(name, help=does)
        action.add_argument("role", choices=ROLES, help="staff: edits rules; viewing: watches from other devices")
        action.set_defaults(work=work)
    actions.add_parser("status", help="say which PINs are set").set_defaults(work=_status)


def _file() -> PinFile:
    return PinFile(state_folder())


def _set(options: argparse.Namespace) -> int:
    role: Role = options.role
    file = _file()
    file.pins()  # a damaged file is told of before anybody types
    file.set(role, _typed(role) if sys.stdin.isatty() else _line())
    print(f"The {role} PIN is set. A running kiosk uses it at once; who signed in with another must sign in again.")
    return 0


def _typed(role: Role) -> str:
    try:
        text = getpass.getpass(f"New {role} PIN: ")
        check_pin(role, text)
        if getpass.getpass("Again: ") != text:
            raise PinError("the two were not the same: nothing has changed")
    except EOFError:
        raise PinError("no PIN was typed: nothing has changed") from None
    return text


def _line() -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise PinError("there is no PIN on the standard input: nothing has changed")
    return line


def _remove(options: argparse.Namespace) -> int:
    role: Role = options.role
    if _file().remove(role):
        print(f"The {role} PIN is removed: {_WITHOUT[role]}.")
    else:
        print(f"There was no {role} PIN.")
    return 0


def _status(_: argparse.Namespace) -> int:
    pins = _file().pins()
    for role in ROLES:
        print(f"{role:8} {'set' if role in pins else f'not set: kiosk pin set {role}'}")
    return 0
