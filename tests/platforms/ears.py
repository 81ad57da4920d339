"""A real listener on a thread of its own, with what it committed."""

from __future__ import annotations

import threading
from typing import Any, TypeVar

from bot.events import Click, Command, Event
from bot.messages import Form
from bot.models import VigilError
from bot.platforms.base import Listener
from bot.platforms.slack_listener import SlackListener
from bot.tally import Tally

T = TypeVar("T")


class Loud(Tally):
    """A tally that says when something was counted."""

    def __init__(self, changed: threading.Condition) -> None:
        super().__init__()
        self._changed = changed

    def add(self, name: str, number: float = 1) -> None:
        super().add(name, number)
        with self._changed:
            self._changed.notify_all()


class Ear:
    """Runs a listener (Slack's) against a sandbox; `heard` holds (event, raw id, aliases) in the order of commits."""

    def __init__(self, box: Any, settings: Any) -> None:
        self.box = box
        self.heard: list[tuple[Event, str, tuple[str, ...]]] = []
        self.tries = self.fail_next = self.beats = 0
        self.trouble, self.waits = "", False
        self.troubles: list[str] = []
        self.form: Form | None = None
        self.error: VigilError | None = None
        self.changed = threading.Condition()
        self.tally = Loud(self.changed)
        self.listener = self._made(settings)
        self._thread = threading.Thread(target=self._run, name="listener")
        self._thread.start()
        self.until(lambda: self.beats or self.error or self.trouble, "the first beat")

    def _made(self, settings: Any) -> Listener:
        return SlackListener(
            settings, lambda text: text.replace("hunter2", "[secret]"), ping_seconds=0.5, tally=self.tally
        )

    def _run(self) -> None:
        try:
            self.listener.run(self._put, self._ask, self._beat)
        except VigilError as error:
            with self.changed:
                self.error = error
                self.changed.notify_all()

    def _put(self, event: Event, raw_id: str, aliases: tuple[str, ...]) -> None:
        with self.changed:
            self.tries += 1
            self.changed.notify_all()
            if self.fail_next > 0:
                self.fail_next -= 1
                raise OSError("no space left on device")
            self.heard.append((event, raw_id, aliases))

    def _ask(self, event: Click | Command) -> Form | None:
        return self.form

    def _beat(self, fresh: bool, trouble: str, waits: bool) -> None:
        with self.changed:
            self.beats += fresh
            self.troubles += [trouble] if trouble and trouble not in self.troubles[-1:] else []
            self.trouble, self.waits = trouble, waits
            self.changed.notify_all()

    def until(self, ready: Any, what: str, timeout: float = 15.0) -> None:
        with self.changed:
            assert self.changed.wait_for(ready, timeout), f"waited in vain for {what}"

    def changed_within(self, seconds: float, ready: Any) -> bool:
        """Whether it becomes so within that time."""
        with self.changed:
            return bool(self.changed.wait_for(ready, seconds))

    def wait(self, kind: type[T], count: int = 1) -> list[T]:
        """The events of that kind, once there are `count` of them."""

        def found() -> list[T]:
            return [event for event, _, _ in self.heard if isinstance(event, kind)]

        self.until(lambda: len(found()) >= count, f"{count} {kind.__name__}; heard {self.heard}")
        return found()

    def clear(self) -> None:
        with self.changed:
            self.heard.clear()
            self.tries = 0

    def close(self) -> None:
        """Stop; the server goes first, since the client waits three seconds for a read on a socket still open."""
        self.listener.stop()
        self.box.stop()
        self._thread.join(20)
        assert not self._thread.is_alive()
