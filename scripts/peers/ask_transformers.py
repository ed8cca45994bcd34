"""transformers: logits processors in float64, speculative sampling, beam search."""
from unittest import mock

import numpy as np
import torch
import transformers
from transformers.generation import logits_process as lp
from transformers.generation import utils

from .bigram import Bigram
from .cases import Draw, case

PACKAGE, VERSION = "transformers", transformers.__version__
torch.set_default_dtype(torch.float32)  # what it keeps biases and beams in
torch.set_num_threads(1)

DIFFERENCES = {
    "ties with the k-th": ["import torch; from transformers import TopKLogitsWarper",
                           "x = torch.tensor([[3.0, 1.0, 1.0, 1.0]])",
                           "print(TopKLogitsWarper(2)(None, x).isfinite().sum().item())"],
    "a prefix equals p": ["import torch; from transformers import TopPLogitsWarper",
                          "x = torch.zeros(1, 4)",
                          "print(TopPLogitsWarper(0.5)(None, x).isfinite().sum().item())"],
    "ties in the nucleus": ["import torch; from transformers import TopPLogitsWarper",
                            "x = torch.tensor([[0.0, 1.0, 1.0, 1.0]])",
                            "print(TopPLogitsWarper(0.5)(None, x).isfinite().tolist())"],
    "u equals p/q": ["import torch; from unittest import mock; from transformers.generation.utils import _speculative_sampling as sample",
                     "draft, q, p = torch.tensor([[0]]), torch.tensor([[[0.0, -torch.inf]]]), torch.zeros(1, 2, 2)",
                     "with mock.patch.object(torch, 'rand_like', lambda r: r * 0 + 0.5): print(sample(draft, q, 1, p)[1].item())"],
    "refilled beam": ["import numpy as np; from peers.bigram import Bigram",
                      "m = Bigram.of(np.float32([[-9, -9, 0], [0, 0, 0], [0, 0, 0]]), np.float32([0, 0.125, 0.5]))",
                      "print(m.search(2, 2, 0.0, eos=2)[1].tolist())"],
}


def t(v):
    return torch.from_numpy(np.array(v))


def cases():
    yield from filters()
    yield from chains()
    yield from penalties()
    yield from speculation()
    yield from searches()


def survivors(y):
    return {"probs": torch.softmax(y, 1), "kept": y.isfinite().sum(1)}


def filters():
    d = Draw("transformers filters")
    for name, x in d.logits():
        k, p, m, T = 1 + int(d.random() * 4), round(0.1 + 0.89 * d.random(), 3), round(d.random(), 3), np.array(0.7)
        y = lp.TemperatureLogitsWarper(0.7)(None, t(x))
        yield case("softmax", "TemperatureLogitsWarper(temperature), then softmax", {"x": x, "temperature": T}, {"y": torch.softmax(y, 1)})
        if name == "masked":
            k, p = 2, 0.5  # what is kept is counted as what is above -inf
        if name != "ties":
            yield case("top_k_filter", "TopKLogitsWarper(k)", {"x": x, "k": np.array(k)}, survivors(lp.TopKLogitsWarper(k)(None, t(x))))
            yield case("top_p_filter", "TopPLogitsWarper(p)", {"x": x, "p": np.array(p)}, survivors(lp.TopPLogitsWarper(p)(None, t(x))))
        yield case("min_p_filter", "MinPLogitsWarper(min_p)", {"x": x, "min_p": np.array(m)}, survivors(lp.MinPLogitsWarper(m)(None, t(x))))
    x = np.array([[3.0, 1.0, 1.0, 1.0]])
    yield case("top_k_filter", "TopKLogitsWarper(2)", {"x": x, "k": np.array(2)}, survivors(lp.TopKLogitsWarper(2)(None, t(x))), differs="ties with the k-th")
    x = np.zeros((1, 4))
    yield case("top_p_filter", "TopPLogitsWarper(0.5)", {"x": x, "p": np.array(0.5)}, {"kept": lp.TopPLogitsWarper(0.5)(None, t(x)).isfinite().sum(1)}, differs="a prefix equals p")
    x = np.array([[0.0, 1.0, 1.0, 1.0]])
    yield case("top_p_filter", "TopPLogitsWarper(0.5)", {"x": x, "p": np.array(0.5)}, survivors(lp.TopPLogitsWarper(0.5)(None, t(x))), differs="ties in the nucleus")


