"""A function of GPU tensors, launched as one CUDA graph. Called by passes: a step of training is 3,200 small launches."""

import torch


class Captured:
    """`function` changes tensors in place and returns nothing; it must not ask the device for a value. The first call with arguments of
    a shape runs it as it is, which also makes what a graph may not make (an optimiser's state, constants, handles); the second captures it.
    """

    def __init__(self, function, pool):
        """`pool` is the memory (torch.cuda.graph_pool_handle()) of this and other graphs, of which one runs at a time."""
        self._function, self._pool = function, pool
        self._graphs: dict = {}  # by the arguments' shapes: None after the first call, then the graph and its own arguments

    def __call__(self, *arguments: torch.Tensor) -> None:
        shape = tuple(tensor.shape for tensor in arguments)
        if shape not in self._graphs:
            self._graphs[shape] = None
            self._function(*arguments)
            return
        if self._graphs[shape] is None:
            self._graphs[shape] = self._capture(arguments)
        graph, own = self._graphs[shape]
        for mine, given in zip(own, arguments, strict=True):
            mine.copy_(given)
        graph.replay()

    def _capture(self, arguments) -> tuple[torch.cuda.CUDAGraph, list[torch.Tensor]]:
        graph, own = torch.cuda.CUDAGraph(), [tensor.clone() for tensor in arguments]
        with torch.cuda.graph(graph, pool=self._pool):
            self._function(*own)
        return graph, own
