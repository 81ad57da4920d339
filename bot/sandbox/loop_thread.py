"""An event loop on a thread of its own, for a server whose callers are synchronous."""

import asyncio
import threading
from collections.abc import Awaitable, Callable


class LoopThread:
    """Runs `opened` when it starts and `closing` when it stops; may be started again after a stop."""

    def __init__(self, opened: Callable[[], Awaitable[None]], closing: Callable[[], Awaitable[None]]) -> None:
        self._opened, self._closing = opened, closing
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failure: OSError | None = None

    def start(self) -> None:
        """Return when `opened` is done; raises the OSError that it failed with."""
        ready = threading.Event()
        self._failure = None
        self._thread = threading.Thread(target=self._run, args=(ready,), name="sandbox", daemon=True)
        self._thread.start()
        ready.wait()
        if self._failure is not None:
            self._thread.join()
            self._thread = None
            raise self._failure

    def stop(self) -> None:
        """Return when `closing` is done and the loop is closed; nothing happens when it is not running."""
        loop, thread = self._loop, self._thread
        if thread is None or loop is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        self._thread = self._loop = None

    def do(self, act: Callable[[], object], patience: float = 5.0) -> None:
        """Run `act` on the loop and wait till it is done; nothing happens when the loop is not running."""
        if self._loop is None:
            return
        done = threading.Event()

        def run() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(run)
        if threading.current_thread() is not self._thread:
            done.wait(patience)

    def _run(self, ready: threading.Event) -> None:
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(self._opened())
            self._loop = loop
        except OSError as error:
            self._failure = error
        ready.set()
        if self._failure is None:
            loop.run_forever()
        loop.run_until_complete(self._closing())
        loop.run_until_complete(end_tasks())
        loop.close()


async def end_tasks() -> None:
    """Cancel what still waits (streams, hanging replies), so that nothing outlives the loop."""
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
