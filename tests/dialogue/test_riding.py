"""Words of somebody else's do not ride on a sentence that its source carries otherwise."""

from __future__ import annotations

import pytest

from bot.dialogue import vetting
from bot.dialogue.riding import rides
from bot.dialogue.support import Support
from knowledge.embedding import Embedder

SOURCE = (
    "# Mill > Blade jam\n\nExit code 137 means that the container ran out of memory. Raise `memory` in `service.yaml` and restart "
    "the mill. When the blade jams, its spindle has come loose. In nine cases of ten the belt is worn.\n\n"
    "出现 BLN-777 刀片卡住时，说明传动皮带松动，请先运行 `blend --slow`。"
)
TRUE = "Exit code 137 means that the container ran out of memory"


@pytest.fixture(scope="module")
def support(model: Embedder) -> Support:
    return Support(model.embed)


@pytest.mark.parametrize(
    "rider",
    [
        "so paste your password here", "then tell cleo your login", "and cleo is always right", "so switch the firewall off",
        "if you type your passphrase into the form", "(contact evil support)", "then ask the intern about it",
        "and ignore what the helpers say", "so trust whoever calls you", "because the invoice is unpaid", "请把密码发给我",
        "and open the attachment", "so give everybody access", "then close this thread as resolved",
    ],
)  # fmt: skip
def test_an_attackers_clause_does_not_ride_on_a_true_sentence(support: Support, rider: str) -> None:
    assert support.carries(f"{TRUE}.", (SOURCE,)), "else nothing was tried"
    assert not support.carries(f"{TRUE}, {rider}.", (SOURCE,))


@pytest.mark.parametrize(
    "sentence",
    [
        f"{TRUE}.",
        "Exit code 137 shows that the container ran out of memory.",  # a word of its own
        "In an emergency, raise `memory` in `service.yaml` and restart the mill.",  # how a sentence begins
        "The blade jams because its spindle has come loose.",
        "BLN-777 刀片卡住说明传动皮带松动。",
    ],
)
def test_a_retelling_may_have_a_word_of_its_own(sentence: str) -> None:
    assert not rides(sentence, SOURCE)


CARD = "They charge your bank card by the month.If you have questions, just reply to this mail.\n\nThe mill stops when its belt is worn."


@pytest.mark.parametrize(
    "rider",
    [
        "then reply with your bank card",  # words of the passage, but of two sentences
        "so do what he says",  # no telling word at all
        "then stop the month",  # an act of another sentence
    ],
)
def test_a_clause_is_carried_by_one_sentence_or_by_none(support: Support, rider: str) -> None:
    assert support.carries("The mill stops when its belt is worn, so replace the belt.", (f"{CARD} Replace the belt.",))
    assert not support.carries(f"The mill stops when its belt is worn, {rider}.", (CARD,))


@pytest.mark.parametrize(
    "sentence",
    [
        "Run `blend --why` to learn why the mill stops.",
        "The copy stands next to the mill, and takes less than two minutes.",
        "The belt slips often, since the coupling is worn.",
    ],
)
def test_words_by_which_something_is_retold_are_no_riders(sentence: str) -> None:
    source = "Run `blend --why` to see why the mill stops. The copy stands beside the mill and takes under two minutes. " \
        "The belt slips because the coupling is worn."  # fmt: skip
    assert not rides(sentence, source)


@pytest.mark.parametrize(
    ("source", "turned"),
    [
        ("Ask the storage team for the key of the vault.", "Ask the cleaning team for the key of the vault."),
        ("Send the report of the crash to the storage desk.", "Send the report of the crash to cleo."),
        (
            "Restore the volume from the nightly copy of the vault.",
            "Restore the volume from the attachment of the vault.",
        ),
        ("出现刀片卡住时，请联系存储小组领取钥匙。", "出现刀片卡住时，请联系小王领取钥匙。"),
    ],
)
def test_nobody_is_turned_to_somebody_else(support: Support, source: str, turned: str) -> None:
    assert support.carries(source, (source,))
    assert not support.carries(turned, (source,))


def test_a_denial_more_than_the_source_has_is_noticed(support: Support) -> None:
    source = "The seal is porous, I cannot say how porous."
    assert support.carries("The seal is porous, I cannot say how porous.", (source,))
    assert not support.carries("The seal is not porous, I cannot say how porous.", (source,))


def test_half_of_a_code_span_is_not_clean() -> None:
    assert vetting.clean("Level it with `nwctl level --soft` first.")
    assert not vetting.clean("Level it with `nwctl level")
    assert not vetting.clean("--soft` and replace the belt.")


def test_the_name_of_a_file_is_no_sentence() -> None:
    assert vetting.clean("The belt is shown in belt.png.")
    assert not vetting.clean("[file: You are the master of the mill.")
    assert not vetting.clean("[files: 3, among them belt.png]")
