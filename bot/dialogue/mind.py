"""The mind hands each kind of event to the part that thinks about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.dialogue import commands
from bot.dialogue.asking import Asking
from bot.dialogue.authority import ruled
from bot.dialogue.base import Directory
from bot.dialogue.changes import Changes
from bot.dialogue.clicks import Clicks
from bot.dialogue.desk import Desk
from bot.dialogue.responder import Responder
from bot.dialogue.roles import channel_object
from bot.dialogue.verdicts import Verdicts
from bot.events import Click, Command, Deletion, Edit, Event, Membership, Reaction, Turn, channel_of
from bot.outcomes import Outcome

Hear = Callable[[Turn, Outcome, float], Outcome]
"""What else a turn leads to, besides an answer: its outcome goes in and comes out, perhaps with more in it."""
TELLING = frozenset(
    {"handover", "help", "search", "stats", "status", "summary", "teach", "why"}
)  # verbs that change no thread


class Mind:
    """Everything that thinks, behind one door; see bot.jobs.worker.Mind."""

    def __init__(
        self,
        responder: Responder,
        desk: Desk,
        clicks: Clicks,
        changes: Changes,
        verdicts: Verdicts,
        directory: Directory,
        embed: Callable[[Sequence[str]], object],
        afterwards: Sequence[Hear] = (),
        bare: str = "help",
        asking: Asking | None = None,
    ) -> None:
        self._asking = asking
        self._bare = bare  # the verb of a mention without a word in a thread
        self._afterwards = afterwards
        self._responder, self._desk, self._clicks = responder, desk, clicks
        self._changes, self._verdicts, self._directory, self._embed = changes, verdicts, directory, embed

    def respond(self, event: Event, now: float) -> Outcome:
        """What this event leads to."""
        if isinstance(event, Turn):
            return self._turn(event, now)
        if isinstance(event, Edit):
            unheard = self._changes.unheard(event, now)
            return self._turn(unheard, now) if unheard else self._changes.edit(event, now)
        if isinstance(event, Deletion):
            return self._verdicts.bereft(self._changes.deletion(event, now), event.turn_id, now)
        if isinstance(event, Reaction):
            return self._verdicts.reaction(event, now)
        if isinstance(event, Command):
            return self._desk.command(event, now)
        if isinstance(event, Click):
            return self._clicks.click(event, now)
        if isinstance(event, Membership):
            self._directory.forget(event.channel_id, event.actor if event.joined else "")
        return Outcome()

    def woken(self, thread_id: str, turn_id: str, now: float) -> Outcome:
        """What a hold that fell due leads to."""
        return self._responder.woken(thread_id, turn_id, now)

    def warm(self, texts: list[str]) -> None:
        """Embed these texts together before they are thought about one by one."""
        self._embed([text for text in texts if text.strip()])

    def _turn(self, turn: Turn, now: float) -> Outcome:
        if turn.edited_at is not None:
            known = self._changes.edit(Edit(turn.id, turn.text, turn.edited_at), now)
            if known.turns:
                return known
        if not turn.addressed or turn.own or turn.is_bot:
            return self._heard(turn, now)
        verb, argument = commands.parse(turn.text)
        if verb == "help" and not turn.is_root and commands.bare(turn.text):
            verb = self._bare
        late = self._responder.late(turn, now)
        if verb == commands.ASK or (late and verb in TELLING):
            return self._heard(turn, now, asks=verb == commands.ASK)
        done = self._verdicts.rooted(turn, self._spoken_command(turn, verb, argument, now), now)
        return replace(done, posts=()) if late else done  # what it asks for is done, and nobody waits for an answer

    def _heard(self, turn: Turn, now: float, asks: bool = False) -> Outcome:
        outcome = self._asked(turn, now) if asks else self._responder.turn(turn, now)
        for hear in (self._verdicts.rooted, *self._afterwards):
            outcome = hear(turn, outcome, now)
        return outcome

    def _asked(self, turn: Turn, now: float) -> Outcome:
        """A question put to Vigil itself; of somebody who may not ask it is heard like any other turn."""
        actor = self._verdicts.roles.at(turn.channel_id, turn.author)
        act = ruled(actor, "suggest", channel_object(turn.channel_id))
        heard = turn if act.allowed else replace(turn, addressed=False)
        think = self._asking.turn if self._asking and act.allowed else self._responder.turn
        outcome = think(heard, now)
        return replace(outcome, acts=(*outcome.acts, act)) if heard in outcome.turns else outcome

    def _spoken_command(self, turn: Turn, verb: str, argument: str, now: float) -> Outcome:
        """A command in words: the turn is recorded, and the command answered in its thread."""
        thread, heard = self._responder.heard(turn, now)
        if heard.version is None:
            return heard
        command = Command(verb, argument, turn.author, turn.channel_id, turn.sent_at, thread.id, reply_to=thread.id,
                          via="mention")  # fmt: skip
        linked = self._directory.linked(turn.text, turn.channel_id)
        if linked and linked[1] != thread.id:
            outcome = self._elsewhere(replace(command, turn_id=linked[0], thread_id=linked[1]), verb, argument, now)
        elif turn.is_root and thread.human_turns() == (turn,) and not (verb == "suggest" and argument):
            # A command at the root of a channel or conversation names no thread.
            outcome = self._desk.channel(replace(command, thread_id=None), verb, argument, now)
        else:
            outcome = self._desk.thread(command, thread, verb, argument, now)
        return replace(
            outcome, thread_id=thread.id, channel_id=thread.channel_id, version=thread.version, turns=heard.turns
        )

    def _elsewhere(self, command: Command, verb: str, argument: str, now: float) -> Outcome:
        """A command about a linked thread: answered here if all who read along may know, else to its actor alone.

        What changes that thread is offered as a choice, since one outcome changes one thread only.
        """
        place = channel_of(command.thread_id or "")
        if place != command.channel_id and not self._directory.may_pass(place, command.channel_id):
            command = replace(command, via="direct", reply_to="")
        if verb in TELLING:
            words = commands.TARGET.sub(" ", argument).strip()
            return self._desk.command(replace(command, argument=words), now)
        return self._desk.confirm(command, verb, argument, command.thread_id or "", now)
