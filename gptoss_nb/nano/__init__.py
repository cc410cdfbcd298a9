"""The embedded model: its corpus, its vocabulary, its training and its test. `checkpoint/` holds what came of them.

    python -m gptoss_nb.nano.train       makes the checkpoint again
    python -m gptoss_nb.nano.evaluate    says how good it is
"""
