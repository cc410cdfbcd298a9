"""What needs both the model and the record: quantities too large to keep, computed again on demand from the token ids."""
