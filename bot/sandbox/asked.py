"""What the app was asked and has to answer in time, as a test waits for it."""

import threading

from bot.sandbox.envelope import Envelope
from bot.sandbox.models import Json, SandboxError


class Asked:
    """A click, a command, a shortcut or a submission; `changed` is told when something happens to its envelope."""

    def __init__(self, changed: threading.Condition, envelope: Envelope) -> None:
        self._changed, self._envelope = changed, envelope

    @property
    def acked(self) -> bool:
        return self._envelope.acked

    @property
    def error(self) -> str:
        """ "" or why the person is told that it did not work.

        Nobody is connected: dispatch_failed; no answer in time: operation_timeout. On Lark also 200671 (the app failed)
        and 200672 (its answer was no answer).
        """
        return self._envelope.error

    def wait(self, timeout: float = 10.0) -> Json:
        """What the app answered, {} for a bare acknowledgement; raises SandboxError when it did not."""
        with self._changed:
            self._changed.wait_for(lambda: self._envelope.settled, timeout)
        if self.error or not self.acked:
            raise SandboxError(f"the app did not answer a {self._envelope.kind}: {self.error or 'nothing came yet'}")
        return self._envelope.answer
