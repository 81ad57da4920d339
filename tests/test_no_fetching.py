"""No address that people write, whatever its shape, is looked up or opened: link fetching does not exist."""

from __future__ import annotations

import sys
from pathlib import Path

from knowledge.embedding import HashingEmbedder
from tests.harness import CHANNELS, PEOPLE, Live, Town
from tests.trap import Trap

WAYS = (
    "it fails, see {}", "<{}|the runbook>", "![x]({})", "[the log]({})", "`curl {}`", "@vigil what does {} say?", "@vigil teach {}",
    "<!date^1^x^{}|now> it hangs, why?", "{} {} {} how do I mend it?",
)  # fmt: skip


def test_addresses_in_messages_commands_and_files_are_never_visited(tmp_path: Path) -> None:
    looked_up: list[str] = []
    watching = [True]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching[0] and event in ("socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
            looked_up.append(str(arguments[0]))

    sys.addaudithook(watch)  # stays for good: it is told when to look away
    town = Town()
    try:
        with Trap() as (port, visits):
            live = Live(town, tmp_path, HashingEmbedder())
            for number, way in enumerate(WAYS):
                for there in (f"http://127.0.0.1:{port}/{number}", f"http://trap-{number}.example/x"):
                    root = live.box.say(CHANNELS["help"], PEOPLE["amy"], way.format(there, there, there))
                    live.box.say(CHANNELS["help"], PEOPLE["kim"], f"The answer is at {there}, restart it then.", root)
                    live.box.command(CHANNELS["help"], PEOPLE["amy"], "/vigil", f"search {there}")
                    live.clock.move(600.0)
                    live.settle()
            live.engine.librarian.run()
            live.knowledge.refresh()
            assert live.memory.database.value("SELECT count(*) FROM turns") >= 4 * len(WAYS)
            assert visits == []
            assert [name for name in looked_up if "trap-" in name or str(port) in name] == []
    finally:
        watching[0] = False
        town.close()
