"""The one thread that runs the model. Inference mode and device state belong to a thread, so every pass goes through here,
one after the other; the caller's thread waits and stays interruptible. Called by the session."""

import atexit
import contextlib
import functools
import queue
import threading
import time
from collections.abc import Callable, Iterator

import torch

PATIENCE = 5  # seconds that the end of the process waits for the pass that runs


class Worker:
    """A daemon thread that starts with the first job and stays until the process ends."""

    def __init__(self, name: str = "gptoss-nb"):
        self._name, self._jobs, self._thread, self._starting = name, queue.SimpleQueue(), None, threading.Lock()
        self._closing, self._running = threading.Event(), threading.Event()
        self.last_used, self.turns = time.monotonic(), 0  # when the last job ended; replies begun and not ended

    @property
    def closed(self) -> bool:
        """Whether the process is ending, so that nothing runs any more."""
        return self._closing.is_set()

    @property
    def busy(self) -> bool:
        """Whether a job runs now, so that another one would wait."""
        return self._running.is_set()

    def call(self, function: Callable):
        """Runs `function(cancelled)` on the thread and returns what it returns or raises what it raises.

        `cancelled()` turns true when the caller was interrupted; the function may then return early.
        """
        for kind, value in self._events(lambda cancelled: iter([function(cancelled)])):
            assert kind == "event"
            return value

    def stream(self, generate: Callable, tells: bool = False) -> Iterator:
        """Yields what the generator `generate(cancelled)` yields, made on the thread as fast as it can. With `tells` it is
        `generate(cancelled, tell)`: what is given to `tell` is yielded at once, while the generator still works on its next one.

        Closing this one cancels that one and waits until it has stopped: a token's time.
        """
        for _, value in self._events(generate, tells):
            yield value

    def _events(self, generate, tells: bool = False):
        self._start()
        out, cancel = queue.SimpleQueue(), threading.Event()
        if tells:
            generate = functools.partial(generate, tell=lambda event: out.put(("event", event)))

        def cancelled() -> bool:
            return cancel.is_set() or self.closed

        ended = True
        try:
            self._jobs.put((generate, cancelled, out))
            ended = False  # an interrupt just before this cancels the job and does not wait for it
            while True:
                kind, value = self._get(out)
                ended = kind != "event"
                if kind == "error":
                    raise value
                if ended:
                    return
                yield kind, value
        finally:
            cancel.set()
            while not ended:
                ended = self._get(out)[0] != "event"
            self.last_used = time.monotonic()

    def _start(self) -> None:
        with self._starting:
            assert not self.closed, "the process is ending"
            if self._thread is None:
                atexit.register(self._close)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=_run, args=(self._jobs, self._running), name=self._name, daemon=True)
                self._thread.start()

    def _close(self) -> None:
        """Before Python takes itself apart: a thread inside torch would then abort the process, or never be heard of again."""
        self._closing.set()
        self._jobs.put(None)
        self._thread.join(PATIENCE)

    def _get(self, out: queue.SimpleQueue):
        """The next entry. A wait without end would not notice an interrupt that came the moment before it, and on Windows none."""
        while True:
            with contextlib.suppress(queue.Empty):
                return out.get(timeout=0.2)
            if self.closed:
                return "end", None


def _run(jobs: queue.SimpleQueue, running: threading.Event) -> None:
    with torch.inference_mode():
        while (job := jobs.get()) is not None:
            running.set()
            _do(*job)
            running.clear()
            del job  # nothing of a finished job stays referenced while the thread waits


def _do(generate, cancelled: Callable[[], bool], out: queue.SimpleQueue) -> None:
    try:
        for event in generate(cancelled):
            out.put(("event", event))
        out.put(("end", None))
    except BaseException as error:  # goes to the caller's thread, which raises it
        out.put(("error", error))
