"""Bytes on disk to weights and back: locate finds a folder, read makes Weights of it, write saves them, identity names it."""
