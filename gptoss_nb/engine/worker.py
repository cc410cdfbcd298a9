"""The one thread that runs the model. Inference mode and device state belong to a thread, so every pass goes through here,
one after the other; the caller's thread waits and stays interruptible. Called by the session."""

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator

import torch


class Worker:
    """A daemon thread that starts with the first job and then stays."""

    def __init__(self, name: str = "gptoss-nb"):
        self._name, self._jobs, self._thread, self._starting = name, queue.SimpleQueue(), None, threading.Lock()

    def call(self, function: Callable):
        """Runs `function(cancelled)` on the thread and returns what it returns or raises what it raises.

        `cancelled()` turns true when the caller was interrupted; the function may then return early.
        """
        for kind, value in self._events(lambda cancelled: iter([function(cancelled)])):
            assert kind == "event"
            return value

    def stream(self, generate: Callable) -> Iterator:
        """Yields what the generator `generate(cancelled)` yields, made on the thread as fast as it can.

        Closing this one cancels that one and waits until it has stopped: a token's time.
        """
        for _, value in self._events(generate):
            yield value

    def _events(self, generate):
        self._start()
        out, cancel = queue.SimpleQueue(), threading.Event()
        ended = True
        try:
            self._jobs.put((generate, cancel, out))
            ended = False  # an interrupt just before this cancels the job and does not wait for it
            while True:
                kind, value = _get(out)
                ended = kind != "event"
                if kind == "error":
                    raise value
                if ended:
                    return
                yield kind, value
        finally:
            cancel.set()
            while not ended:
                ended = _get(out)[0] != "event"

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=_run, args=(self._jobs,), name=self._name, daemon=True)
                self._thread.start()


def _get(out: queue.SimpleQueue):
    """The next entry. A wait without end would not notice an interrupt that came the moment before it, and on Windows none."""
    while True:
        with contextlib.suppress(queue.Empty):
            return out.get(timeout=0.2)


def _run(jobs: queue.SimpleQueue) -> None:
    with torch.inference_mode():
        while True:
            _do(*jobs.get())


def _do(generate, cancel: threading.Event, out: queue.SimpleQueue) -> None:
    """In a function of its own, so that nothing of a finished job stays referenced while the thread waits."""
    try:
        for event in generate(cancel.is_set):
            out.put(("event", event))
        out.put(("end", None))
    except BaseException as error:  # goes to the caller's thread, which raises it
        out.put(("error", error))
