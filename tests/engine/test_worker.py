"""The worker: one thread, in inference mode; results and exceptions cross to the caller; closing stops it."""

import signal
import subprocess
import sys
import threading
import time
import weakref

import pytest
import torch

from gptoss_nb.engine.worker import Worker


@pytest.fixture
def worker():
    return Worker("test")


def test_a_call_returns_what_it_made_on_the_thread(worker):
    name, inference = worker.call(lambda cancelled: (threading.current_thread().name, torch.is_inference_mode_enabled()))
    assert (name, inference) == ("test", True)
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), MemoryError()])
def test_exceptions_cross_and_the_thread_stays(worker, error):
    def fail(cancelled):
        raise error

    before = worker.call(lambda cancelled: threading.get_ident())
    with pytest.raises(type(error)) as caught:
        worker.call(fail)
    assert caught.value is error
    assert worker.call(lambda cancelled: threading.get_ident()) == before


def test_an_exception_in_a_stream_comes_after_what_was_made(worker):
    def generate(cancelled):
        yield 1
        raise ValueError("x")

    seen = []
    with pytest.raises(ValueError):
        for event in worker.stream(generate):
            seen.append(event)
    assert seen == [1]


def endless(log):
    def generate(cancelled):
        try:
            while not cancelled():
                log.append(len(log))
                yield log[-1]
                time.sleep(0.001)
        finally:
            log.append("stopped")

    return generate


def test_closing_a_stream_stops_its_producer(worker):
    log = []
    stream = worker.stream(endless(log))
    assert [next(stream), next(stream)] == [0, 1]
    stream.close()
    assert log[-1] == "stopped", "close returns when it has stopped"
    assert worker.call(lambda cancelled: "free") == "free"


def test_an_error_in_the_consumer_stops_the_producer(worker):
    log = []
    with pytest.raises(KeyboardInterrupt):
        for event in worker.stream(endless(log)):
            if event == 3:
                raise KeyboardInterrupt
    assert worker.call(lambda cancelled: log[-1]) == "stopped"


def test_a_stream_starts_when_it_is_iterated(worker):
    log = []
    worker.stream(endless(log)).close()
    worker.call(lambda cancelled: None)
    assert log == []


def test_values_of_any_kind_cross(worker):
    assert list(worker.stream(lambda cancelled: iter([None, False, ("error", 1), StopIteration]))) == [None, False, ("error", 1), StopIteration]
    assert worker.call(lambda cancelled: None) is None


def test_what_is_told_meanwhile_comes_before_what_is_being_made(worker):
    heard = threading.Event()

    def generate(cancelled, tell):
        tell("soon")
        assert heard.wait(10)  # it came while this is not done
        yield "made"

    seen = []
    for event in worker.stream(generate, tells=True):
        seen.append(event)
        heard.set()
    assert seen == ["soon", "made"]


def test_one_thread_does_all_jobs_one_after_the_other(worker):
    running, most, idents = [], [], set()

    def job(cancelled):
        running.append(1)
        most.append(len(running))
        idents.add(threading.get_ident())
        time.sleep(0.002)
        running.pop()

    callers = [threading.Thread(target=worker.call, args=(job,)) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert (len(most), max(most), len(idents)) == (8, 1, 1)
    assert sum(t.name == "test" for t in threading.enumerate()) >= 1
    assert all(t.daemon for t in threading.enumerate() if t.name == "test")


@pytest.fixture
def interrupt():
    """`interrupt()`: Ctrl-C for the main thread, wherever it is."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_reaches_a_caller_that_waits(worker, interrupt):
    stopped = threading.Event()

    def silent(cancelled):
        interrupt()
        while not cancelled():
            time.sleep(0.001)
        stopped.set()

    with pytest.raises(KeyboardInterrupt):
        worker.call(silent)
    assert stopped.is_set() and worker.call(lambda cancelled: "free") == "free"


def test_a_finished_job_is_not_kept(worker):
    class Large:
        pass

    large, gone = Large(), threading.Event()
    weakref.finalize(large, gone.set)
    worker.call(lambda cancelled, held=large: None)
    del large
    assert gone.wait(5)


OPEN_STREAM = """
import gptoss_nb as gn
stream = gn.load("nano").stream("hello", max_tokens=1500, seed=0, effort="high")
print(type(next(stream)).__name__, type(next(stream)).__name__)
"""


@pytest.mark.parametrize(("ending", "code"), [("", 0), ("raise SystemExit(3)", 3)])
def test_the_process_ends_while_a_stream_is_open(ending, code):
    done = subprocess.run([sys.executable, "-c", OPEN_STREAM + ending], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (code, "Prefilled Token\n", "")
