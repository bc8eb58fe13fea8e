"""Serve this project with uvicorn and a dispatcher; record what runs: ``python traced_server.py PORT REPORT``.

The project is the one in the working directory. SIGUSR1 begins the recording and SIGUSR2 ends it; SIGTERM ends the
server, which then writes the report: a JSON object of file names, relative to the project, and the functions that ran
in each.
"""

import json
import signal
import sys
import threading
from collections import defaultdict
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = f"{Path.cwd()}/"
OTHERS = (".venv/", "tests/")


class Recorder:
    """Collects the code objects that run in any thread that starts after :meth:`install`."""

    def __init__(self) -> None:
        self.is_on = False
        self.seen: set[CodeType] = set()

    def install(self) -> None:
        """Trace this thread and those that start later."""
        threading.setprofile(self.note)
        sys.setprofile(self.note)

    def note(self, frame: FrameType, event: str, _: Any) -> None:
        """Called by the interpreter for each call and return."""
        if self.is_on and event == "call":
            self.seen.add(frame.f_code)

    def switch(self, number: int, _: object) -> None:
        """Begin or end the recording; a signal handler."""
        self.is_on = number == signal.SIGUSR1

    def files(self) -> dict[str, list[str]]:
        """The functions that ran, by file."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for code in self.seen:
            name = code.co_filename.removeprefix(ROOT)
            if name != code.co_filename and not name.startswith(OTHERS) and code.co_name != "<module>":
                found[name].add(f"{code.co_qualname}:{code.co_firstlineno}")
        return {name: sorted(functions) for name, functions in sorted(found.items())}


def main(port: str, report: str) -> None:
    """Serve until SIGTERM, then write the report."""
    sys.path.insert(0, ROOT)
    recorder = Recorder()
    import config.asgi  # noqa: F401  # sets Django up
    from config.serving.web_server import run, uvicorn_server
    from events.dispatch.dispatcher import Dispatcher
    from events.dispatch.periodic.scheduler import JOBS

    JOBS.clear()  # Periodic jobs are no part of an order's way: whether one runs meanwhile is a matter of time.
    recorder.install()  # Not before the imports, which would take several times as long.
    dispatcher = Dispatcher()
    dispatcher.start()
    server = uvicorn_server(host="127.0.0.1", port=int(port))
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, recorder.switch)
    try:
        run(server)
    finally:
        recorder.is_on = False
        dispatcher.stop()
        Path(report).write_text(json.dumps(recorder.files()))


if __name__ == "__main__":
    main(*sys.argv[1:])
