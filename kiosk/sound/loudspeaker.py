"""The box's own loudspeaker, through alsa-utils' `aplay`: the only place that knows this program.

One player runs while there is something to hear and a little longer, so that a set's ticks need no new start each: on
some sound devices, HDMI above all, the beginning of every start is lost.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
from typing import Final

from kiosk.sound.mixer import Mixer
from kiosk.sound.waveform import RATE_HZ
from kiosk.words import Phrase

log = logging.getLogger(__name__)

PROGRAM: Final = "aplay"
BUFFER_S: Final = 0.15
LEAD_S: Final = 0.2
"""How much sound the player is given ahead: what is new is heard this much later, a busy event loop makes no gaps."""

STEP_S: Final = 0.05
LINGER_S: Final = 10.0
"""The silence after which the player is ended: longer than the pause between two repetitions."""

HUNG_S: Final = 2.0
"""A player that takes no sound, or does not end, for this long is killed."""

REAP_S: Final = 0.5
"""A killed player is waited for so long, and then left to the kernel: a broken device can hold it."""

RETRY_S: Final = 5.0
"""A loudspeaker that does not answer is tried again no sooner."""

PIPE_BYTES: Final = 4096
"""What is given to a player that lags behind must not pile up: it would be heard late from then on."""

_COMMAND: Final = (
    *(PROGRAM, "-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(RATE_HZ)),
    f"--buffer-time={BUFFER_S * 1e6:.0f}",
)


class Loudspeaker:
    """Plays what is in `mixer`, from `run` until that is cancelled; `fault` says why nothing can be heard."""

    def __init__(self) -> None:
        self.mixer = Mixer()
        self.fault: Phrase | None = None
        self._wake = asyncio.Event()
        self._player: Player | None = None
        self._retry_s = float("-inf")

    def play(self) -> None:
        """There is something new in `mixer`."""
        self._wake.set()

    def hush(self) -> None:
        """End what is being heard, at once."""
        self.mixer.clear()
        if self._player:
            self._player.kill()

    def try_again(self) -> None:
        """Do not wait before the next try: somebody asked for sound."""
        self._retry_s = float("-inf")

    async def run(self) -> None:
        """Play for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while not self.mixer.silent:
                if loop.time() < self._retry_s:
                    # Kept for later it would be wrong by then; the page shows the same warning.
                    self.mixer.clear()
                    break
                await self._play_until_silent()

    async def _play_until_silent(self) -> None:
        try:
            self._player = player = await Player.start()
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            self._failed(Phrase("voice_no_player") if missing else _fault(error.strerror or ""), str(error))
            return
        try:
            await self._feed(player)
            complaint = await player.end()
        finally:
            self._player = None
            player.kill()
            await player.wait(REAP_S)
        if complaint is None:
            self.fault = None
        else:
            self._failed(_fault(complaint), complaint)

    async def _feed(self, player: "Player") -> None:
        loop = asyncio.get_running_loop()
        given_until_s = heard_until_s = loop.time()
        while not player.ended:
            now_s = loop.time()
            if not self.mixer.silent:
                heard_until_s = now_s
            elif now_s - heard_until_s > LINGER_S:
                return
            if player.lags:
                given_until_s = now_s + LEAD_S
            else:
                given_until_s = max(given_until_s, now_s)
                count = int((now_s + LEAD_S - given_until_s) * RATE_HZ)
                player.give(self.mixer.take(now_s, count).tobytes())
                given_until_s += count / RATE_HZ
            if player.hung:
                return
            await player.wait(STEP_S)
            if not player.ended and not player.lags:
                self.fault = None

    def _failed(self, fault: Phrase, detail: str) -> None:
        if self.fault != fault:
            log.warning("no sound: %s", detail)
        self.fault = fault
        self.mixer.clear()
        self._retry_s = asyncio.get_running_loop().time() + RETRY_S


def _fault(complaint: str) -> Phrase:
    return Phrase("voice_device_busy" if "busy" in complaint.lower() else "voice_no_device")


class Player:
    """One `aplay` that is given sound, piece by piece, without ever waiting for it."""

    def __init__(self, process: asyncio.subprocess.Process, pipe: int) -> None:
        self._process = process
        self._pipe: int | None = pipe
        self._left = b""
        self._took_s = asyncio.get_running_loop().time()
        self._killed = False
        self._exit = asyncio.create_task(process.wait())

    @classmethod
    async def start(cls) -> "Player":
        """Start the program; OSError if it can't be started."""
        reading, writing = os.pipe()
        try:
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            os.set_blocking(writing, False)
            process = await asyncio.create_subprocess_exec(
                *_COMMAND,
                stdin=reading,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env={**os.environ, "LC_ALL": "C"},
            )
        except BaseException:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        return cls(process, writing)

    @property
    def ended(self) -> bool:
        """Whether the program has ended."""
        return self._exit.done()

    @property
    def lags(self) -> bool:
        """Whether it has not taken all that it was given."""
        self._push()
        return bool(self._left)

    @property
    def hung(self) -> bool:
        """Whether it has taken nothing for HUNG_S."""
        return bool(self._left) and asyncio.get_running_loop().time() - self._took_s > HUNG_S

    def give(self, sound: bytes) -> None:
        """Hand over the next piece."""
        self._left += sound
        self._push()

    async def wait(self, longest_s: float) -> None:
        """Wait for its end, but not longer than that."""
        await asyncio.wait({self._exit}, timeout=longest_s)

    async def end(self) -> str | None:
        """Let it play what it was given, then end it; return why it failed, None if it did not or was told to stop."""
        hung = self.hung
        self._close()
        if not hung:
            await self.wait(LEAD_S + HUNG_S)
        if not self.ended:
            self._process.kill()
            return None if self._killed else f"{PROGRAM} hung and was killed"
        code = self._exit.result()
        if code == 0 or self._killed:
            return None
        said = await self._process.stderr.read(10_000) if self._process.stderr else b""
        return (said.decode(errors="replace").strip().splitlines() or [f"{PROGRAM} ended with exit code {code}"])[-1]

    def kill(self) -> None:
        """End it at once; without effect if it has ended."""
        self._killed = True
        self._close()
        if not self.ended:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def _push(self) -> None:
        if self._pipe is None or not self._left:
            return
        now_s = asyncio.get_running_loop().time()
        try:
            taken = os.write(self._pipe, self._left)
        except BlockingIOError:
            return
        except BrokenPipeError:
            return  # it has ended, which its exit code will tell; what is left says that it did not play
        self._left, self._took_s = self._left[taken:], now_s

    def _close(self) -> None:
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
