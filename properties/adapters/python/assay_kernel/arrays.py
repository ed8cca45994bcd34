"""Tensors of the wire as arrays of NumPy, PyTorch or JAX, or as nested lists, and back."""

import importlib
import math
import struct

from .frames import WIDTH

FORMAT = {"F64": "d", "F32": "f", "F16": "e", "I64": "q", "I32": "i", "U64": "Q"}
LARGEST = {"F32": float.fromhex("0x1.ffffffp127"), "F16": 65520.0}  # what rounds to infinity


class Lists:
    """The standard library alone: nested lists of Python numbers."""

    name = "lists"
    types = ("f64", "f32", "f16")

    def load(self, dtype, shape, data):
        flat = list(struct.unpack(f"<{len(data) // WIDTH[dtype]}{FORMAT[dtype]}", data))
        for size in reversed(shape[1:]):
            flat = [flat[i : i + size] for i in range(0, len(flat), size)] if size else []
        return flat if flat or len(shape) < 2 else [[] for _ in range(shape[0])]

    def dump(self, value, dtype, wanted=()):
        shape, flat = [], value
        level = value
        while isinstance(level, (list, tuple)):
            shape.append(len(level))
            level = level[0] if level else None
        for _ in shape[1:]:
            flat = [v for part in flat for v in part]
        flat = flat if shape else [flat]
        if not flat and 0 in wanted:
            shape = wanted  # a list without elements does not tell its shape
        if dtype in LARGEST:  # struct refuses what rounds to infinity
            flat = [math.copysign(math.inf, v) if abs(v) >= LARGEST[dtype] else v for v in flat]
        return dtype, shape, struct.pack(f"<{len(flat)}{FORMAT[dtype]}", *flat)

    def changed(self, value, dtype, data):
        return self.dump(value, dtype)[2] != data


class NumPy:
    """Arrays that cannot be written to, so that a kernel which does fails."""

    name = "numpy"
    types = ("f64", "f32", "f16", "bf16")

    def __init__(self):
        np = self.np = importlib.import_module("numpy")
        self.dtypes = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32, "U64": np.uint64}
        try:
            self.dtypes["BF16"] = importlib.import_module("ml_dtypes").bfloat16
        except ImportError:
            self.types = self.types[:3]
        self.names = {np.dtype(v): k for k, v in self.dtypes.items()}

    def load(self, dtype, shape, data):
        if not len(data):
            return self.np.empty(shape, self.dtypes[dtype])
        return self.np.frombuffer(data.toreadonly(), self.dtypes[dtype]).reshape(shape)

    def dump(self, value, dtype, wanted=()):
        a = self.np.asarray(value)
        if not isinstance(value, (self.np.ndarray, self.np.generic)):
            a = a.astype(self.dtypes[dtype])  # Python's own numbers have no type to be wrong
        name = self.names.get(a.dtype, "BOOL" if a.dtype == bool else None)
        if name is None:
            raise TypeError(f"an output of type {a.dtype}, want {dtype}")
        return name, a.shape, self.np.ascontiguousarray(a).reshape(-1).view(self.np.uint8).data

    def changed(self, value, dtype, data):
        return False  # it could not be


class Torch(NumPy):
    """Tensors on a device of the user's choice."""

    name = "torch"
    types = ("f64", "f32", "f16", "bf16")

    def __init__(self, device="cpu"):
        super().__init__()
        torch = self.torch = importlib.import_module("torch")
        self.types, self.device = Torch.types, device
        self.dtypes = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
                       "I64": torch.int64, "I32": torch.int32, "U64": torch.uint64}
        self.names = {v: k for k, v in self.dtypes.items()}

    def load(self, dtype, shape, data):
        if not len(data):
            return self.torch.empty(tuple(shape), dtype=self.dtypes[dtype], device=self.device)
        return self.torch.frombuffer(data, dtype=self.dtypes[dtype]).reshape(shape).clone().to(self.device)

    def dump(self, value, dtype, wanted=()):
        torch = self.torch
        t = value if isinstance(value, torch.Tensor) else torch.as_tensor(value, dtype=self.dtypes[dtype])
        t = t.detach().to("cpu").contiguous()  # waits for the device: its faults belong to this call
        if t.dtype not in self.names:
            raise TypeError(f"an output of type {t.dtype}, want {dtype}")
        return self.names[t.dtype], t.shape, t.reshape(-1).view(torch.uint8).numpy().tobytes() if t.numel() else b""

    def changed(self, value, dtype, data):
        return self.dump(value, dtype)[2] != data


class Jax(NumPy):
    """Arrays of JAX, 64-bit types enabled; integers are widened to what is wanted."""

    name = "jax"

    def __init__(self):
        super().__init__()
        jax = importlib.import_module("jax")
        jax.config.update("jax_enable_x64", True)
        self.jnp = importlib.import_module("jax.numpy")

    def load(self, dtype, shape, data):
        return self.jnp.asarray(super().load(dtype, shape, data))

    def dump(self, value, dtype, wanted=()):
        a = self.np.asarray(value)
        if dtype[0] in "IU" and a.dtype.kind in "iu":
            a = a.astype(self.dtypes[dtype])
        return super().dump(a, dtype)


def library(name, device):
    """The arrays a kernel asked for; NumPy where it is there, else lists."""
    if name is None:
        try:
            return NumPy()
        except ImportError:
            return Lists()
    if name == "torch":
        return Torch(device or "cpu")
    return {"lists": Lists, "numpy": NumPy, "jax": Jax}[name]()
