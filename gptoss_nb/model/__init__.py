"""The model: positions, cache, forward pass and edits. Tensors in, tensors out; no text, no files, no sampling."""
