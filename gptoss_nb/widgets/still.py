"""The still explorer: what stays of it in a saved notebook, and all of it where no front end knows widgets. One picture, its table.

Called by exploring. Needs no script and nothing from outside, and shows in a notebook that JupyterLab does not trust.
"""

import base64
import html

from ..trace import Trace
from ..views import routing_map, theme
from ..views.png import png

AGAIN = "This is a still picture of the explorer: in JupyterLab, run the cell again to explore."
MUTED = "opacity:.75;font-size:90%"  # of whatever colour the page's text has
MOST = 300  # tokens: more make a picture that nobody can read and a large notebook


def words(trace: Trace) -> str:
    """The form for a terminal."""
    return f"{theme.twin(_figure(trace))}\n{AGAIN}"


def bundle(trace: Trace) -> dict[str, str]:
    """MIME type to text, for `display(..., raw=True)`."""
    figure = _figure(trace)
    told = figure.layout.meta["twin"]
    picture = base64.b64encode(png(figure)).decode()
    sentence = html.escape(theme.plain(told["text"]))
    # inline styles alone: a notebook that is not trusted loses every other
    page = (
        f'<div class="gptoss-still" style="padding:0 8px"><div style="{MUTED}">{html.escape(AGAIN)}</div>'
        f'<img src="data:image/png;base64,{picture}" alt="{sentence}" style="max-width:100%">'
        f'<details><summary style="{MUTED}">{sentence}</summary>{_table(told["table"])}</details></div>'
    )
    return {"text/plain": words(trace), "text/html": page}


def _figure(trace: Trace):
    return routing_map(trace, stop=min(len(trace), MOST))


def _table(rows: list[list[str]]) -> str:
    head, *body = [[html.escape(theme.plain(cell)) for cell in row] for row in rows]
    cells = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body)
    return f"<table><tr>{cells}</tr>{lines}</table>"
