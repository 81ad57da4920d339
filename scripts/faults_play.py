"""Plays the stories of a load on a stage: each act as soon as what it waits for has happened, many stories at once."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from faults_load import Act, Story
from faults_stage import Stage, Told

from bot.sandbox import Asked, Refused, SandboxError

AT_ONCE = 24
LINKED = ("status", "why", "mute", "resolve")


class Play:
    """One story being played. `patience` is how long it waits for a word of the bot's, in seconds."""

    def __init__(self, story: Story, stage: Stage, patience: float) -> None:
        self.story, self._stage, self._patience = story, stage, patience
        self.names: dict[str, str] = {}
        self.waited_in_vain = self.gave_up = False
        self._left, self._since = deque(story.acts), stage.clock()
        self._told = 0
        self._asked: Asked | None = None

    def step(self) -> tuple[int, bool]:
        """Do what can be done now; (how many acts that was, whether the story is over)."""
        done = 0
        while self._left and self._ready(self._left[0]):
            if not self._do(self._left[0]):
                break
            self._left.popleft()
            self._since, done = self._stage.clock(), done + 1
        return done, not self._left

    def _ready(self, act: Act) -> bool:
        if act.after == "heard":
            return all(told.envelope.settled for told in self._mine())
        if act.after != "answer" or self._stage.answers(self.names["q"]):
            return True
        if self._stage.clock() - self._since > self._patience:
            self.waited_in_vain = True
            self._left.clear()
        return False

    def _mine(self) -> list[Told]:
        """The envelopes of this story, which lie at the end of what was told."""
        return [told for told in self._stage.records.told[self._told :] if told.story == self.story.number]

    def _do(self, act: Act) -> bool:
        """Do it; False when it must be done again, as a person would whose click did not get through."""
        if self._asked is not None:
            return self._asked_well(act)
        if not self.names:
            self._told = len(self._stage.records.told)
        try:
            with self._stage.doing(self.story.number):
                made = self._acted(act)
        except (Refused, SandboxError) as gone:  # what was to be clicked has just been replaced or taken away
            self._stage.note(f"{act.kind} {act.name}: {gone}", self.story.number)
            return self._gives_up()
        self._stage.note(f"{act.who} {act.kind} {act.name} {act.text}", self.story.number)
        if isinstance(made, Asked):
            self._asked = made
            return self._asked_well(act)
        if made:
            self.names[act.name] = made
        return True

    def _asked_well(self, act: Act) -> bool:
        assert self._asked is not None
        if self._asked.acked:
            self._asked = None
            return True
        if self._asked.error:
            self._stage.note(f"{act.kind} {act.text} was not acknowledged: {self._asked.error}", self.story.number)
            self._asked = None
            return self._gives_up()
        return False

    def _gives_up(self) -> bool:
        """Whether a person has tried for long enough: what never got through, and was told so, is not done."""
        self.gave_up |= (tired := self._stage.clock() - self._since > self._patience)
        return tired

    def _acted(self, act: Act) -> str | Asked | None:
        stage, channel, root = self._stage, self.story.channel, self.names.get("q", "")
        about = stage.answers(root)[0].ts if act.name == "a" else self.names.get(act.name, "")
        match act.kind:
            case "say":
                return stage.say(channel, act.who, act.text)
            case "reply":
                return stage.say(channel, act.who, act.text, root)
            case "click":
                return stage.click(channel, about, act.text, act.who)
            case "edit":
                stage.edit(channel, about, act.text)
            case "delete":
                stage.delete(channel, about)
            case "react":
                stage.react(channel, about, act.text, act.who)
            case "unreact":
                stage.unreact(channel, about, act.text, act.who)
            case "command":
                return stage.typed(channel, act.who, act.text, root if act.text in LINKED else "")
        return None


def play(
    stage: Stage, stories: Sequence[Story], tick: Callable[[int], int], patience: float, a_second: float
) -> list[Play]:
    """Play them all to their ends, at most `a_second` acts a second.

    `tick` is told again and again how many acts were done, and says how many may be done by now.
    """
    waiting, active, over = deque(stories), list[Play](), list[Play]()
    done, began, may = 0, stage.clock(), 1
    while waiting or active:
        while waiting and len(active) < AT_ONCE:
            active.append(Play(waiting.popleft(), stage, patience))
        for one in active:
            if done >= min(may, (stage.clock() - began) * a_second + 1):
                break
            acts, ended = one.step()
            done += acts
            if ended:
                over.append(one)
        ended_now = set(map(id, over[-AT_ONCE:]))
        active = [one for one in active if id(one) not in ended_now]
        active = active[1:] + active[:1]  # nobody is always first
        may = tick(done)
        time.sleep(0.004)
    return over
