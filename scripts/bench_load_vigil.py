"""A Vigil for the load trial: as `vigil run` makes it, but whoever asks it something waits for a slow answerer."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from bot import live
from bot.config_file import load
from bot.dialogue import suggest
from bot.models import Score, Suggestion, Thread
from bot.supervisor import Child, Supervisor, child_command
from bot.supervisor_signs import ends_when_asked


def work(config: str, answer_seconds: str, wake_fd: str, _: str, sign_fd: str) -> None:
    """The worker process: whoever asks Vigil itself waits so long for the answer, as for a language model."""

    def draft(thread: Thread, score: Score, *others: Any) -> Suggestion | None:
        if score.addressed:
            time.sleep(float(answer_seconds))
        return suggest.draft(thread, score, *others)

    live.log_to_stderr("warning")
    live.work(load(Path(config)), int(wake_fd), int(sign_fd), draft)


def supervise(config: str, answer_seconds: str) -> None:
    """What `vigil run` does, with that worker."""
    live.log_to_stderr("warning")
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    slow = [sys.executable, sys.argv[0], "--work", config, answer_seconds, str(read_end)]
    listen = child_command(config, "_listen", "slack", "--wake-fd", str(write_end))
    supervisor = Supervisor([Child("slack", listen, write_end), Child("worker", slow, read_end)], deaf=60.0)
    ends_when_asked(supervisor.stop, 20.0, with_parent=False)
    supervisor.run()
