"""PyTorch in float64: losses and their gradients by autograd, divergences, attention."""
import numpy as np
import torch
from torch import distributions
from torch.nn import functional as F

from .cases import Draw, case, column

PACKAGE, VERSION = "torch", torch.__version__
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

DIFFERENCES = {
    "0 log 0": ["import torch",
                "p = torch.tensor([[1.0, 0.0]])",
                "print(torch.nn.functional.kl_div(p.log(), p, reduction='sum').item())"],
    "order of ties": ["import torch",
                      "x = torch.tensor([0.0, 3, 3, 1, 3, 2])",
                      "print(torch.topk(x, 2).indices.tolist())"],
    "ties of extensions": ["import torch",
                           "score, x = torch.zeros(1, 1), torch.zeros(1, 4)",
                           "print(torch.topk((score + torch.log_softmax(x, 1)).flatten(), 2).indices.tolist())"],
    "0 times infinity": ["import torch",
                         "x, q = torch.tensor([[0.0, -torch.inf]]), torch.tensor([[1.0, 0.0]])",
                         "print(torch.nn.functional.cross_entropy(x, q).item())"],
}


def t(v):
    return torch.from_numpy(np.array(v))


def grad(f, x):
    """The gradient of the scalar f(x)."""
    x = t(x).requires_grad_()
    f(x).backward()
    return x.grad.numpy()


def cases():
    yield from softmaxes()
    yield from losses()
    yield from divergences()
    yield from choices()
    yield from attentions()
    yield from statistics()


def softmaxes():
    d = Draw("torch softmax")
    for _, x in d.logits():
        T = d.temperature(len(x))
        ins, z, dy = {"x": x, "temperature": T}, t(x) / t(column(T)), d.bell(1.0, *x.shape)
        y = torch.softmax(z, 1)
        yield case("softmax", "torch.softmax(x/temperature, 1)", ins, {"y": y})
        yield case("log_softmax", "torch.log_softmax(x/temperature, 1)", ins, {"y": torch.log_softmax(z, 1)})
        yield case("logsumexp", "torch.logsumexp(x/temperature, 1)", ins, {"lse": torch.logsumexp(z, 1)})
        dx = grad(lambda x: (torch.softmax(x / t(column(T)), 1) * t(dy)).sum(), x)
        yield case("softmax_backward", "autograd of (torch.softmax(x/temperature, 1)*dy).sum()", {"y": y, "dy": dy, "temperature": T}, {"dx": dx})
        label = d.labels(x)
        yield case("token_logprobs", "torch.log_softmax(x/temperature, 1).gather(1, label)", {**ins, "label": label},
                   {"lp": torch.log_softmax(z, 1).gather(1, t(label)[:, None])})
        yield case("entropy_from_logits", "torch.distributions.Categorical(logits=x/temperature).entropy()", ins,
                   {"H": distributions.Categorical(logits=z).entropy()})


