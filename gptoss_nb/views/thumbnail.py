"""The routing of a few tokens as a small PNG, without axes: what a saved cell shows beneath its text. Called by widgets."""

import io

import numpy as np
from PIL import Image

from ..trace import Trace
from . import theme

WIDTH, CELL, ROW = 720, 8, (6, 3)  # pixels: of the picture at most, of a token at most, of a layer where they are few and many


def routing_thumbnail(trace: Trace, places) -> bytes:
    """Layer × token, colour the weight of the first expert from 1/A to 1, as `routing_map` has it."""
    weights = trace.expert_weights[:, list(places), 0]
    shares = np.nan_to_num(theme.scaled_to(weights.astype(float), 1 / trace.experts_per_token, 1))
    palette = [int(theme.mixed(theme.MAGNITUDE, k / 255)[i : i + 2], 16) for k in range(256) for i in (1, 3, 5)]
    cell = max(1, min(CELL, WIDTH // max(1, shares.shape[1])))
    height = ROW[0] if trace.n_layers <= 12 else ROW[1]
    image = Image.fromarray(np.round(shares * 255).astype(np.uint8).repeat(height, 0).repeat(cell, 1), "P")
    image.putpalette(palette)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
