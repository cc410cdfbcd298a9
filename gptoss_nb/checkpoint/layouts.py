"""The two published layouts: how each spells a tensor, and the shape that a configuration gives it.

Called by read and write. The only file that knows OpenAI's and Hugging Face's spellings; knows neither files nor bytes.
D hidden size, H and K query and key-value heads, d head dim, E experts, F expert width, V vocabulary.
"""

from dataclasses import dataclass

from ..config import MXFP4_BLOCK, ModelConfig

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Stored:
    """One tensor as a file has it. `packed`: bytes of MXFP4; otherwise floating point."""

    name: str
    shape: Shape
    packed: bool = False


# the house's name -> the stored tensors that make it, in the order of their rows
Group = dict[str, tuple[Stored, ...]]


@dataclass(frozen=True)
class Layout:
    """One way to store a model. `layers` has a group for each layer; house names with a dot are parts of an Mxfp4Tensor."""

    title: str
    top: Group
    layers: tuple[Group, ...]

    @property
    def stored(self) -> list[Stored]:
        groups = (self.top, *self.layers)
        return [tensor for group in groups for parts in group.values() for tensor in parts]


def openai(config: ModelConfig) -> Layout:
    """The folder `original/`."""
    top = {house: (Stored(name, shape),) for house, shape, name, _ in _top_table(config)}
    layers = tuple(
        {house: (Stored(f"block.{n}.{name}", shape, packed="." in house),) for house, shape, name, _ in _layer_table(config)}
        for n in range(config.n_layers)
    )
    return Layout("OpenAI", top, layers)


def hugging_face(config: ModelConfig) -> Layout:
    """The top folder. Here q, k and v are three tensors, with the same rows in the same order."""
    top = {house: (Stored(name, shape),) for house, shape, _, name in _top_table(config)}
    layers = tuple(
        {house: _parts(config, f"model.layers.{n}.{name}", shape, packed="." in house) for house, shape, _, name in _layer_table(config)}
        for n in range(config.n_layers)
    )
    return Layout("Hugging Face", top, layers)


def _parts(config: ModelConfig, name: str, shape: Shape, packed: bool) -> tuple[Stored, ...]:
    """`{}` in a name stands for q, k and v."""
    if "{}" not in name:
        return (Stored(name, shape, packed),)
    rows = {"q": config.n_heads, "k": config.n_kv_heads, "v": config.n_kv_heads}
    return tuple(Stored(name.format(part), (heads * config.head_dim, *shape[1:])) for part, heads in rows.items())


def _top_table(c: ModelConfig) -> list[tuple[str, Shape, str, str]]:
    D, V = c.hidden_size, c.vocab_size
    return [
        # ours, shape, original/, Hugging Face
        ("embedding", (V, D), "embedding.weight", "model.embed_tokens.weight"),
        ("norm", (D,), "norm.scale", "model.norm.weight"),
        ("unembedding", (V, D), "unembedding.weight", "lm_head.weight"),
    ]


def _layer_table(c: ModelConfig) -> list[tuple[str, Shape, str, str]]:
    D, E, F, H, QKV = c.hidden_size, c.n_experts, c.expert_width, c.n_heads, c.qkv_width
    b = MXFP4_BLOCK  # two codes a byte: b // 2 bytes
    return [
        # ours, shape, original/block.N., Hugging Face's model.layers.N.
        ("attn_norm", (D,), "attn.norm.scale", "input_layernorm.weight"),
        ("qkv", (QKV, D), "attn.qkv.weight", "self_attn.{}_proj.weight"),
        ("qkv_bias", (QKV,), "attn.qkv.bias", "self_attn.{}_proj.bias"),
        ("out", (D, H * c.head_dim), "attn.out.weight", "self_attn.o_proj.weight"),
        ("out_bias", (D,), "attn.out.bias", "self_attn.o_proj.bias"),
        ("sinks", (H,), "attn.sinks", "self_attn.sinks"),
        ("mlp_norm", (D,), "mlp.norm.scale", "post_attention_layernorm.weight"),
        ("router", (E, D), "mlp.gate.weight", "mlp.router.weight"),
        ("router_bias", (E,), "mlp.gate.bias", "mlp.router.bias"),
        ("gate_up.blocks", (E, 2 * F, D // b, b // 2), "mlp.mlp1_weight.blocks", "mlp.experts.gate_up_proj_blocks"),
        ("gate_up.scales", (E, 2 * F, D // b), "mlp.mlp1_weight.scales", "mlp.experts.gate_up_proj_scales"),
        ("gate_up_bias", (E, 2 * F), "mlp.mlp1_bias", "mlp.experts.gate_up_proj_bias"),
        ("down.blocks", (E, D, F // b, b // 2), "mlp.mlp2_weight.blocks", "mlp.experts.down_proj_blocks"),
        ("down.scales", (E, D, F // b), "mlp.mlp2_weight.scales", "mlp.experts.down_proj_scales"),
        ("down_bias", (E, D), "mlp.mlp2_bias", "mlp.experts.down_proj_bias"),
    ]
