"""Frames: 16 bytes of head, then one safetensors file."""

import json
import struct

MAGIC = b"ASSY"
VERSION = 1
LIMIT = 200_000_000
HEAD = struct.Struct("<4sIQ")
WIDTH = {"F64": 8, "F32": 4, "BF16": 2, "F16": 2, "I64": 8, "I32": 4, "U64": 8}


def _fill(stream, view):
    """Reads until view is full; False where the stream ends first."""
    got = 0
    while got < len(view):
        n = stream.readinto(view[got:])
        if not n:
            return False
        got += n
    return True


def read(stream):
    """The next message: its metadata and {name: (dtype, shape, memoryview)}.

    None where the stream ends. The tensors' memory is theirs alone.
    """
    head = bytearray(HEAD.size)
    if not _fill(stream, memoryview(head)):
        return None
    magic, version, length = HEAD.unpack(head)
    if magic != MAGIC or version != VERSION or not 8 <= length <= LIMIT:
        raise ValueError(f"not a frame of version {VERSION}: {bytes(head)!r}")
    view = memoryview(bytearray(length))
    if not _fill(stream, view):
        raise ValueError("the stream ended within a frame")
    data = 8 + int.from_bytes(view[:8], "little")
    header = json.loads(bytes(view[8:data]))
    meta = header.pop("__metadata__", {})
    tensors = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        tensors[name] = t["dtype"], t["shape"], view[data + begin : data + end]
    return meta, tensors


def write(stream, meta, tensors=()):
    """Sends metadata and (name, dtype, shape, bytes) in one frame."""
    header, at = {"__metadata__": meta}, 0
    for name, dtype, shape, data in tensors:
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    head = HEAD.pack(MAGIC, VERSION, 8 + len(text) + at) + len(text).to_bytes(8, "little") + text
    if at < 1 << 16:
        pieces = [head + b"".join(data for *_, data in tensors)]
    else:
        pieces = [head] + [data for *_, data in tensors]
    for piece in pieces:
        view = memoryview(piece)
        while len(view):
            view = view[stream.write(view) :]
