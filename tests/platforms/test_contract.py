"""One contract for every chat platform: what people do is heard, what Vigil says arrives, and who may read is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.config import Rules
from bot.dialogue.feedback import Meaning, meaning
from bot.events import FORM, MESSAGE, Click, Command, Deletion, Edit, Reaction, Turn
from bot.messages import Button, Field, Form, Message, Source, Target
from bot.platforms.base import SendRefused
from tests.platforms.venue_lark import LarkVenue
from tests.platforms.venue_transcript import TranscriptVenue
from tests.platforms.venues import Cannot, SlackVenue, Venue

QUESTION = "How do I raise the upload limit? The upload of a large file fails with error 413."
ANSWER = Message(
    "If the upload of a large file fails with error 413, raise the upload limit: set `max_upload_mb` to 4096.",
    sources=(Source("Uploads", "https://wiki.example.com/uploads", "last changed today", known=True),),
    quiet="Was this helpful?",
    buttons=(Button("vigil_helpful", "Helpful", "d1"), Button("vigil_not_helpful", "Not helpful", "d1")),
)
Deed = Callable[[Venue], object]


def message_in(venue: Venue) -> None:
    """A message, its answer and a mention come in with the ids that everything else goes by; secrets do not."""
    root = venue.say("ben", QUESTION)
    answer = venue.say("ana", "which version? hunter2", root)
    found = {turn.id: turn for turn in venue.wait(Turn, 2)}
    assert set(found) == {root, answer}
    assert (found[root].thread_id, found[answer].thread_id) == (root, root)
    assert {turn.channel_id for turn in found.values()} == {venue.channel("help")}
    assert (found[root].author, found[root].text) == (venue.person("ben"), QUESTION)
    assert (found[root].own, found[root].is_bot, found[root].deleted) == (False, False, False)
    assert found[root].sent_at <= found[answer].sent_at


def mention(venue: Venue) -> None:
    """Who is addressed knows it; secrets are taken out before anybody keeps them."""
    told = venue.say("cleo", "@vigil is it down? hunter2")
    turn = next(turn for turn in venue.wait(Turn) if turn.id == told)
    assert turn.addressed
    assert "hunter2" not in turn.text
    assert "is it down?" in turn.text


def suggestion_out(venue: Venue) -> None:
    """What Vigil says in a thread stands there, and nowhere else."""
    root = venue.say("ben", QUESTION)
    venue.wait(Turn)
    _, sent = venue.post(Target.THREAD, ANSWER, thread_id=root)
    assert sent
    assert "max_upload_mb" in (venue.seen(sent) or "")


def found_again(venue: Venue) -> None:
    """A post is found by its key as long as it stands, and history shows it as Vigil's own."""
    root = venue.say("ben", QUESTION)
    post, sent = venue.post(Target.THREAD, ANSWER, thread_id=root)
    assert venue.platform.find(post, 0.0) == sent
    shown = {one.turn.id: one.turn for one in venue.platform.replies(root, 0.0)}
    assert (shown[sent].own, shown[sent].key, shown[sent].thread_id) == (True, post.key, root)
    other, alone = venue.post(Target.CHANNEL, ANSWER)
    assert venue.platform.find(other, 0.0) == alone
    assert alone in [one.turn.id for one in venue.platform.history(venue.channel("help"), 0.0)]


def own_changed(venue: Venue) -> None:
    """Vigil's message is changed in place, and taken back; taking back what is gone is done."""
    root = venue.say("ben", QUESTION)
    _, sent = venue.post(Target.THREAD, ANSWER, thread_id=root)
    assert venue.post(Target.UPDATE, Message("Never mind."), address=sent)[1] == sent
    assert "Never mind" in (venue.seen(sent) or "")
    for _ in range(2):
        venue.post(Target.DELETE, Message(""), address=sent)
    assert venue.seen(sent) is None


def edit(venue: Venue) -> None:
    root = venue.say("ben", "the uplaod fails")
    venue.wait(Turn)
    venue.edit(root, "the upload fails")
    heard = venue.wait(Edit)[0]
    assert (heard.turn_id, heard.text) == (root, "the upload fails")


