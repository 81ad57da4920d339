"""The faults that only Lark's protocol knows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """Answer a call, or endpoint discovery, with this error of Lark's; not applied unless `applied`."""

    code: int
    msg: str = "internal error"
    status: int = 400
    applied: bool = False


LarkFault = Code
