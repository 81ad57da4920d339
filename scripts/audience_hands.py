"""What people do in the town of scripts/trial_audience.py, and Vigil after them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from audience_canaries import Planted
from audience_stage import Stage
from audience_town import VIGIL

from bot.events import Click, Command, Event, Turn
from bot.messages import Form, Post

VERBS = (
    "search",
    "suggest",
    "status",
    "summary",
    "why",
    "handover",
    "stats",
    "resolve",
    "reopen",
    "cases",
    "mute",
    "teach",
)
CLICKS = (
    "vigil_why",
    "vigil_draft_publish",
    "vigil_draft_edit",
    "vigil_case_show",
    "vigil_case_edit",
    "vigil_pick_summary",
)
WHOLE = 0.04
"""The share that goes all the way, through inbox, worker, ledger, outbox and sender; the others go through mind and gate."""
QUICK = (*("search",) * 12, *("suggest",) * 2, *("why",) * 2, "summary", "status")


@dataclass(slots=True)
class Hands:
    """What people do in the town, and Vigil after them: half of them ask where or for what they have no business to."""

    stage: Stage
    whole: float = WHOLE
    searches: int = 0
    changes: int = 0
    changing: float = 0.06
    held_back: int = 0
    waiting: list[Post] = field(default_factory=list)

    def act(self) -> None:
        """Somebody does something; now and then a door opens or closes, an errand runs, a post waits."""
        dice, stage = self.stage.dice, self.stage
        stage.clock.move_to(stage.clock() + dice.expovariate(1 / 4))
        if dice.random() < self.changing:
            self.changes += 1
            stage.hear(*stage.town.change())
        if dice.random() < 0.004 * self.whole:
            self._errands()
        self.searches += 1
        if dice.random() < self.whole:
            self._hear(self._event(dice.choice(stage.planted)))
            if dice.random() < 0.5:
                self.deliver(dice.randrange(12))
        else:
            self._quickly(dice.choice(stage.planted))

    def deliver(self, most: int) -> None:
        """So many posts go out; others wait, and meanwhile people come and go."""
        for _ in range(most):
            if not self.stage.engine.sender.step():
                return

    def _quickly(self, planted: Planted) -> None:
        """A command and its answer, nothing of it written down; the answer waits for some others before it goes out."""
        stage, dice = self.stage, self.stage.dice
        here, actor = self._somebody(planted)
        command = replace(self._command(here, actor, planted), verb=dice.choice(QUICK))
        if command.verb in ("search", "suggest") and dice.random() < 0.8:
            command = replace(command, argument=planted.question(dice), thread_id=None)
        self.waiting += stage.engine.mind.respond(command, stage.clock()).posts
        while self.waiting and dice.random() < 0.8:
            post = self.waiting.pop(dice.randrange(len(self.waiting)))
            if stage.gate.may(post):
                stage.town.post(post)
            else:
                self.held_back += 1

    def _hear(self, event: Event) -> None:
        stage = self.stage
        raw = event.id if isinstance(event, Turn) else f"e{stage.dice.random()}"
        stage.memory.inbox.put(event, raw, (), stage.clock())
        while stage.engine.clicks.step(quick=True) + stage.engine.worker.step():
            continue
        stage.engine.worker.wake_due()

    def _errands(self) -> None:
        engine = self.stage.engine
        for errand in (self.stage.places.run, engine.follow_ups.run, engine.librarian.run, engine.gap_posts.run,
                       engine.curator.run, engine.reviews.run):  # fmt: skip
            errand()
        if self.stage.dice.random() < 0.05:
            engine.watch.run()

    def _event(self, planted: Planted) -> Event:
        """Somebody asks about what was said elsewhere."""
        dice, here, actor = self.stage.dice, *self._somebody(planted)
        kind = dice.random()
        if kind < 0.35 and self.stage.town.reads(here, actor):
            return self._said(here, actor, planted, dice.random() < 0.5)
        if kind < 0.42:
            return self._click(here, actor, planted)
        if kind < 0.45:
            return Command("home", "", actor, here, self.stage.clock(), via="home")
        return self._command(here, actor, planted)

    def _somebody(self, planted: Planted) -> tuple[str, str]:
        """A channel, often the one where it was said, and somebody: mostly of those who are there."""
        dice, town = self.stage.dice, self.stage.town
        place = dice.choice(list(town.places.values()))
        if dice.random() < 0.3 and planted.home in town.places:
            place = town.places[planted.home]
        members = sorted(place.members - {VIGIL}) or sorted(town.full)
        return place.channel.id, dice.choice(members if dice.random() < 0.6 else sorted(town.everybody))

    def _said(self, here: str, who: str, planted: Planted, addressed: bool) -> Turn:
        dice, now = self.stage.dice, self.stage.clock()
        text = planted.question(dice)
        if addressed:
            verb = dice.choice(("", "", "summary ", "status ", "search ", "handover ", "resolve "))
            link = f" {self.stage.town.permalink(planted.thread)}" if planted.thread and dice.random() < 0.5 else ""
            text = f"<@{VIGIL}> {verb}{link}" if verb and link else f"<@{VIGIL}> {verb}{text}{link}"
        turn_id = f"{here}:{now:.6f}"
        return Turn(turn_id, turn_id, here, who, text, now, addressed=addressed)

    def _command(self, here: str, actor: str, planted: Planted) -> Command:
        dice = self.stage.dice
        verb = dice.choice(("search", "search", "search", "suggest", *VERBS))
        about = planted.thread if planted.thread and dice.random() < 0.5 else None
        words = planted.question(dice) if verb in ("search", "suggest") else ""
        if verb == "cases":
            words = str(dice.randrange(1, 4000)) if dice.random() < 0.8 else ""
        reply = "https://hooks.town/x" if dice.random() < 0.7 else ""
        return Command(verb, words, actor, here, self.stage.clock(), about, reply_to=reply)

    def _click(self, here: str, actor: str, planted: Planted) -> Click:
        """A click, and the form that it would open at once."""
        dice, stage = self.stage.dice, self.stage
        action = dice.choice(CLICKS)
        value = planted.thread
        if action.startswith("vigil_case"):
            value = str(dice.randrange(1, 4000))
        elif action != "vigil_pick_summary":
            value = self._decision()
        click = Click(action, value, actor, here, stage.clock(), reply_to="https://hooks.town/x")
        if (form := stage.forms.form(click)) is not None:
            stage.watch.saw(f"form {action} in {here}", shown(form), frozenset({actor}))
        return click

    def _decision(self) -> str:
        rows = self.stage.memory.database.read("SELECT id FROM decisions ORDER BY at DESC LIMIT 50", ())
        return str(self.stage.dice.choice(rows)[0]) if rows else "none"


def shown(form: Form) -> str:
    """Every word that somebody who sees the form can see."""
    return "\n".join([form.title, form.note, *(f"{field.label} {field.initial}" for field in form.fields)])
