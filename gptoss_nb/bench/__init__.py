"""Benchmarks: `python -m gptoss_nb.bench`. Speed as ratios against a peer in the same run; results/ holds what was measured."""
