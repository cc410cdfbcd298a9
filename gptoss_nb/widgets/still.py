"""The still explorer: what stays of it in a saved notebook, and all of it where no front end knows widgets. One picture, its table.

Called by exploring. Needs no script and nothing from outside, and shows in a notebook that JupyterLab does not trust.
"""

import base64
import html

from ..trace import Trace
from ..views import routing_map, theme
from ..views.png import png
from .forms import _MUTED

AGAIN = "This is a still picture of the explorer: run the cell again to explore."
MOST = 300  # tokens: more make a picture that nobody can read and a large notebook


def bundle(trace: Trace) -> dict[str, str]:
    """MIME type to text, for `display(..., raw=True)`."""
    if not len(trace):
        return {"text/plain": "There are no tokens to explore."}
    figure = routing_map(trace, stop=min(len(trace), MOST))
    told = figure.layout.meta["twin"]
    picture = base64.b64encode(png(figure)).decode()
    sentence = html.escape(theme.plain(told["text"]))
    # inline styles alone: a notebook that is not trusted loses every other
    page = (
        f'<div class="gptoss-still" style="padding:0 8px"><div style="{_MUTED}">{html.escape(AGAIN)}</div>'
        f'<img src="data:image/png;base64,{picture}" alt="{sentence}" style="max-width:100%">'
        f'<details><summary style="{_MUTED}">{sentence}</summary>{_table(told["table"])}</details></div>'
    )
    return {"text/plain": f"{theme.twin(figure)}\n{AGAIN}", "text/html": page}


def _table(rows: list[list[str]]) -> str:
    head, *body = [[html.escape(theme.plain(cell)) for cell in row] for row in rows]
    cells = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body)
    return f"<table><tr>{cells}</tr>{lines}</table>"
