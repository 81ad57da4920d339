"""What is said to Vigil in words: a question, a command, a command about another thread, nothing at all."""

from __future__ import annotations

from tests.hands import HELP, QUESTION, Hands, actions_of, options_of, text_of
from tests.harness import TEAM


def test_a_bare_mention_asks_for_help(hands: Hands) -> None:
    ts = hands.say("amy", "<@U0VIGIL>")
    assert "What I can do" in text_of(hands.posts(ts))


def test_a_mention_with_a_question_is_answered_at_once(hands: Hands) -> None:
    ts = hands.say("amy", f"<@U0VIGIL> {QUESTION}")
    assert "vigil_helpful" in actions_of(hands.posts(ts)[-1])


def test_suggest_with_words_at_the_root_is_a_question(hands: Hands) -> None:
    ts = hands.say("amy", f"<@U0VIGIL> suggest {QUESTION}")
    assert "vigil_helpful" in actions_of(hands.posts(ts)[-1])


def test_a_command_at_the_root_offers_the_threads(hands: Hands) -> None:
    ts, _ = hands.asked()
    root = hands.say("kim", "<@U0VIGIL> status")
    offer = hands.posts(root)[-1]
    assert ts in [value.rsplit(":", 1)[-1] for _, value in options_of(offer)]


def test_a_linked_thread_is_told_of_here_and_changed_by_choice(hands: Hands) -> None:
    ts, _ = hands.asked()
    other = hands.say("kim", f"<@U0VIGIL> summary {hands.link(ts)}")
    assert "DPL-017" in text_of([hands.posts(other)[-1]])
    hands.say("kim", f"<@U0VIGIL> mute 2h {hands.link(ts)}", other)
    [(_, value)] = options_of(hands.posts(other)[-1])
    assert value == f"slack:{TEAM}:{HELP}:{ts}"
    assert hands.value("SELECT count(*) FROM marks WHERE name='muted'") == 0
    hands.click(hands.posts(other)[-1], "vigil_pick_mute 2h", "kim", value)
    assert hands.value("SELECT until - at FROM marks WHERE name='muted'") == 7200.0


def test_a_command_in_words_is_heard_as_a_turn_too(hands: Hands) -> None:
    ts, _ = hands.asked()
    hands.say("kim", "<@U0VIGIL> snooze 1h", ts)
    assert hands.value("SELECT count(*) FROM turns WHERE author='U0KIM'") == 1
    assert hands.value("SELECT count(*) FROM marks WHERE name='snoozed'") == 1


def test_an_own_post_and_another_bots_mention_lead_to_nothing(hands: Hands) -> None:
    ts = hands.box.say(HELP, "U0BUILDS", "<@U0VIGIL> help")
    hands.live.settle()
    assert hands.posts(ts) == []
