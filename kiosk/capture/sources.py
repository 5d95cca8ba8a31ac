"""Which source takes which camera address."""

from typing import Final

from kiosk.capture.address import PORTS
from kiosk.capture.drawn import demo_pictures
from kiosk.capture.network import network_pictures
from kiosk.capture.picamera import picamera2_pictures
from kiosk.capture.recorded import file_pictures
from kiosk.capture.source import Source
from kiosk.capture.v4l2 import v4l2_pictures

# A camera that comes back answers only connections made since: one made each second finds it within its 2 s. All of
# them may wait for a name server that is silent, and a kiosk started anew would do the same.
_NETWORK: Final = Source(network_pictures, patience_s=1.0, at_most=6, exclusive=False)

SOURCES: Final[dict[str, Source]] = {
    "demo": Source(demo_pictures),
    "file": Source(file_pictures),
    "v4l2": Source(v4l2_pictures, at_most=4),
    "picamera2": Source(picamera2_pictures),  # two Picamera2 of one camera in a process break each other
    **dict.fromkeys(PORTS, _NETWORK),
}
"""The source of each scheme."""