def losses():
    d = Draw("torch losses")
    for _, x in d.logits(masks=False):
        label, T, g, q = d.labels(x), d.temperature(len(x)), np.array(0.5), d.reals(*x.shape)
        rows, vocab = x.shape
        for reduction in ("mean", "sum", "none"):
            ins = {"x": x, "label": label, "temperature": T}
            more = {"reduction": reduction}
            if reduction != "none":
                ins["smoothing"] = np.array(d.choice([0.0, 0.1, 0.25]))
                more["label_smoothing"] = float(ins["smoothing"])
            if reduction == "mean":
                ins["weight"] = 0.25 + d.reals(vocab)
                more["weight"] = t(ins["weight"])
            if rows > 1:
                ins["ignore_index"] = np.array(label[0])
                more["ignore_index"] = int(label[0])
            asks = f"torch.nn.functional.cross_entropy(x/temperature, label, {', '.join(more)})"
            loss = F.cross_entropy(t(x) / t(column(T)), t(label), **more)
            if rows > 1 and (label == label[0]).all() and reduction == "mean":
                continue
            yield case("cross_entropy", asks, ins, {"loss" if reduction == "none" else "reduced": loss}, {"reduction": reduction})
            dx = grad(lambda x: float(g) * F.cross_entropy(x / t(column(T)), t(label), **more).sum(), x)
            yield case("cross_entropy_backward", "autograd of g*" + asks, {**ins, "g": g}, {"dx": dx}, {"reduction": reduction})
        q /= q.sum(axis=1, keepdims=True)
        yield case("cross_entropy_soft", "torch.nn.functional.cross_entropy(x, q, reduction='none')", {"x": x, "q": q},
                   {"loss": F.cross_entropy(t(x), t(q), reduction="none")})
    x, label = d.bell(2.0, 2, 4), np.array([-100, -100])
    yield case("cross_entropy", "torch.nn.functional.cross_entropy(x, label), all labels ignored", {"x": x, "label": label, "ignore_index": np.array(-100)},
               {"reduced": F.cross_entropy(t(x), t(label))})
    x, q = np.array([[0.0, -np.inf]]), np.array([[1.0, 0.0]])
    yield case("cross_entropy_soft", "torch.nn.functional.cross_entropy(x, q, reduction='none')", {"x": x, "q": q},
               {"loss": F.cross_entropy(t(x), t(q), reduction="none")}, differs="0 times infinity")
    for estimator, f in (("k1", lambda r: -r), ("k2", lambda r: r**2 / 2), ("k3", lambda r: r.exp() - 1 - r)):
        lp, lq = -d.reals(9) * 6, -d.reals(9) * 6
        yield case("kl_penalty", "the estimator in torch, its gradient by autograd", {"lp": lp, "lq": lq},
                   {"penalty": f(t(lq) - t(lp)), "mean": f(t(lq) - t(lp)).mean(), "gradient": grad(lambda lp: f(t(lq) - lp).sum(), lp)}, {"estimator": estimator})


def divergences():
    d = Draw("torch divergences")
    for name, p, q in d.pairs():
        kl = F.kl_div(t(q).log(), t(p), reduction="none").sum(1)
        yield case("kl", "torch.nn.functional.kl_div(q.log(), p, reduction='none').sum(1)", {"p": p, "q": q}, {"kl": kl},
                   differs="0 log 0" if name == "q has zeros" else None)
        yield case("entropy", "torch.special.entr(p).sum(1)", {"p": p}, {"H": torch.special.entr(t(p)).sum(1)})
        yield case("entropy", "torch.distributions.Categorical(probs=p).entropy()", {"p": p}, {"H": distributions.Categorical(probs=t(p)).entropy()},
                   {"normalise": "yes"})
    for _, x in d.logits(masks=False):
        y = x + d.bell(1.0, *x.shape)
        yield case("kl_from_logits", "torch.nn.functional.kl_div(log_softmax(y), log_softmax(x), log_target=True)", {"x": x, "y": y},
                   {"kl": F.kl_div(F.log_softmax(t(y), 1), F.log_softmax(t(x), 1), log_target=True, reduction="none").sum(1)})
    for name, p in d.masses():
        counts = d.ints(6, *p.shape) * (p > 0)
        lp = [distributions.Multinomial(int(c.sum()), probs=t(row)).log_prob(t(c)) for row, c in zip(p, counts)]
        yield case("multinomial_logpmf", "torch.distributions.Multinomial(counts.sum(), probs=p).log_prob(counts)", {"p": p, "counts": counts}, {"logpmf": lp})


