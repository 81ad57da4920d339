"""The frames of Lark's long connection: protobuf, written and read by hand, since there is one message type only."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.sandbox.models import SandboxError

CONTROL, DATA = 0, 1
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
WORD = 1 << 64


@dataclass(frozen=True, slots=True)
class Frame:
    """SeqID, LogID, service and method are required on the wire; the headers keep their order."""

    method: int
    headers: tuple[tuple[str, str], ...] = ()
    payload: bytes = b""
    service: int = 0
    seq_id: int = 0
    log_id: int = 0
    encoding: str = field(default="")
    kind: str = field(default="")

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def encode(self) -> bytes:
        parts = [number(1, self.seq_id), number(2, self.log_id), number(3, self.service), number(4, self.method)]
        parts += [chunk(5, chunk(1, key.encode()) + chunk(2, value.encode())) for key, value in self.headers]
        parts += [chunk(6, self.encoding.encode())] if self.encoding else []
        parts += [chunk(7, self.kind.encode())] if self.kind else []
        return b"".join([*parts, chunk(8, self.payload)] if self.payload else parts)


def decode(data: bytes) -> Frame:
    """Read a frame; raises SandboxError when it is none or lacks what Lark requires."""
    numbers: dict[int, int] = {}
    texts: dict[int, bytes] = {}
    headers: list[tuple[str, str]] = []
    try:
        for tag, value in fields(data):
            if isinstance(value, int):
                numbers[tag] = value
            elif tag == 5:
                pair = {key: part for key, part in fields(value) if isinstance(part, bytes)}
                headers.append((pair[1].decode(), pair[2].decode()))
            else:
                texts[tag] = value
        encoding, kind = texts.get(6, b"").decode(), texts.get(7, b"").decode()
        seq_id, log_id, service, method = (numbers[tag] for tag in (1, 2, 3, 4))
    except (IndexError, KeyError, UnicodeDecodeError) as error:
        raise SandboxError(f"not a frame of Lark's: {error!r}") from error
    return Frame(method, tuple(headers), texts.get(8, b""), service, seq_id, log_id, encoding, kind)


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protobuf message, as (tag, number or bytes); fixed-width ones, which Lark has not, as bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        tag, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = varint(data, at)
            yield tag, value
            continue
        if wire not in (FIXED64, BYTES, FIXED32):
            raise KeyError(wire)
        size, at = varint(data, at) if wire == BYTES else ({FIXED64: 8, FIXED32: 4}[wire], at)
        if at + size > len(data):
            raise IndexError("it ends too early")
        yield tag, data[at : at + size]
        at += size


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at this place, and the place after it."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value % WORD, at
        if shift > 63:
            raise IndexError("a number without end")


def packed(value: int) -> bytes:
    value %= WORD
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(tag: int, value: int) -> bytes:
    return packed(tag << 3 | VARINT) + packed(value)


def chunk(tag: int, value: bytes) -> bytes:
    return packed(tag << 3 | BYTES) + packed(len(value)) + value
