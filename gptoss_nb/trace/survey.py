"""Survey: the routing of many texts in one folder of Parquet files, a few texts each, so that thousands fit and a run goes on where
it stopped. Written by session.studies, read by users. Knows no model.

    survey = gn.Survey.load("folder");  survey.to_pandas();  gn.metrics.information(survey.traces(), survey.labels)
"""

import json
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import TraceError
from .measure import need_pandas
from .record import Trace

if TYPE_CHECKING:
    import pandas

FORMAT, VERSION = "gptoss_nb.survey", 1
_PART = re.compile(r"part-(\d{8})-(\d{8})\.parquet", re.ASCII)
ABOUT = "survey.json"


class Survey:
    """`texts` of them, each with a label or None; `done` say how many are in the folder already.

    A row of the tables is one token in one layer: text, label, position, token, token_id, role, channel, turn, layer, experts (A),
    weights (A), logits (E, float16).
    """

    def __init__(self, folder: Path, about: dict):
        self.folder, self._about = folder, about

    @classmethod
    def begin(cls, folder: str | Path, texts: Sequence, labels: Sequence | None, badge: dict) -> "Survey":
        """A new one, or the one in the folder that was interrupted. Errors: TraceError where the folder holds something else, or a
        survey of other texts or another model."""
        _arrow()
        folder = _path(folder)
        about = {"format": FORMAT, "version": VERSION, "texts": len(texts), "labels": None if labels is None else [str(label) for label in labels],
                 "content": zlib.crc32(json.dumps([list(text) if not isinstance(text, str) else text for text in texts]).encode()),
                 "badge": json.loads(json.dumps(badge))}  # fmt: skip
        try:
            folder.mkdir(parents=True, exist_ok=True)
            others = [name for name in os.listdir(folder) if name != ABOUT and not name.startswith("part-")]
            if not (folder / ABOUT).exists():
                if os.listdir(folder):
                    raise TraceError(f"{folder} is not empty, and holds no survey.", "Name a new folder.")
                _write(folder / ABOUT, json.dumps(about).encode())
            elif others:
                raise TraceError(f"{folder} holds {others[0]!r}, which no survey has.", "Name a new folder.")
        except OSError as error:
            raise TraceError(f"{folder} cannot be used: {error.strerror}", "Name a folder that is yours, or a new one.") from None
        found = cls.load(folder)
        for name, what in (("content", "other texts"), ("labels", "other labels"), ("badge", "another model, or other edits or versions")):
            if found._about.get(name) != about[name]:
                raise TraceError(f"{folder} holds a survey of {what}.", "Name a new folder for this one.")
        return found

    @classmethod
    def load(cls, folder: str | Path) -> "Survey":
        """A survey that is whole or was interrupted. Errors: TraceError."""
        folder = _path(folder)
        try:
            about = json.loads((folder / ABOUT).read_bytes())
        except (OSError, ValueError, RecursionError):
            about = None
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            raise TraceError(f"{folder} holds no survey.", "Name a folder that gn.survey(...) wrote.")
        if about.get("version") != VERSION:
            raise TraceError(f"{folder} is a survey of version {about.get('version')}; this gptoss_nb reads version {VERSION}.", "Run it again.")
        labels = about.get("labels", False)
        whole = isinstance(about.get("texts"), int) and isinstance(about.get("badge"), dict) and isinstance(labels, list | None)
        if not whole or labels is not None and len(labels) != about["texts"]:
            raise TraceError(f"{folder} is damaged: its {ABOUT} is not whole.", "Run the survey again, in a new folder.")
        return cls(folder, about)

    @property
    def n_texts(self) -> int:
        return self._about["texts"]

    @property
    def labels(self) -> list[str] | None:
        """Of the texts that are done, in their order."""
        labels = self._about["labels"]
        return None if labels is None else labels[: self.done]

    @property
    def done(self) -> int:
        """How many texts are in the folder."""
        parts = self._parts()
        return int(parts[-1].stem.split("-")[2]) if parts else 0

    def __len__(self) -> int:
        return self.done

    def __repr__(self) -> str:
        return f"<Survey of {self.done} of {self.n_texts} texts in {self.folder}>"

    def add(self, traces: list[Trace]) -> None:
        """The traces of the next texts, as one file, whole or not at all."""
        first = self.done
        arrow, parquet = _arrow()
        table = arrow.concat_tables([_table(arrow, trace, first + k, self._label(first + k)) for k, trace in enumerate(traces)])
        path = self.folder / f"part-{first:08d}-{first + len(traces):08d}.parquet"
        sink = arrow.BufferOutputStream()
        parquet.write_table(table, sink, compression="zstd")
        _write(path, sink.getvalue().to_pybytes())

    def tables(self) -> Iterator:
        """The Arrow tables of the files, one at a time. Errors: TraceError for a damaged one."""
        arrow, parquet = _arrow()
        for path in self._parts():
            try:
                yield parquet.read_table(path)
            except (arrow.ArrowException, OSError) as error:
                raise TraceError(f"{path} cannot be read: {str(error).splitlines()[0]}", "Run the survey again, in a new folder.") from None

    def to_pandas(self) -> "pandas.DataFrame":
        """All rows in one table, without the logits, which are many."""
        pandas = need_pandas()
        frames = [table.drop_columns(["logits"]).to_pandas() for table in self.tables()]
        return pandas.concat(frames, ignore_index=True) if frames else pandas.DataFrame()

    def traces(self) -> list[Trace]:
        """A Trace for each text, for gn.metrics and gn.views; log-probabilities are not in a survey, and logits have 11 bits."""
        made = []
        for path, table in zip(self._parts(), self.tables()):
            try:
                made += self._of_table(table)
            except (KeyError, ValueError, AttributeError) as error:
                raise TraceError(f"{path} is damaged: {error}", "Run the survey again, in a new folder.") from None
        return made

    def _of_table(self, table) -> Iterator[Trace]:
        columns = {name: table[name].combine_chunks() for name in table.column_names}
        text = columns["text"].to_numpy()
        starts = np.flatnonzero(np.diff(text, prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
            yield self._trace({name: column.slice(start, end - start) for name, column in columns.items()})

    def _trace(self, columns) -> Trace:
        layers = columns["layer"].to_numpy()
        n_layers = int(layers.max()) + 1
        n = len(layers) // n_layers

        def by_layer(name: str, dtype) -> np.ndarray:
            values = columns[name].flatten().to_numpy(zero_copy_only=False)
            return np.ascontiguousarray(values.reshape(n_layers, n, -1), dtype=dtype)

        one = {name: columns[name].slice(0, n) for name in ("token", "token_id", "role", "channel", "turn")}
        return Trace(
            token_ids=one["token_id"].to_numpy().astype(np.int32), tokens=tuple(one["token"].to_pylist()), roles=tuple(one["role"].to_pylist()),
            channels=tuple(one["channel"].to_pylist()), turns=one["turn"].to_numpy().astype(np.int16), logprobs=np.full(n, np.nan, np.float32),
            generated=np.zeros(n, bool), expert_ids=by_layer("experts", np.int16), expert_weights=by_layer("weights", np.float32),
            router_logits=by_layer("logits", np.float32), badge=self._about["badge"],
        )  # fmt: skip

    def _label(self, index: int) -> str | None:
        labels = self._about["labels"]
        return None if labels is None else labels[index]

    def _parts(self) -> list[Path]:
        """In their order. Errors: TraceError where one is missing between others: labels would fall on other texts."""
        parts, end = sorted(path for path in self.folder.iterdir() if _PART.fullmatch(path.name)), 0
        for path in parts:
            first, last = map(int, _PART.fullmatch(path.name).groups())
            if first != end or last <= first or last > self.n_texts:
                raise TraceError(f"{self.folder} is damaged: {path.name} does not follow on text {end}.", "Run the survey again, in a new folder.")
            end = last
        return parts


def _table(arrow, trace: Trace, text: int, label: str | None):
    """The rows of one text: layer by layer, each over all tokens."""
    n_layers, n = trace.n_layers, len(trace)

    def lists(values: np.ndarray, dtype, kind):
        flat = values.astype(dtype).reshape(-1)
        return arrow.FixedSizeListArray.from_arrays(arrow.array(flat, type=kind), values.shape[-1])

    def texts(values):  # half a surrogate pair is no UTF-8
        return arrow.array([value.encode("utf-8", "replace").decode() for value in values] * n_layers, type=arrow.string())

    layer = np.repeat(np.arange(n_layers, dtype=np.int16), n)
    return arrow.table({
        "text": np.full(n * n_layers, text, np.int32),
        "label": arrow.array([label] * (n * n_layers), type=arrow.string()),
        "position": np.tile(np.arange(n, dtype=np.int32), n_layers),
        "token": texts(trace.tokens), "token_id": np.tile(trace.token_ids, n_layers),
        "role": texts(trace.roles), "channel": texts(trace.channels), "turn": np.tile(trace.turns, n_layers), "layer": layer,
        "experts": lists(trace.expert_ids, np.int16, arrow.int16()), "weights": lists(trace.expert_weights, np.float32, arrow.float32()),
        "logits": lists(trace.router_logits, np.float16, arrow.float16()),
    })  # fmt: skip


def _path(folder) -> Path:
    if not isinstance(folder, str | os.PathLike) or "\0" in os.fspath(folder):
        raise TraceError(f"{folder!r} is not a folder.", "Name one, such as survey.")
    return Path(folder).expanduser()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    fresh = path.with_suffix(".new")
    try:
        fresh.write_bytes(content)
        os.replace(fresh, path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise TraceError(f"{path} cannot be written: {error.strerror}", "Make room, or name another folder.") from None


def _arrow():
    """(pyarrow, pyarrow.parquet), which is not a dependency. Errors: TraceError."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise TraceError("A survey needs pyarrow, which is not here.", 'Install it with pip install "gptoss-nb[survey]".') from None
    return pyarrow, pyarrow.parquet
