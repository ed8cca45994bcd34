"""torchmetrics in float64: calibration error, perplexity, divergences."""
import numpy as np
import torch
import torchmetrics
from torchmetrics.functional.classification import binary_calibration_error
from torchmetrics.functional.clustering import mutual_info_score
from torchmetrics.functional.regression import jensen_shannon_divergence, kl_divergence
from torchmetrics.functional.text import perplexity

from .cases import Draw, case

PACKAGE, VERSION = "torchmetrics", torchmetrics.__version__
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

DIFFERENCES = {
    "bins [lo, hi)": ["import torch; from torchmetrics.functional.classification import binary_calibration_error",
                      "conf, correct = torch.tensor([0.5, 1.0, 0.75]), torch.tensor([1, 0, 1])",
                      "print(round(binary_calibration_error(conf, correct, n_bins=2).item(), 6))"],
    "log of the softmax": ["import torch; from torchmetrics.functional.text import perplexity",
                           "x = torch.tensor([[[0.0, -800.0], [0.0, -800.0]]]).double()",
                           "print(perplexity(x, torch.tensor([[0, 1]])).item())"],
}


def t(v):
    return torch.from_numpy(np.array(v))


def cases():
    d = Draw("torchmetrics")
    for n, bins in ((40, 5), (200, 10), (100, 15)):
        conf, correct = d.confidences(n, bins)
        for norm in ("l1", "l2", "max"):
            v = binary_calibration_error(t(conf), t(correct), n_bins=bins, norm=norm)
            yield case("ece", f"torchmetrics binary_calibration_error(conf, correct, n_bins=bins, norm='{norm}')",
                       {"conf": conf, "correct": correct, "bins": np.array(bins)}, {"ece": v}, {"norm": norm})
    conf, correct = np.array([0.5, 1.0, 0.75]), np.array([1, 0, 1])
    yield case("ece", "torchmetrics binary_calibration_error(conf, correct, n_bins=2)", {"conf": conf, "correct": correct, "bins": np.array(2)},
               {"ece": binary_calibration_error(t(conf), t(correct), n_bins=2)}, differs="bins [lo, hi)")
    for _, x in d.logits(masks=False):
        label = d.labels(np.where(x > x.max(axis=1, keepdims=True) - 600, x, -np.inf))
        ignored = int(label[0]) if len(set(label.tolist())) > 1 else -100
        yield from perplexities(x, label, ignored)
    yield from perplexities(np.array([[0.0, -800.0], [0.0, -800.0]]), np.array([0, 1]), -100, "log of the softmax")
    for _, p, q in d.pairs():
        yield case("kl", "torchmetrics kl_divergence(2*p, q, reduction=None)", {"p": 2 * p, "q": q},
                   {"kl": kl_divergence(t(2 * p), t(q), reduction=None)}, {"normalise": "yes"})
        yield case("js", "torchmetrics jensen_shannon_divergence(2*p, q, reduction=None)", {"p": 2 * p, "q": q},
                   {"js": jensen_shannon_divergence(t(2 * p), t(q), reduction=None)}, {"normalise": "yes"})
    for n in (30, 200):
        a, b = d.ints(3, n), d.ints(4, n)
        b[a == 0] = 0
        table = np.zeros((3, 4))
        np.add.at(table, (a, b), 1)
        yield case("mutual_information", "torchmetrics mutual_info_score(preds, target), joint their table", {"joint": table},
                   {"mi": mutual_info_score(t(a), t(b))}, {"normalise": "yes"})


def perplexities(x, label, ignored, differs=None):
    nll = torch.nn.functional.cross_entropy(t(x), t(label), reduction="none")
    v = perplexity(t(x)[None], t(label)[None], ignore_index=ignored)
    ins = {"nll": nll, "mask": (label != ignored).astype(np.int64)}
    asks = "torchmetrics perplexity(logits, target, ignore_index), nll torch's cross_entropy of these"
    yield case("perplexity", asks, ins, {"ppl": v}, differs=differs)
    if differs is None:
        yield case("bits_per_token", "log2 of " + asks, ins, {"bits": torch.log2(v)})