def delete(venue: Venue) -> None:
    root = venue.say("ben", "never mind")
    venue.wait(Turn)
    venue.delete(root)
    assert venue.wait(Deletion)[0].turn_id == root


def reaction(venue: Venue) -> None:
    """Thumbs and check marks mean the same everywhere, with the settings as they come."""
    root = venue.say("ben", QUESTION)
    venue.wait(Turn)
    for number, name in enumerate((Meaning.HELPFUL, Meaning.UNHELPFUL, Meaning.RESOLVED), 1):
        venue.react(root, "ana", str(name))
        heard = venue.wait(Reaction, number)[-1]
        assert (heard.turn_id, heard.actor, heard.added) == (root, venue.person("ana"), True)
        assert meaning(heard.name, Rules()) is name
    venue.react(root, "ana", "helpful", added=False)
    taken = venue.wait(Reaction, 4)[-1]
    assert (meaning(taken.name, Rules()), taken.added) == (Meaning.HELPFUL, False)


def click(venue: Venue) -> None:
    root = venue.say("ben", QUESTION)
    _, sent = venue.post(Target.THREAD, ANSWER, thread_id=root)
    venue.click(sent, "vigil_helpful", "ben")
    heard = venue.wait(Click)[0]
    assert (heard.action, heard.value, heard.actor) == ("vigil_helpful", "d1", venue.person("ben"))
    assert (heard.turn_id, heard.channel_id, heard.via) == (sent, venue.channel("help"), MESSAGE)
    assert heard.reply_to


def command(venue: Venue) -> None:
    """A command is heard as a verb and its argument, and is answered to its actor alone."""
    venue.command("ben", "search upload limit")
    heard = venue.wait(Command)[0]
    assert (heard.verb, heard.argument) == ("search", "upload limit")
    assert (heard.actor, heard.channel_id) == (venue.person("ben"), venue.channel("help"))
    before = venue.whispered("cleo")
    venue.post(Target.REPLY, Message("Only for your eyes."), address=heard.reply_to, person=heard.actor)
    assert any("Only for your eyes" in text for text in venue.whispered("ben"))
    assert venue.whispered("cleo") == before


def form(venue: Venue) -> None:
    """A click opens a form; what is filled in comes back as a click of its own, from its actor."""
    root = venue.say("ben", QUESTION)
    _, sent = venue.post(Target.THREAD, ANSWER, thread_id=root)
    venue.form = Form("vigil_not_helpful", "d1", "Not helpful", "Send", (Field("detail", "What was wrong?", "long"),))
    venue.click(sent, "vigil_not_helpful", "ben")
    venue.fill_in("ben", detail="it is old")
    heard = venue.wait(Click, 2)[-1]
    assert (heard.action, heard.value, heard.actor, heard.via) == ("vigil_not_helpful", "d1", venue.person("ben"), FORM)
    assert dict(heard.fields) == {"detail": "it is old"}


def direct(venue: Venue) -> None:
    """A draft goes to one person, who can be found to have it."""
    post, sent = venue.post(Target.DIRECT, Message("A draft for you."), person=venue.person("ana"))
    assert any("A draft for you" in text for text in venue.whispered("ana"))
    assert venue.platform.find(post, 0.0) == sent


def history(venue: Venue) -> None:
    """History shows what was heard, as it stands: the same ids and words, later changes, and what hangs on it."""
    root = venue.say("ben", QUESTION)
    answer = venue.say("ana", "which version?", root)
    gone = venue.say("cleo", "never mind")
    heard = {turn.id: turn for turn in venue.wait(Turn, 3)}
    venue.edit(root, f"{QUESTION} Please!")
    venue.react(root, "ana", "resolved")
    venue.delete(gone)
    venue.wait(Deletion)
    shown = {one.turn.id: one for one in venue.platform.history(venue.channel("help"), 0.0)}
    assert shown[root].turn.text == f"{QUESTION} Please!"
    assert [who for who, _ in shown[root].reactions] == [venue.person("ana")]
    assert gone not in shown or shown[gone].turn.deleted
    replies = {one.turn.id: one.turn for one in venue.platform.replies(root, 0.0)}
    for turn_id in (root, answer):
        told, lived = replies[turn_id], heard[turn_id]
        assert (told.thread_id, told.channel_id, told.author) == (lived.thread_id, lived.channel_id, lived.author)
        assert told.sent_at == pytest.approx(lived.sent_at, abs=0.001)
    assert replies[answer].text == heard[answer].text


