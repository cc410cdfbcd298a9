"""Names on the hub, against a small hub on this machine: an HTTP server that answers what huggingface_hub asks, and keeps a log."""

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest

from gptoss_nb.checkpoint import hub as module
from gptoss_nb.checkpoint import hub_errors
from gptoss_nb.checkpoint.locate import locate
from gptoss_nb.errors import CheckpointError, ModelNotFound, in_bytes

OLD, NEW = "a" * 40, "b" * 40
SHARDS = ["model-00000-of-00001.safetensors", "model-00001-of-00001.safetensors"]
INDEX = json.dumps({"weight_map": {"x": SHARDS[0], "y": SHARDS[1]}}).encode()
GOLDEN = Path(__file__).parents[1] / "data" / "golden"
CONFIG, CONFIG_ORIGINAL = ((GOLDEN / layout / "config.json").read_bytes() for layout in ("hf", "openai"))
CONFIG_NEW = CONFIG + b"\n"
TOP = {"config.json": CONFIG, "tokenizer.json": b"[1]", module.INDEX: INDEX, SHARDS[0]: b"0" * 5000, SHARDS[1]: b"1" * 3000}
ORIGINAL = {"original/config.json": CONFIG_ORIGINAL, "original/model--00001-of-00002.safetensors": b"2" * 10,
            "original/model--00002-of-00002.safetensors": b"3" * 20}  # fmt: skip
OTHERS = {"README.md": b"#", ".gitattributes": b"*", "chat_template.jinja": b"{", "pytorch_model.bin": b"p", "training_args.pt": b"p",
          "metal/model.bin": b"m", "metal/model.safetensors": b"m", "original/dtypes.json": b"{}", "original/deep/er.safetensors": b"d",
          "../x.safetensors": b"h", "original/../y.safetensors": b"h", "/z.safetensors": b"h", "a b.safetensors": b"h"}  # fmt: skip


class Hub:
    """Repositories by name, each with its files by commit; what goes wrong is set here, what was asked is in `log`."""

    def __init__(self):
        self.repositories = {"openai/m": {OLD: TOP | ORIGINAL | OTHERS}}
        self.refs = {"main": OLD}
        self.log, self.ranges = [], []  # ("GET", "config.json"), the listing being ("GET", ""); Range headers
        self.answers = {}  # a file, or "" for the listing: (status, header that says why)
        self.cuts = {}  # a file: how often its connection breaks in the middle
        self.stalled = threading.Event()
        self.stalled.set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"hub": self}))
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def down(self):
        self.server.shutdown()
        self.server.server_close()

    def got(self) -> list[str]:
        return [file for method, file in self.log if method == "GET" and file]


class Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_GET(self):
        parts = [unquote(part) for part in urlsplit(self.path).path.split("/")[1:]]
        if parts[0] == "api":
            repository, revision, file = "/".join(parts[2:4]), parts[5] if len(parts) > 4 else "main", ""
        else:
            repository, revision, file = "/".join(parts[:2]), parts[3], "/".join(parts[4:])
        self.hub.log.append((self.command, file))
        self.hub.stalled.wait(5)
        commits = self.hub.repositories.get(repository)
        commit = self.hub.refs.get(revision, revision)
        if file in self.hub.answers:
            return self.answer(*self.hub.answers[file])
        if commits is None:
            return self.answer(404, "RepoNotFound")
        if commit not in commits:
            return self.answer(404, "RevisionNotFound")
        if not file:
            files = [{"rfilename": name} for name in commits[commit]]
            return self.answer(200, body=json.dumps({"id": repository, "sha": commit, "siblings": files}).encode())
        if file not in commits[commit]:
            return self.answer(404, "EntryNotFound")
        self.send(file, commits[commit][file], commit)

    do_HEAD = do_GET

    def send(self, file: str, body: bytes, commit: str):
        etag, size, start = hashlib.sha256(body).hexdigest(), len(body), 0
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": commit, "X-Linked-Size": str(size), "Accept-Ranges": "bytes"}
        if asked := self.headers.get("Range"):
            self.hub.ranges.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        cut = self.command == "GET" and self.hub.cuts.get(file, 0) > 0
        if cut:
            self.hub.cuts[file] -= 1
        self.answer(206 if asked else 200, body=body[start:], headers=headers, sent=(size - start) // 2 if cut else None)

    def answer(self, status: int, why: str | None = None, body: bytes = b"{}", headers=None, sent: int | None = None):
        self.send_response(status)
        for key, value in ({"X-Error-Code": why} if why else {} | (headers or {})).items():
            self.send_header(key, value)
        self.send_header("X-HF-Warning", "topic; this is noise")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[:sent])

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module", autouse=True)
def client():
    """An HTTP client of the library that was made here, without a proxy; one for all tests, as making it takes longer than they do."""
    from huggingface_hub import close_session

    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
            patch.delenv(name, raising=False)
        close_session()
        yield
        close_session()


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A hub that huggingface_hub takes for its own, with an empty cache. The library reads its variables when it is imported, so
    it is its constants that change here; one test below starts a process with the variables."""
    from huggingface_hub import constants, file_download

    hub = Hub()
    patched = {"ENDPOINT": hub.endpoint, "HF_HUB_CACHE": str(tmp_path / "hub"), "HF_TOKEN_PATH": str(tmp_path / "token"),
               "HUGGINGFACE_CO_URL_TEMPLATE": hub.endpoint + "/{repo_id}/resolve/{revision}/{filename}", "HF_HUB_OFFLINE": False,
               "HF_HUB_DISABLE_XET": True, "DOWNLOAD_CHUNK_SIZE": 1000}  # fmt: skip
    for name, value in patched.items():
        monkeypatch.setattr(constants, name, value)
    at_once = SimpleNamespace(**{**vars(time), "sleep": lambda seconds: None})
    monkeypatch.setattr(file_download, "time", at_once)  # between tries
    monkeypatch.setattr("huggingface_hub.utils._http.time", at_once)
    yield hub
    hub.stalled.set()
    hub.down()


@pytest.fixture
def offline(monkeypatch):
    from huggingface_hub import constants

    return lambda: monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "text, name",
    [
        ("openai/gpt-oss-20b", ("openai/gpt-oss-20b", None)),
        ("a/b@refs/pr/4", ("a/b", "refs/pr/4")),
        (f"a/b@{OLD}", ("a/b", OLD)),
        *((text, None) for text in ("a", "a/b/c", "/a/b", "./a", "../a", "a/..", "a/b@../c", "a/b@/c", "a/b@", "a/b@c d", "a/b\n", "ä/b")),
    ],
)
def test_a_name(text, name):
    assert module.Name.parse(text) == (name and module.Name(*name))


# What is downloaded


def test_the_top_wins_and_nothing_else_is_asked_for(hub, capfd):
    folder = locate("openai/m")
    assert files_of(folder) == TOP
    assert sorted(hub.got()) == sorted(TOP)
    assert {file for _, file in hub.log} == {"", *TOP}
    assert capfd.readouterr() == ("", "")


def test_original_alone(hub):
    hub.repositories["openai/m"][OLD] = ORIGINAL | OTHERS | {"config.json": CONFIG, "tokenizer.json": b"[1]"}
    folder = locate("openai/m")
    assert folder.name == "original"
    assert files_of(folder.parent) == ORIGINAL | {"tokenizer.json": b"[1]"}


def test_original_in_the_cache_is_enough(hub):
    with_top = hub.repositories["openai/m"][OLD]
    hub.repositories["openai/m"][OLD] = ORIGINAL
    folder = locate("openai/m")
    hub.repositories["openai/m"][OLD] = with_top
    assert locate("openai/m") == folder
    assert hub.got()[-1] == "tokenizer.json" and SHARDS[0] not in hub.got()


def test_pickles_alone(hub, refused):
    hub.repositories["openai/m"][OLD] = OTHERS
    with refused("openai/m/pytorch_model.bin", "never opened"):
        hub.repositories["openai/m"][OLD] = {"config.json": b"", "pytorch_model.bin": b""}
        locate("openai/m")
    with refused("openai/m", "no weights", error=ModelNotFound):
        hub.repositories["openai/m"][OLD] = {"config.json": b"", "model.gguf": b"", "../x.safetensors": b""}
        locate("openai/m")
    assert hub.got() == []


LLAMA = json.dumps({"model_type": "llama", "num_hidden_layers": 80, "hidden_size": 8192, "num_attention_heads": 64}).encode()
MIXTRAL = json.dumps({"model_type": "mixtral", "num_hidden_layers": 32, "num_local_experts": 8, "sliding_window": None}).encode()


@pytest.mark.parametrize("layout, folder", [(TOP, ""), (ORIGINAL, "original/")], ids=["top", "original"])
@pytest.mark.parametrize("config", [LLAMA, MIXTRAL, b"{}", b"[]", b"<html>"])
def test_another_kind_of_model_costs_its_config_alone(hub, refused, layout, folder, config):
    hub.repositories["openai/m"][OLD] = layout | {f"{folder}config.json": config}
    for _ in range(2):  # and what is in the cache then makes it no model
        with refused(f"{folder}config.json"):
            locate("openai/m")
    assert hub.got() == [f"{folder}config.json"]


@pytest.mark.parametrize("layout, folder", [(TOP, ""), (ORIGINAL, "original/")], ids=["top", "original"])
def test_weights_without_a_config(hub, refused, layout, folder):
    hub.repositories["openai/m"][OLD] = {file: body for file, body in layout.items() if file != f"{folder}config.json"}
    with refused("openai/m has weights", f"no {folder}config.json"):
        locate("openai/m")
    assert hub.got() == []


def test_an_index_says_which_weights(hub):
    hub.repositories["openai/m"][OLD] = TOP | {"adapter.safetensors": b"a", "consolidated.safetensors": b"c"}
    folder = locate("openai/m")
    assert files_of(folder) == TOP
    assert hub.got() == ["config.json", module.INDEX, "tokenizer.json", *SHARDS]
    hub.log.clear()
    assert locate("openai/m") == locate(f"openai/m@{OLD}") == folder
    assert hub.got() == []


def test_without_an_index_all_weights(hub):
    files = {"config.json": CONFIG, "a.safetensors": b"a", "b.safetensors": b"b"}
    hub.repositories["openai/m"][OLD] = files
    assert files_of(locate("openai/m")) == files


@pytest.mark.parametrize(
    "index, said",
    [
        (b"{", "no files"),
        (b'{"weight_map": {}}', "no files"),
        (b'{"weight_map": {"x": ["y"]}}', "which openai/m has not"),
        (json.dumps({"weight_map": {"x": SHARDS[0], "y": "z.safetensors"}}).encode(), "'z.safetensors', which openai/m has not"),
        (b'{"weight_map": {"x": "../x.safetensors"}}', "'../x.safetensors'"),
        (b'{"weight_map": {"x": 7}}', "'7'"),
    ],
)
def test_an_index_that_is_wrong_costs_no_weights(hub, refused, index, said):
    hub.repositories["openai/m"][OLD] = TOP | OTHERS | {module.INDEX: index}
    with refused(module.INDEX, said):
        locate("openai/m")
    assert hub.got() == ["config.json", module.INDEX]


@pytest.mark.parametrize("revision", ["main", "v1.0", "refs/pr/4", NEW])
def test_a_revision(hub, revision):
    hub.refs |= {"v1.0": NEW, "refs/pr/4": NEW}
    hub.repositories["openai/m"][NEW] = TOP | {"config.json": CONFIG_NEW}
    folder = locate(f"openai/m@{revision}")
    assert (folder / "config.json").read_bytes() == (CONFIG if revision == "main" else CONFIG_NEW)
    hub.down()
    assert locate(f"openai/m@{revision}") == folder


def test_a_new_commit_downloads_what_changed(hub):
    old = locate("openai/m")
    hub.log.clear()
    hub.refs["main"] = NEW
    hub.repositories["openai/m"][NEW] = TOP | {"config.json": CONFIG_NEW}
    new = locate("openai/m")
    assert hub.got() == ["config.json"]
    assert files_of(new) == TOP | {"config.json": CONFIG_NEW}
    hub.down()
    assert locate("openai/m") == new
    assert locate(f"openai/m@{OLD}") == old


# What is in the cache


def test_a_second_time_asks_for_the_commit_alone(hub):
    folder = locate("openai/m")
    hub.log.clear()
    assert locate("openai/m") == folder
    assert hub.log == [("GET", "")]


def test_a_commit_is_never_asked_for_again(hub):
    folder = locate(f"openai/m@{OLD}")
    hub.log.clear()
    assert locate(f"openai/m@{OLD}") == folder
    assert hub.log == []
    assert locate("openai/m") == folder  # and this notes for later what main is
    hub.down()
    assert locate("openai/m") == folder


def test_cached_and_no_network(hub, capfd):
    folder = locate("openai/m")
    hub.down()
    started = time.perf_counter()
    assert locate("openai/m") == folder
    assert time.perf_counter() - started < 5
    assert capfd.readouterr() == ("", "")


def test_cached_and_no_answer(hub, monkeypatch):
    folder = locate("openai/m")
    monkeypatch.setattr(module, "PATIENCE_CACHED", 0.05)
    hub.stalled.clear()
    assert locate("openai/m") == folder


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_cached_and_a_hub_that_refuses(hub, status):
    folder = locate("openai/m")
    hub.answers[""] = (status, None)
    assert locate("openai/m") == folder


def test_cached_and_offline_mode(hub, offline):
    folder = locate("openai/m")
    hub.log.clear()
    offline()
    assert locate("openai/m") == folder
    assert hub.log == []


@pytest.mark.parametrize("lost", [SHARDS[1], "config.json"])
def test_cached_in_part(hub, refused, lost):
    (locate("openai/m") / lost).unlink()
    assert files_of(locate("openai/m")) == TOP  # put right
    (locate("openai/m") / lost).unlink()
    hub.down()
    with refused("not in the cache" if lost == "config.json" else "only in part in the cache", "could not be asked", error=ModelNotFound):
        locate("openai/m")


def test_numbered_files_without_an_index(hub, refused):
    hub.repositories["openai/m"][OLD] = ORIGINAL
    folder = locate("openai/m")
    hub.down()
    assert locate("openai/m") == folder
    (folder / "model--00001-of-00002.safetensors").unlink()
    with refused("openai/m", error=ModelNotFound):
        locate("openai/m")


# Progress


def test_progress(hub):
    told = []
    locate("openai/m", lambda *step: told.append(step))
    sizes = sum(map(len, TOP.values()))
    assert {total for _, total in told} == {sizes}
    done = [n for n, _ in told]
    assert done == sorted(set(done)) and done[-1] == sizes and len(done) >= 8  # by thousands
    told.clear()
    locate("openai/m", lambda *step: told.append(step))
    assert told == []  # nothing to download


def test_progress_counts_what_is_there(hub):
    hub.cuts[SHARDS[1]] = 99
    with pytest.raises(CheckpointError):
        locate("openai/m")
    hub.cuts[SHARDS[1]] = 1
    told = []
    locate("openai/m", lambda *step: told.append(step[0]))
    total = sum(map(len, TOP.values()))
    assert total - len(TOP[SHARDS[1]]) in told[: len(TOP)]
    assert told == sorted(set(told)) and told[-1] == total


def test_two_bars_of_one_file_count_once():
    told = []
    tally = module._Tally(130, lambda *step: told.append(step))
    bar = tally.bar(30, 100)
    came, written = bar(total=100, unit="B", name="one"), bar(total=100, initial=10, disable=None)
    came.update(50)
    written.update(20)
    written.update(90)
    written.update(-70)
    came.set_postfix_str("1 B/s", refresh=False)
    came.close()
    assert told == [(30, 130), (40, 130), (80, 130), (130, 130)]


def test_progress_is_told_in_the_thread_that_asked_alone(hub, monkeypatch):
    """As Xet counts: in a thread of its own. What it said there is told when its file is complete."""
    from huggingface_hub import file_download

    get, threads, told = file_download.http_get, set(), []

    def elsewhere(*given, **options):
        thread = threading.Thread(target=get, args=given, kwargs=options)
        thread.start()
        thread.join()

    def progress(done, total):
        threads.add(threading.current_thread())
        told.append(done)

    monkeypatch.setattr(file_download, "http_get", elsewhere)
    assert files_of(locate("openai/m", progress)) == TOP
    assert threads == {threading.current_thread()}
    total = sum(map(len, TOP.values()))
    assert told == sorted(set(told)) and told[-1] == total
    assert {total - 8000, total - 3000} <= set(told) and not set(range(total - 3000 + 1, total)) & set(told)


def test_without_progress_a_terminal_has_the_librarys_bar(monkeypatch):
    monkeypatch.setattr(module, "_is_xet", lambda: False)
    assert module._Tally(1, None).bar(0, 1) is not None
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: True))
    assert module._Tally(1, None).bar(0, 1) is None
    assert module._Tally(1, print).bar(0, 1) is not None
    monkeypatch.setattr(module, "_is_xet", lambda: True)  # we would only hear at the end of each file
    assert module._Tally(1, print).bar(0, 1) is None


@pytest.mark.parametrize(
    "shell, shows",
    [(None, False), (SimpleNamespace(), False), (SimpleNamespace(kernel=None), False), (SimpleNamespace(kernel=object()), True)],
    ids=["no shell", "a terminal's shell", "a shell without kernel", "a notebook"],
)
def test_without_progress_a_notebook_has_the_librarys_bar(monkeypatch, shell, shows):
    monkeypatch.setattr(module, "_is_xet", lambda: False)
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: False))
    monkeypatch.setitem(sys.modules, "ipykernel", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert (module._Tally(1, None).bar(0, 1) is None) == shows
    assert module._Tally(1, print).bar(0, 1) is not None
    monkeypatch.delitem(sys.modules, "ipykernel")
    assert module._Tally(1, None).bar(0, 1) is not None


def test_a_notebook_shows_the_librarys_bar(hub, tmp_path):
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    cells = [new_code_cell('from gptoss_nb.checkpoint.locate import locate\nfolder = locate("openai/m")')]
    given = {"HF_HOME": str(tmp_path / "home"), "HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_XET": "1"}
    notebook = NotebookClient(new_notebook(cells=cells), timeout=60).execute(env=os.environ | given)
    shown = [output.data["text/plain"] for output in notebook.cells[0].outputs if output.output_type == "display_data"]
    assert len(shown) == 3 and len(notebook.cells[0].outputs) == 3, notebook.cells[0].outputs  # tokenizer.json and two of weights


def test_ctrl_c_passes(hub):
    def stop(done, total):
        if done > 5000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        locate("openai/m", stop)
    assert files_of(locate("openai/m")) == TOP


# What goes wrong


@pytest.mark.parametrize(
    "name, file, answer, said",
    [
        ("openai/none", None, None, ("no folder openai/none", "no model")),
        ("openai/a--b", None, None, ("no folder openai/a--b", "no model")),  # a name that the library itself refuses
        ("openai/m@v9", None, None, ("openai/m", "no revision v9")),
        (f"openai/m@{NEW}", None, None, (f"no revision {NEW}",)),
        ("openai/m", "", (401, "RepoNotFound"), ("or it is private",)),
        ("openai/m", "", (401, None), ("refuses openai/m", "401")),
        ("openai/m", "", (403, None), ("refuses openai/m", "403")),
        ("openai/m", "", (403, "GatedRepo"), ("gated",)),
        ("openai/m", "config.json", (403, "GatedRepo"), ("gated",)),  # a gated one shows its list of files to everyone
        ("openai/m", "config.json", (401, "GatedRepo"), ("gated",)),
        ("openai/m", "", (503, None), ("not in the cache", "answers 503")),
        ("openai/m", "", (429, None), ("not in the cache", "answers 429")),
        ("openai/m", "", (200, None), ("not in the cache", "no hub")),
    ],
)
def test_what_the_hub_refuses(hub, refused, name, file, answer, said, capfd):
    if answer:
        hub.answers[file] = answer
    with refused(*said, error=ModelNotFound):
        locate(name)
    assert hub.got() == []
    assert capfd.readouterr() == ("", "")


def test_what_to_do(hub):
    hub.answers["config.json"] = (403, "GatedRepo")
    with pytest.raises(ModelNotFound) as gated:
        locate("openai/m")
    assert f"{hub.endpoint}/openai/m" in gated.value.todo and "hf auth login" in gated.value.todo
    hub.down()
    with pytest.raises(ModelNotFound) as alone:
        locate("openai/m@v1")
    assert 'hf download openai/m --revision v1 --exclude "*/*" --local-dir m' in alone.value.todo


def test_no_network(hub, refused, capfd):
    hub.down()
    with refused("openai/m", hub_errors.cache_folder(), "could not be asked", "refused", error=ModelNotFound):
        locate("openai/m")
    assert capfd.readouterr() == ("", "")


def test_no_answer(hub, refused, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    hub.stalled.clear()
    with refused("openai/m", "no answer in time", error=ModelNotFound):
        locate("openai/m")


def test_offline_mode(hub, offline, refused):
    offline()
    with refused("openai/m", "not in the cache", "HF_HUB_OFFLINE", error=ModelNotFound):
        locate("openai/m")
    assert hub.log == []


@pytest.mark.parametrize("n, text", [(13_761_300_000, "13.8 GB"), (27_868_174, "27.9 MB"), (1_234_000_000_000, "1,234.0 GB")])
def test_sizes_in_words(n, text):
    assert in_bytes(n) == text


def test_too_little_room(hub, refused, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=6000))
    with refused("openai/m needs 0.0 MB", "0.0 MB are free", hub_errors.cache_folder()):
        locate("openai/m")
    assert hub.got() == ["config.json", module.INDEX]  # they say what is needed


def test_room_is_asked_for_what_is_missing_alone(hub, monkeypatch):
    hub.cuts[SHARDS[1]] = 99
    with pytest.raises(CheckpointError):
        locate("openai/m")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=3000))
    hub.cuts.clear()
    assert files_of(locate("openai/m")) == TOP


@pytest.mark.parametrize(
    "error, said",
    [
        (OSError(errno.ENOSPC, "No space left on device"), ("is full", SHARDS[0])),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), ("is full", SHARDS[0])),
        (RuntimeError("Data processing error: No space left on device (os error 28)"), ("is full", SHARDS[0])),
        (PermissionError(errno.EACCES, "Permission denied"), ("cannot be written", "Permission denied")),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), ("broke off", SHARDS[0], "Connection reset")),
        (TimeoutError(), ("broke off", SHARDS[0], "no answer in time")),
        (RuntimeError("CAS service error\x1b[2J\nsecond line"), ("broke off", "CAS service error�")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_download_that_fails(hub, refused, monkeypatch, error, said):
    from huggingface_hub import file_download

    get = file_download.http_get

    def fails(url, *args, **kwargs):
        if SHARDS[0] in url:
            raise error
        return get(url, *args, **kwargs)

    monkeypatch.setattr(file_download, "http_get", fails)
    with refused(*said):
        locate("openai/m")


def test_a_connection_that_breaks_is_resumed(hub, capfd):
    hub.cuts[SHARDS[0]] = 2
    assert files_of(locate("openai/m")) == TOP
    assert hub.ranges == ["bytes=2000-", "bytes=3000-"]
    assert capfd.readouterr() == ("", "")


def test_a_connection_that_stays_broken(hub, refused, capfd):
    hub.cuts[SHARDS[1]] = 99
    with refused("openai/m broke off", SHARDS[1], "complete message body"):
        locate("openai/m")
    assert capfd.readouterr() == ("", "")
    hub.cuts.clear()
    hub.log.clear()
    assert files_of(locate("openai/m")) == TOP
    assert hub.got() == [SHARDS[1]]


def test_a_hub_that_contradicts_itself(hub, monkeypatch):
    send = Handler.send
    monkeypatch.setattr(Handler, "send", lambda self, file, body, commit: send(self, file, body, NEW))
    assert files_of(locate("openai/m")) == TOP


def test_the_hub_goes_away_in_the_middle(hub, refused):
    def leave(done, total):
        if done > 4000:
            hub.answers |= {file: (503, None) for file in TOP}

    with refused("openai/m broke off", "503"):
        locate("openai/m", leave)


# The library


def test_its_log_is_quiet_unless_asked():
    from huggingface_hub.utils import logging

    levels = []
    for level in (logging.WARNING, logging.INFO):
        logging.set_verbosity(level)
        with module._quiet():
            levels.append(logging.get_verbosity())
        assert logging.get_verbosity() == level
    logging.set_verbosity_warning()
    assert levels == [logging.ERROR, logging.INFO]


def test_its_variables_hold_and_it_comes_late(hub, tmp_path):
    code = """if True:
        import sys
        from gptoss_nb.checkpoint import hub
        from gptoss_nb.checkpoint.locate import locate
        locate("nano")
        assert not {"huggingface_hub", "torch"} & set(sys.modules)
        print(locate("openai/m"))"""
    given = {"HF_HOME": str(tmp_path / "home"), "HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_XET": "1"}
    ran = subprocess.run([sys.executable, "-W", "error", "-c", code], env=os.environ | given, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.strip() == str(tmp_path / "home" / "hub" / "models--openai--m" / "snapshots" / OLD)
