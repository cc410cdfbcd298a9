"""The engine: token ids in, events out. Prefill, decode and sampling on one worker thread; no text, no chat format."""
