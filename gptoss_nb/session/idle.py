"""An idle limit: after so many minutes without work the loaded model is unloaded, and what it was is kept, to be told and loaded
again. Made by loading, set by magics; off unless somebody sets it."""

import threading
import time
from collections.abc import Callable


class Idle:
    """Watches the model that `current()` gives; `unload()` frees it. `lock` is held while a model comes or goes."""

    def __init__(self, current: Callable, unload: Callable, lock):
        self._current, self._unload, self._lock = current, unload, lock
        self._minutes, self._timer, self._gone = 0.0, None, None

    @property
    def minutes(self) -> float:
        """The limit; 0 is none."""
        return self._minutes

    def limit(self, minutes: float) -> None:
        """From now on; 0 takes it back."""
        with self._lock:
            self._minutes = minutes
            self._wait(60 * minutes)

    @property
    def gone(self) -> tuple[str, dict] | None:
        """What the limit unloaded, until another model is loaded: a sentence, and the arguments with which it was loaded."""
        return self._gone

    def forget(self) -> None:
        """Something else is loaded, or unloaded, since."""
        self._gone = None

    def _wait(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._minutes:
            self._timer = threading.Timer(seconds, self._look)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> None:
        """The time is over, unless the model worked in between, or works now."""
        with self._lock:
            model, limit = self._current(), 60 * self._minutes
            if not limit:
                return
            idle = 0.0 if model is None or model.in_use else time.monotonic() - model.last_used
            if model is None or idle < limit:
                self._wait(max(1.0, limit - idle))
                return
            self._gone = f"{model.name} was unloaded: nothing had used it for {self._minutes:g} minutes (%config GptOssMagics.idle_minutes).", model.request
            self._unload()
            self._wait(limit)
