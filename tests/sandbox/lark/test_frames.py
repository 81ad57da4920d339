"""Lark's frames as the sandbox writes and reads them, against themselves and against the stock client's protobuf."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import SandboxError
from bot.sandbox.envelope import Envelope
from bot.sandbox.lark_frames import CONTROL, DATA, Frame, decode
from bot.sandbox.lark_hub import framed, read_answer

words = st.text(max_size=40)
frames = st.builds(
    Frame,
    method=st.sampled_from((CONTROL, DATA)),
    headers=st.lists(st.tuples(words, words), max_size=8).map(tuple),
    payload=st.binary(max_size=400),
    service=st.integers(0, 2**31 - 1),
    seq_id=st.integers(0, 2**64 - 1),
    log_id=st.integers(0, 2**64 - 1),
    encoding=words,
    kind=words,
)


@given(frames)
def test_what_is_written_is_read_again(frame: Frame) -> None:
    assert decode(frame.encode()) == frame


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_never_breaks_anything(data: bytes) -> None:
    with suppress(SandboxError):
        assert isinstance(decode(data), Frame)


@pytest.mark.parametrize("data", [b"", b"\xff" * 40, Frame(DATA, (("a", "b"),), b"xyz").encode()[:-2], b"\x08\x01"])
def test_what_is_cut_short_is_no_frame(data: bytes) -> None:
    with pytest.raises(SandboxError, match="not a frame"):
        decode(data)


def test_the_stock_client_reads_and_writes_the_same_frames() -> None:
    import lark_oapi.ws.pb.pbbp2_pb2 as pb

    ours = Frame(DATA, (("type", "event"), ("message_id", "消息-1")), b'{"a": 1}', service=7, seq_id=2**40, log_id=5)
    theirs = pb.Frame()
    theirs.ParseFromString(ours.encode())
    assert (theirs.method, theirs.service, theirs.SeqID, theirs.LogID) == (1, 7, 2**40, 5)
    assert [(header.key, header.value) for header in theirs.headers] == list(ours.headers)
    assert theirs.payload == ours.payload
    assert decode(theirs.SerializeToString()) == ours


def test_a_long_message_is_split_and_its_pieces_make_it_whole() -> None:
    payload = json.dumps({"text": "长" * 1000}, ensure_ascii=False)
    pieces = framed(Envelope("events_api", payload, ids=["m-1"]), limit=100)
    assert {piece.header("sum") for piece in pieces} == {str(len(pieces))}
    assert [piece.header("seq") for piece in pieces] == [str(number) for number in range(len(pieces))]
    assert all(piece.header("message_id") == "m-1" and len(piece.payload) <= 100 for piece in pieces)
    assert b"".join(piece.payload for piece in pieces).decode() == payload


@pytest.mark.parametrize(
    ("payload", "read"),
    [
        (b'{"code": 200}', (200, {})),
        (b'{"code": 200, "data": "eyJ0b2FzdCI6IHt9fQ=="}', (200, {"toast": {}})),
        (b'{"code": 500}', (500, {})),
        (b'{"code": 200, "data": "no base64 of json"}', (500, {})),
        (b"", (500, {})),
        (b"[]", (500, {})),
    ],
)
def test_an_acknowledgement_is_an_echo_with_a_code(payload: bytes, read: tuple[int, object]) -> None:
    assert read_answer(Frame(DATA, (), payload)) == read
