"""Text, tokens and messages: a room that knows no model. `tokenizer`, `harmony`, `parser` and `tools` are its doors."""
