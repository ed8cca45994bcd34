"""Answers the host's requests until it has no more."""

import os
import platform
import sys
import traceback

from . import frames
from .kernels import TABLE, Reject, Unsupported


def serve():
    """Answers requests until the host has no more: call it last."""
    if "ASSAY_IN_FD" not in os.environ and sys.stdin.isatty():
        sys.exit('kernels are asked by assay: assay verify --exec "python3 %s"' % sys.argv[0])
    reads = open(int(os.environ.get("ASSAY_IN_FD", 0)), "rb", buffering=0)
    writes = open(int(os.environ.get("ASSAY_OUT_FD", 1)), "wb", buffering=0)
    if writes.fileno() == 1:
        sys.stdout = sys.stderr  # frames only on the real one
    while message := frames.read(reads):
        meta, tensors = message
        if meta.get("message") == "hello":
            frames.write(writes, _hello())
        elif meta.get("message") == "run":
            frames.write(writes, *_run(meta, tensors))
        else:
            frames.write(writes, {"message": "unknown"})


def _hello():
    libraries = sorted({k.lib.name for k in TABLE.values()})
    meta = {"message": "hello", "probes": "inputs", "adapter": " ".join(["python", platform.python_version(), *libraries])}
    for (op, dtype), k in TABLE.items():
        key = "kernel." + op
        meta[key] = meta[key] + "," + dtype if key in meta else dtype
        if k.contract:
            meta[f"contract.{op}.{dtype}"] = k.contract
    return meta


def _run(meta, tensors):
    calls = [{"in": [], "out": []} for _ in range(int(meta["calls"]))]
    for key, value in meta.items():
        n, _, name = key.partition(".")
        if name:
            kind, _, arg = name.partition(".")
            if arg:
                calls[int(n)].setdefault(kind, []).append((arg, value))
            else:
                calls[int(n)][name] = value
    for key, tensor in tensors.items():
        n, _, name = key.partition(".")
        calls[int(n)]["in"].append((name, tensor))
    answer, outputs = {"message": "answer", "request": meta["request"]}, []
    for n, call in enumerate(calls):
        try:
            for name, dtype, shape, data in _call(call):
                outputs.append((f"{n}.{name}", dtype, shape, data))
            answer[f"{n}.status"] = "ok"
        except Reject as refusal:
            answer[f"{n}.status"] = "reject"
            answer.update({f"{n}.{k}": v for k, v in refusal.fields.items()})
        except Unsupported as why:
            answer[f"{n}.status"], answer[f"{n}.text"] = "unsupported", str(why)
        except Exception:
            answer[f"{n}.status"], answer[f"{n}.text"] = "error", _words()
    return answer, outputs


def _call(call):
    """The outputs of one call: (name, dtype, shape, bytes) of each."""
    k = TABLE.get((call["op"], call["dtype"]))
    if k is None:
        raise Unsupported(f"no {call['op']} for {call['dtype']}")
    inputs = {}
    for name, value in call["in"] + call.get("choice", []):
        if name not in k.takes and not k.all:
            raise Unsupported(f"{call['op']} takes no {name}")
        inputs[name] = value
    arrays = {name: _load(k.lib, value) for name, value in inputs.items()}
    result = k.function(**arrays)
    for name, value in inputs.items():
        if isinstance(value, tuple) and k.lib.changed(arrays[name], value[0], value[2]):
            raise ValueError(f"the input {name} was written to")
    names, types = call["outputs"].split(","), dict(call["out"])
    if isinstance(result, dict):
        results = [result.get(name) for name in names]
    else:
        results = list(result) if isinstance(result, tuple) else [result]
    if len(results) != len(names) or any(r is None for r in results):
        raise ValueError(f"{len(results)} outputs, want {', '.join(names)}")
    return [(name, *k.lib.dump(r, *_wanted(types[name]))) for name, r in zip(names, results)]


def _wanted(spec):
    """Element type and shape of "f32[2,130] 7fc0dead"."""
    dtype, _, rest = spec.partition("[")
    return dtype.upper(), [int(n) for n in rest.split("]")[0].split(",") if n]


def _load(lib, value):
    if isinstance(value, tuple):
        return lib.load(*value)
    dtype, _, number = value.partition(" ")
    if number == "":
        return value  # an option
    return float(number) if dtype[0] in "fb" else int(number)


def _words():
    """The exception, and where in the user's file it was raised."""
    kind, value, trace = sys.exc_info()
    libraries = (os.path.dirname(__file__), "site-packages", "dist-packages")
    at = [f for f in traceback.extract_tb(trace) if not any(part in f.filename for part in libraries)]
    where = f" ({os.path.basename(at[-1].filename)}:{at[-1].lineno}: {at[-1].line})" if at else ""
    return f"{kind.__name__}: {value}{where}"
