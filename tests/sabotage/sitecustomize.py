"""Lets one method of a running Vigil hang for ever, once, as soon as a file with its name lies in a folder.

Python imports this by itself where its folder is on the path. The file is called _work or _listen, the process meant, then
:MODULE:CLASS:METHOD; that process takes it away, so that the one that is started next is whole.
"""

import os
import sys
import threading
import time
from pathlib import Path
from typing import Any


def hang(*arguments: Any, **named: Any) -> None:
    threading.Event().wait()


def watch(folder: Path) -> None:
    while True:
        for order in folder.iterdir():
            part, module, owner, method = order.name.split(":")
            if part in sys.orig_argv and module in sys.modules and hasattr(sys.modules[module], owner):
                setattr(getattr(sys.modules[module], owner), method, hang)
                order.unlink()
        time.sleep(0.05)


if "VIGIL_SABOTAGE" in os.environ and {"_work", "_listen"} & set(sys.orig_argv):
    threading.Thread(target=watch, args=(Path(os.environ["VIGIL_SABOTAGE"]),), daemon=True).start()