def members(venue: Venue) -> None:
    """Who reads a channel is known, or else there is an error: nobody is ever guessed to be there."""
    everybody = {venue.person(who) for who in ("ana", "hugo", "ben", "cleo")}
    if isinstance(venue, TranscriptVenue):
        for who in ("ana", "hugo", "ben", "cleo"):
            venue.say(who, "hello")
        assert venue.members(venue.channel("help")) == everybody
        return
    assert everybody <= venue.platform.members(venue.channel("help"))
    assert venue.person("cleo") not in venue.platform.members(venue.channel("secret"))
    full, others = venue.platform.people()
    assert everybody <= full
    assert not everybody & others
    listed = {channel.name: channel for channel in venue.platform.channels() if not channel.direct}
    assert set(listed) & {"help", "secret", "random"} == {"help", "secret"}
    assert (listed["help"].private, listed["secret"].private) == (False, True)
    assert listed["help"].team
    assert listed["help"].id == venue.channel("help")
    with pytest.raises(SendRefused):
        venue.platform.members(f"{venue.channel('help')}NOWHERE")


def groups(venue: Venue) -> None:
    """A user group is found by its handle, and told from a person by its id alone."""
    group = venue.platform.group_named("oncall")
    assert group
    assert venue.platform.group(group) == {venue.person("ana"), venue.person("hugo")}
    assert venue.platform.is_group(group)
    assert not venue.platform.is_group(venue.person("ana"))
    assert venue.platform.group_named("nobody") is None


def link(venue: Venue) -> None:
    """A link to a message leads back to it."""
    root = venue.say("ben", QUESTION)
    url = venue.platform.permalink(root)
    assert url.startswith(("https://", "http://"))
    assert venue.platform.linked(f"see {url} please") == (root, root)


DEEDS: tuple[Deed, ...] = (message_in, mention, suggestion_out, found_again, own_changed, edit, delete, reaction, click,
                           command, form, direct, history, members, groups, link)  # fmt: skip
CANNOT = {
    "slack": {},
    "lark": {},
    "transcript": {
        "mention": "a recording is of a channel without Vigil, and what it says is redacted by whoever plays it",
        "found_again": "what Vigil says in a replay is a decision, not a message",
        "own_changed": "likewise",
        "edit": "a recording holds the words that stood at its end",
        "delete": "what was deleted is not in it",
        "reaction": "marks have no time: they are shown as they stood at its end, to whoever judges",
        "click": "nobody clicks in a recording",
        "command": "nobody commands Vigil in a recording",
        "form": "likewise",
        "direct": "there is nobody to write to",
        "history": "the recording is the history",
        "groups": "a recording names no groups",
        "link": "a recording has no addresses",
    },
}
"""What a platform cannot do, and why; the deed is tried all the same, and must fail."""


@pytest.fixture(scope="module", params=["slack", "lark"])
def living(request: pytest.FixtureRequest) -> Iterator[Venue]:
    venue = SlackVenue() if request.param == "slack" else LarkVenue()
    yield venue
    venue.close()


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_people_and_vigil_on_a_platform(living: Venue, deed: Deed) -> None:
    living.clear()
    kept(living, deed)


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_a_recording(tmp_path: object, deed: Deed) -> None:
    kept(TranscriptVenue(tmp_path), deed)  # type: ignore[arg-type]


def kept(venue: Venue, deed: Deed) -> None:
    """The contract is kept, or the platform is declared to be unable, and is."""
    if deed.__name__ not in CANNOT[venue.name]:
        deed(venue)
        return
    with pytest.raises((Cannot, AssertionError, AttributeError)):
        deed(venue)