def choices():
    d = Draw("torch choices")
    def top(x, k, differs=None):
        value, index = torch.topk(t(x), k)
        return case("top_k", "torch.topk(x, k)", {"x": x, "k": np.array(k)}, {"value": value, "index": index}, differs=differs)

    def step(x, score, k, differs=None):
        best, flat = torch.topk((torch.log_softmax(t(x), 1) + t(score)[:, None]).flatten(), k)
        return case("beam_step", "torch.topk((torch.log_softmax(x, 1) + score[:, None]).flatten(), k)", {"x": x, "score": score, "k": np.array(k)},
                    {"best": best, "parent": flat // x.shape[1], "token": flat % x.shape[1]}, differs=differs)

    for name, x in d.logits():
        u, noise, k = d.reals(len(x)), d.reals(*x.shape) * 0.999 + 0.0005, min(3, x.shape[1])
        yield case("argmax", "torch.argmax(x, 1)", {"x": x}, {"token": torch.argmax(t(x), 1)})
        yield case("sample_gumbel", "torch.argmax(x - torch.log(-torch.log(u)), 1)", {"x": x, "u": noise}, {"token": torch.argmax(t(x) - torch.log(-torch.log(t(noise))), 1)})
        cdf = torch.softmax(t(x), 1).cumsum(1)
        yield case("sample_logits", "torch.searchsorted(torch.softmax(x, 1).cumsum(1), u, right=True)", {"x": x, "u": u},
                   {"token": torch.searchsorted(cdf, t(u)[:, None] * cdf[:, -1:], right=True)})
        if name != "ties":
            yield top(x, k)
            yield step(x, d.bell(2.0, len(x)), k)
    yield top(np.array([[0.0, 3, 3, 1, 3, 2]]), 2, "order of ties")
    yield step(np.zeros((1, 4)), np.zeros(1), 2, "ties of extensions")
    x = np.array([[1.0, np.nan, 3.0, np.nan], [2.0, np.inf, np.inf, 0.0]])
    yield case("argmax", "torch.argmax(x, 1)", {"x": x}, {"token": torch.argmax(t(x), 1)})


def attentions():
    d = Draw("torch attention")
    for rows, keys, d_k, d_v in ((3, 5, 4, 2), (6, 6, 8, 8), (1, 40, 16, 4)):
        Q, K, V = d.bell(1.5, rows, d_k), d.bell(1.5, keys, d_k), d.bell(1.5, keys, d_v)
        ins, bias = {"Q": Q, "K": K, "V": V}, d.bell(1.0, rows, keys)
        bias[:, ::4] = -np.inf
        ask = lambda **more: F.scaled_dot_product_attention(t(Q)[None], t(K)[None], t(V)[None], **more)[0]
        sdpa = "torch.nn.functional.scaled_dot_product_attention(Q, K, V"
        yield case("attention", sdpa + ")", ins, {"O": ask()})
        yield case("attention", sdpa + ", is_causal=True, scale=scale)", {**ins, "scale": np.array(0.3)}, {"O": ask(is_causal=True, scale=0.3)}, {"mask": "causal"})
        yield case("attention", sdpa + ", attn_mask=bias)", {**ins, "bias": bias}, {"O": ask(attn_mask=t(bias))})
        blind = bias.copy()
        blind[0] = -np.inf
        yield case("attention", sdpa + ", attn_mask=bias), a row that sees no key", {**ins, "bias": blind}, {"O": ask(attn_mask=t(blind))})
        x, c = d.bell(6.0, rows, keys), 5.0
        yield case("attention_softmax", "torch.softmax(softcap*torch.tanh(scale*x/softcap) + bias, 1)", {"x": x, "scale": np.array(0.4), "softcap": np.array(c), "bias": bias},
                   {"y": torch.softmax(c * torch.tanh(0.4 * t(x) / c) + t(bias), 1)})


def statistics():
    d = Draw("torch statistics")
    for n in (2, 5, 40):
        x, q = d.bell(2.0, 3, n), np.array(d.choice([0.0, 0.05, 0.5, 0.9]))
        yield case("worst_case", "torch.quantile(samples, quantile, 1)", {"samples": x, "quantile": q}, {"value": torch.quantile(t(x), float(q), dim=1)})
        yield case("monte_carlo", "samples.mean(1); samples.std(1)/sqrt(n)", {"samples": x}, {"mean": t(x).mean(1), "stderr": t(x).std(1) / n**0.5})
        conf, correct = d.confidences(n)
        yield case("brier", "torch.nn.functional.mse_loss(conf, correct)", {"conf": conf, "correct": correct}, {"brier": F.mse_loss(t(conf), t(correct).double())})
