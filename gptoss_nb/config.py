"""ModelConfig: every number of the architecture, read from either published config.json. Nothing about it is hard-coded.

Called by checkpoint (to know what shapes to expect) and by everything above. Knows nothing of tensors.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from .errors import CheckpointError

MXFP4_BLOCK = 32  # values that share one scale byte
# a nonsense file must cost nothing: 120b's has 2 KB, 36 layers, 128 experts
MAX_BYTES, MAX_LAYERS, MAX_EXPERTS = 2**20, 256, 2**15 - 1
_SURROGATE = re.compile("[\ud800-\udfff]")  # JSON can spell a lone one; no file and no page can hold it


@dataclass(frozen=True)
class ModelConfig:
    """The architecture of one checkpoint. Sizes are counts, `sliding_window` the keys a query of a window layer sees."""

    n_layers: int
    hidden_size: int  # D
    vocab_size: int  # V
    n_heads: int  # H
    n_kv_heads: int  # K
    head_dim: int  # d
    n_experts: int  # E
    experts_per_token: int  # A
    expert_width: int  # F
    sliding_windows: tuple[int | None, ...]  # one a layer; None is full attention
    context: int  # the longest sequence
    original_context: int  # before YaRN
    rope_theta: float
    rope_factor: float
    rope_beta_fast: float  # NTK-by-parts: rotations at the original context above which a frequency is kept
    rope_beta_slow: float
    swiglu_limit: float
    norm_eps: float
    identity: str | None = None  # who the system message says the model is; None is harmony's default

    @property
    def qkv_width(self) -> int:
        return (self.n_heads + 2 * self.n_kv_heads) * self.head_dim

    @property
    def layer_types(self) -> list[str]:
        return ["full_attention" if w is None else "sliding_attention" for w in self.sliding_windows]

    @classmethod
    def load(cls, path: str | Path) -> "ModelConfig":
        """Reads `config.json` (the file or its folder) of either layout. Errors: CheckpointError."""
        path = Path(path)
        path = path / "config.json" if path.is_dir() else path
        try:
            with path.open("rb") as file:
                text = file.read(MAX_BYTES + 1)
            if len(text) > MAX_BYTES:
                raise ValueError("it is too long.")
            fields = json.loads(text.decode("utf-8"))
        except FileNotFoundError:
            raise CheckpointError(f"{path} is missing.", "A checkpoint folder holds a config.json beside its weights.") from None
        except (OSError, ValueError, RecursionError) as error:
            raise CheckpointError(f"{path} cannot be read as JSON: {error}", "Download the file again.") from None
        return cls.from_dict(fields, where=str(path))

    @classmethod
    def from_dict(cls, fields: dict, where: str = "config.json") -> "ModelConfig":
        """From the parsed JSON of either published layout: Hugging Face's is known by `num_local_experts`."""
        if not isinstance(fields, dict):
            raise CheckpointError(f"{where} does not hold an object of fields.", "Download the file again.")
        read = _Reader(fields, where)
        config = _from_hugging_face(read) if "num_local_experts" in fields else _from_openai(read)
        _check(config, where)
        return config


class _Reader:
    """Takes fields by name and type, and says which one is missing or odd."""

    def __init__(self, fields: dict, where: str):
        self.fields, self.where = fields, where

    def size(self, name: str, default: int | None = None, at_most: int = 2**31 - 1) -> int:
        value = self.number(name, default)
        if value != int(value) or not 0 < value <= at_most:
            self.refuse(name, value, f"a whole number from 1 to {at_most}")
        return int(value)

    def number(self, name: str, default: float | None = None) -> float:
        value = self.fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
            self.refuse(name, value, "a number below 1e12")
        return value

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        if value is not None and (not isinstance(value, str) or _SURROGATE.search(value)):
            self.refuse(name, value, "a text")
        return value

    def refuse(self, name: str, value, wanted: str):
        shown = f"{value!r:.60}" if isinstance(value, str | int | float) else f"a {type(value).__name__}"
        state = "is missing" if value is None else f"is {shown}"
        raise CheckpointError(f"{self.where}: `{name}` {state}; {wanted} is needed.", "Use the config.json that was published with the weights.")


