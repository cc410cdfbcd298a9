"""Conversation: what has been said so far and the instructions it stands under. Kept by the cell magic; knows no model."""

from dataclasses import dataclass, field


@dataclass
class Conversation:
    """`messages` as harmony.encode takes them; `system` the developer's instructions, or None."""

    messages: list[dict] = field(default_factory=list)
    system: str | None = None

    @property
    def turns(self) -> int:
        return sum(message["role"] == "user" for message in self.messages)
