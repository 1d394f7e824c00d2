"""What Ctrl-C does to a long run: the call that is running is finished and kept."""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any


class Interruptible:
    """Ctrl-C once asks to stop after the running call; twice stops at once.

    A first Ctrl-C raises nothing: an exception raised inside a callback of another library may be swallowed there.
    """

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._asked = False
        self._before: Any = None

    def __enter__(self) -> Callable[[], bool]:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._ask)
        return lambda: self._asked

    def _ask(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        self._warn("stopping after the call that is running; Ctrl-C again stops at once")

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