def _from_hugging_face(read: _Reader) -> ModelConfig:
    rope = read.fields.get("rope_scaling") or read.fields.get("rope_parameters")
    if not isinstance(rope, dict):
        read.refuse("rope_scaling", rope, "an object")
    if rope.get("rope_type", "yarn") != "yarn":
        read.refuse("rope_scaling.rope_type", rope["rope_type"], "yarn")
    if rope.get("truncate", False):
        # the published models were trained with bounds that are not floored and ceiled
        read.refuse("rope_scaling.truncate", True, "false")
    rope = _Reader(rope, read.where)
    n_layers, window = read.size("num_hidden_layers", at_most=MAX_LAYERS), read.size("sliding_window")
    layer_types = read.fields.get("layer_types")
    if layer_types is None:
        layer_types = ["sliding_attention", "full_attention"] * n_layers
        layer_types = layer_types[:n_layers]
    if not isinstance(layer_types, list) or len(layer_types) != n_layers or any(kind not in ("sliding_attention", "full_attention") for kind in layer_types):
        read.refuse("layer_types", layer_types, f"a list of {n_layers} of sliding_attention, full_attention")
    original = rope.size("original_max_position_embeddings", read.fields.get("initial_context_length"))
    return ModelConfig(
        n_layers=n_layers,
        hidden_size=read.size("hidden_size"),
        vocab_size=read.size("vocab_size"),
        n_heads=read.size("num_attention_heads"),
        n_kv_heads=read.size("num_key_value_heads"),
        head_dim=read.size("head_dim"),
        n_experts=read.size("num_local_experts", at_most=MAX_EXPERTS),
        experts_per_token=read.size("num_experts_per_tok", read.fields.get("experts_per_token")),
        expert_width=read.size("intermediate_size"),
        sliding_windows=tuple(window if kind == "sliding_attention" else None for kind in layer_types),
        context=read.size("max_position_embeddings"),
        original_context=original,
        rope_theta=read.number("rope_theta", rope.fields.get("rope_theta")),
        rope_factor=rope.number("factor"),
        rope_beta_fast=rope.number("beta_fast", 32.0),
        rope_beta_slow=rope.number("beta_slow", 1.0),
        swiglu_limit=read.number("swiglu_limit", 7.0),
        norm_eps=read.number("rms_norm_eps", 1e-5),
        identity=read.text("identity"),
    )


def _from_openai(read: _Reader) -> ModelConfig:
    n_layers, window = read.size("num_hidden_layers", at_most=MAX_LAYERS), read.size("sliding_window")
    original, factor = read.size("initial_context_length"), read.number("rope_scaling_factor")
    return ModelConfig(
        n_layers=n_layers,
        hidden_size=read.size("hidden_size"),
        vocab_size=read.size("vocab_size"),
        n_heads=read.size("num_attention_heads"),
        n_kv_heads=read.size("num_key_value_heads"),
        head_dim=read.size("head_dim"),
        n_experts=read.size("num_experts", at_most=MAX_EXPERTS),
        experts_per_token=read.size("experts_per_token"),
        expert_width=read.size("intermediate_size"),
        sliding_windows=tuple(window if layer % 2 == 0 else None for layer in range(n_layers)),
        context=int(original * factor),
        original_context=original,
        rope_theta=read.number("rope_theta"),
        rope_factor=factor,
        # this layout names them by their role in NTK-by-parts: alpha is the slow bound, beta the fast one
        rope_beta_fast=read.number("rope_ntk_beta", 32.0),
        rope_beta_slow=read.number("rope_ntk_alpha", 1.0),
        swiglu_limit=read.number("swiglu_limit", 7.0),
        norm_eps=1e-5,  # not in this layout's config; fixed in the reference code
        identity=read.text("identity"),
    )


def _check(c: ModelConfig, where: str) -> None:
    wrong = [
        (c.experts_per_token > c.n_experts, f"{c.experts_per_token} experts per token of only {c.n_experts}"),
        (c.hidden_size % MXFP4_BLOCK, f"hidden size {c.hidden_size} is not divisible by {MXFP4_BLOCK}"),
        (c.expert_width % MXFP4_BLOCK, f"intermediate size {c.expert_width} is not divisible by {MXFP4_BLOCK}"),
        (c.n_heads % c.n_kv_heads, f"{c.n_heads} query heads do not divide among {c.n_kv_heads} key-value heads"),
        (c.head_dim % 2, f"head dim {c.head_dim} is odd, RoPE needs two halves"),
        (c.rope_theta <= 1, f"rope_theta {c.rope_theta} is not above 1"),
        (c.rope_factor < 1, f"rope factor {c.rope_factor} is below 1"),
        (not c.rope_beta_fast > c.rope_beta_slow >= 1e-6, f"rope betas {c.rope_beta_fast} and {c.rope_beta_slow}: fast above slow above 0"),
        (not 1e-12 <= c.norm_eps <= 1, f"norm epsilon {c.norm_eps} is not between 1e-12 and 1"),
        (c.swiglu_limit <= 0, f"swiglu limit {c.swiglu_limit} is not positive"),
        (not 1 <= c.context < 2**31, f"a context of {c.context} tokens"),
    ]
    for bad, what in wrong:
        if bad:
            raise CheckpointError(f"{where}: {what}.", "Use the config.json that was published with the weights.")
