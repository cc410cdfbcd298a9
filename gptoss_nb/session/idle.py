"""An idle limit: after so many minutes without work the loaded model is unloaded, and what it was is kept, to be told and loaded
again. Called by magics; off unless somebody sets it."""

import threading
import time
from collections.abc import Callable


class Idle:
    """Watches the model that `current()` gives; `unload()` frees it."""

    def __init__(self, current: Callable, unload: Callable):
        self._current, self._unload = current, unload
        self._minutes, self._timer, self._gone = 0.0, None, None
        self._lock = threading.Lock()

    @property
    def minutes(self) -> float:
        """The limit; 0 is none."""
        return self._minutes

    def limit(self, minutes: float) -> None:
        """From now on; 0 takes it back."""
        with self._lock:
            self._minutes = minutes
            self._wait(60 * minutes)

    def gone(self) -> tuple[str, dict] | None:
        """What was unloaded since this was last asked: a sentence, and the arguments with which it was loaded."""
        gone, self._gone = self._gone, None
        return gone

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
            idle = 0.0 if model is None or model.busy else time.monotonic() - model.last_used
            if model is None or idle < limit:
                self._wait(max(1.0, limit - idle))
                return
            self._gone = f"{model.name} was unloaded: nothing had used it for {self._minutes:g} minutes (%config GptOssMagics.idle_minutes).", model.request
            self._unload()
            self._wait(limit)