def chains():
    """The order of generate: temperature, top-k, top-p, min-p; then the first token
    whose cumulative probability is above u."""
    d = Draw("transformers chains")
    config = transformers.GenerationConfig(do_sample=True, temperature=0.8, top_k=5, top_p=0.85, min_p=0.1)
    for name, x in d.logits():
        if name == "ties":
            continue  # see "ties with the k-th"
        u, y = d.reals(len(x)), t(x)
        for warper in Bigram.of(np.eye(2), np.zeros(2))._get_logits_processor(config, logits_processor=[], device="cpu"):
            y = warper(None, y)
        cdf = torch.softmax(y, 1).cumsum(1)
        token = torch.searchsorted(cdf, t(u)[:, None] * cdf[:, -1:], right=True)
        ins = {"x": x, "u": u, "temperature": np.array(0.8), "k": np.array(5), "p": np.array(0.85), "min_p": np.array(0.1)}
        yield case("sample_chain", "the processors of generate(do_sample=True, temperature, top_k, top_p, min_p); searchsorted(cumsum, u)", ins,
                   {"token": token, "kept": y.isfinite().sum(1)})


def penalties():
    d = Draw("transformers penalties")
    for _, x in d.logits():
        history = d.ints(x.shape[1], len(x), 5)
        ins = {"x": x, "history": history.ravel(), "offsets": np.arange(len(x) + 1) * 5, "repetition": np.array(1.3)}
        yield case("penalties", "RepetitionPenaltyLogitsProcessor(repetition)", ins, {"y": lp.RepetitionPenaltyLogitsProcessor(1.3)(t(history), t(x))})
        tokens = sorted(set(d.ints(x.shape[1], 3).tolist()))
        bias = np.round(d.bell(4.0, len(tokens)) * 64) / 64  # they are kept in float32
        ins = {"x": x, "token": np.array(tokens * len(x)), "offsets": np.arange(len(x) + 1) * len(tokens)}
        f = lp.SequenceBiasLogitsProcessor([[[i], float(b)] for i, b in zip(tokens, bias)])
        yield case("logit_bias", "SequenceBiasLogitsProcessor", {**ins, "bias": np.tile(bias, len(x))}, {"y": f(t(history), t(x))})
        yield case("banned", "SuppressTokensLogitsProcessor(token)", ins, {"y": lp.SuppressTokensLogitsProcessor(tokens)(t(history), t(x))})


def speculation():
    """One draft token; rand_like and multinomial are handed our uniforms."""
    d = Draw("transformers speculation")
    for i in range(24):
        x, y, draft, u, u2 = d.bell(2.0, 5), d.bell(2.0, 5), int(d.random() * 5), d.random(), d.random()
        yield speculate(x, y, draft, u, u2)
    x, y = np.zeros(2), np.array([0.0, -np.inf])  # p = (1/2, 1/2), q = (1, 0)
    yield speculate(x, y, 0, 0.5, 0.25, "u equals p/q")


def speculate(x, y, draft, u, u2, differs=None):
    def inverse(p, num_samples):
        return torch.searchsorted(p.cumsum(1), u2 * p.sum(1, keepdim=True), right=True)

    with mock.patch.object(torch, "rand_like", lambda r: torch.full_like(r, u)), mock.patch.object(torch, "multinomial", inverse):
        tokens, accepted = utils._speculative_sampling(torch.tensor([[draft]]), t(y)[None, None], 1, t(np.stack([x, x]))[None])
    p, q = torch.softmax(t(x)[None], 1), torch.softmax(t(y)[None], 1)
    ins = {"p": p, "q": q, "draft": np.array([draft]), "u": np.array([u]), "u2": np.array([u2])}
    return case("speculative_accept", "transformers.generation.utils._speculative_sampling, one draft token", ins,
                {"token": tokens[:, 0], "accepted": accepted.reshape(1)}, differs=differs)


def searches():
    d = Draw("transformers searches")
    for vocab, k, length, alpha in ((5, 2, 4, 0.0), (6, 3, 4, 1.0), (7, 2, 6, 0.6), (12, 4, 5, 2.0)):
        table, start = d.bell(3.0, vocab, vocab).astype(np.float32), d.bell(3.0, vocab).astype(np.float32)
        yield search(table, start, k, length, alpha)
        lp, lengths, score = Bigram.of(table, start).transitions(k, length, alpha, eos=1)
        yield case("sequence_logprob", "generate(num_beams=k, length_penalty=alpha).sequences_scores of compute_transition_scores",
                   {"lp": lp, "lengths": lengths, "alpha": np.array(alpha, dtype=np.float32)}, {"score": score}, {"length_penalty": "power"})
    table = np.array([[-9, -9, 0], [0, 0, 0], [0, 0, 0]], dtype=np.float32)
    yield search(table, np.array([0, 0.125, 0.5], dtype=np.float32), 2, 2, 0.0, eos=2, differs="refilled beam")


def search(table, start, k, length, alpha, eos=None, differs=None):
    ins = {"table": table, "start": start, "k": np.array(k), "max_len": np.array(length), "length_penalty": np.array(alpha, dtype=np.float32)}
    if eos is not None:
        ins["eos"] = np.array(eos)
    score, tokens, lengths = Bigram.of(table, start).search(k, length, alpha, eos)
    return case("beam_search", "generate(num_beams=k, max_new_tokens=max_len, length_penalty, early_stopping='never')", ins,
                {"score": score, "tokens": tokens, "length": lengths}, differs=differs)
