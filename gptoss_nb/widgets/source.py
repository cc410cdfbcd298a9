"""Source: the scripts and styles of the widgets, as one text each. A widget is one self-contained module, so that no front end has
to find a second file; what widgets share is put in front of it. Called by the widgets beside it.
"""

from pathlib import Path

FOLDER = Path(__file__).parent / "javascript"


def module(*names: str) -> str:
    """The scripts one after the other; the last one holds `export default`, the others what it uses."""
    return "\n".join((FOLDER / f"{name}.js").read_text("utf-8") for name in names)


def style(*names: str) -> str:
    return "\n".join((FOLDER / f"{name}.css").read_text("utf-8") for name in names)
