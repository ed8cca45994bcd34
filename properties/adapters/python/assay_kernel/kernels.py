"""What is offered: functions by operation and element type."""

import inspect

from .arrays import library

TABLE = {}  # (operation, element type): Kernel
_libraries = {}


class Reject(Exception):
    """Raised by a kernel for a value that its operation refuses."""

    def __init__(self, arg, code, value="", want="", row=-1):
        super().__init__(f"{arg} is {value}, want {want} ({code})")
        self.fields = {"arg": arg, "code": code, "value": str(value), "want": want, "row": str(row)}


class Unsupported(Exception):
    """Raised by a kernel for a call that it does not take."""


class Kernel:
    def __init__(self, function, lib, contract):
        self.function, self.lib, self.contract = function, lib, contract
        parameters = inspect.signature(function).parameters.values()
        self.takes = {p.name for p in parameters}
        self.all = any(p.kind is p.VAR_KEYWORD for p in parameters)


def kernel(op, dtypes=("f32",), contract="", arrays=None, device=None):
    """Offers the function below as the kernel of an operation.

    dtypes    element types that it takes: "f32", "f64", "f16", "bf16"
    contract  what it declares, e.g. "acc=f64,exp_ulp=1" (assay explain OP)
    arrays    what it works on: "numpy" (where there is one), "torch", "jax" or
              "lists" (nested Python lists)
    device    of PyTorch's tensors: "cpu", "cuda"
    """
    if isinstance(dtypes, str):
        dtypes = dtypes.split(",")

    def offer(function):
        key = arrays, device
        if key not in _libraries:
            _libraries[key] = library(arrays, device)
        lib = _libraries[key]
        for d in dtypes:
            if d not in lib.types:
                raise ValueError(f"{op}: {lib.name} has no {d} here, only {', '.join(lib.types)}")
            TABLE[op, d] = Kernel(function, lib, contract)
        return function

    return offer
