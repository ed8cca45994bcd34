"""Kernels in Python for assay, judged where they are.

    import numpy as np
    from assay_kernel import kernel, serve

    @kernel("softmax")
    def softmax(x, temperature=1.0):
        ...
        return y

    serve()

    $ assay verify --exec "python3 k.py"

A kernel takes the operation's inputs by name (assay explain softmax lists them)
and returns its outputs in the table's order: one array, a tuple, or a dict by
name. What it has no parameter for, it does not support: a call that brings more is
counted as UNSUPPORTED. Options that are not the default come by name too.
"""

from .kernels import Reject, Unsupported, kernel
from .loop import serve

__all__ = ["Reject", "Unsupported", "kernel", "serve"]
