"""Ends a web process, on a signal or because the code has changed, in time even if something hangs."""

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

STOP, AGAIN = b"s", b"a"


def say(text: str, end: str = "\n") -> None:
    """Print for the person at the terminal."""
    os.write(2, f"{text}{end}".encode())


class Ending:
    """Ends the server once, by ``end_server``. A second signal ends the process at once, with 128 + its number.

    After ``seconds`` the process ends with status 0 without waiting for running work; the next start does the rest.
    ``say`` gets a sentence for the operator, and may not block. ``restart`` replaces the process.

    A signal's handler does no more than write a byte to a pipe: the thread that it interrupts may hold any lock, and
    the terminal may have stopped reading. The rest is done by a thread.
    """

    def __init__(
        self,
        end_server: Callable[[], object],
        *,
        seconds: float,
        say: Callable[[str], object],
        restart: Callable[[], object] = lambda: None,
    ) -> None:
        self.end_server = end_server
        self.seconds = seconds
        self.say = say
        self.restart = restart
        self.signalled = False
        self.again = False
        self.orders, self.order = os.pipe()
        threading.Thread(target=self.follow, name="ending", daemon=True).start()

    def on_signal(self, number: int, _: FrameType | None) -> None:
        """End, and do not restart; immediately if a signal came before."""
        if self.signalled:
            os._exit(128 + number)
        self.signalled, self.again = True, False
        os.write(self.order, STOP)

    def end_and_restart(self) -> None:
        """End in order to restart; may be called from any thread."""
        self.again = True
        os.write(self.order, AGAIN)

    def follow(self) -> None:
        """Wait for the order, end the server, and in the end the process."""
        if os.read(self.orders, 1) == AGAIN:
            self.say("The code has changed; restarting.")
        else:
            self.say("Stopping. Ctrl-C again does not wait.")
        self.end_server()
        time.sleep(self.seconds)
        self.say("Not everything ended in time; the next start does the rest.")
        if self.again:
            self.restart()
        os._exit(os.EX_OK)


def tell(text: str) -> None:
    """Print, but wait only a moment for a terminal that does not read."""
    telling = threading.Thread(target=say, args=(text,), name="telling", daemon=True)
    telling.start()
    telling.join(0.2)


def catch_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    """Ctrl-C and SIGTERM mean the same."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)
