"""What the packages are asked, and how an answer is written down.

Inputs come from a generator seeded by a name and from integers and exactly rounded
operations, so every machine makes the same ones; but for probabilities and logarithms
that a package made, which may differ in the last bits. No two packages share a case:
their files can be made apart.
"""
import random

import numpy as np

ELEMENT = {"float64": "f64", "float32": "f32", "int64": "i64", "uint64": "u64"}


class Draw(random.Random):
    """Random inputs; Draw("scipy softmax") gives the same ones everywhere."""

    def reals(self, *shape):
        """Uniform in [0, 1), all 53 bits."""
        return np.array([self.random() for _ in range(int(np.prod(shape)))]).reshape(shape)

    def ints(self, below, *shape):
        return np.floor(self.reals(*shape) * below).astype(np.int64)

    def bell(self, spread, *shape):
        """Bell-shaped, |x| < 2*spread."""
        return spread * (self.reals(*shape) + self.reals(*shape) + self.reals(*shape) + self.reals(*shape) - 2)

    def logits(self, masks=True):
        """Rows of logits of every kind that tells implementations apart, by name."""
        yield "random", self.bell(3.0, 3, 7)
        yield "wide", self.bell(25.0, 2, 9)
        yield "near uniform", 5 + self.bell(0.001, 2, 8)
        yield "ties", self.ints(4, 3, 6).astype(float)
        yield "offset", 1000 + self.bell(2.0, 2, 5)
        yield "short", self.bell(3.0, 2, 1)
        yield "long", self.bell(2.0, 1, 130)
        x = self.bell(2.0, 2, 6)
        x[:, 3] += 30
        yield "dominant", x
        if masks:
            x = self.bell(3.0, 3, 6)
            x[:, 1::2] = -np.inf
            yield "masked", x

    def masses(self):
        """Rows of masses that sum to about 1, by name."""
        r = self.reals(2, 5)
        for name, p in (("random", self.reals(3, 6)), ("long", self.reals(1, 90)), ("peaked", r * r * r * r * r * r)):
            yield name, p / p.sum(axis=1, keepdims=True)
        yield "powers", np.array([[0.5, 0.25, 0.125, 0.125], [0.25, 0.25, 0.25, 0.25]])
        p = self.reals(3, 7)
        p[:, ::3] = 0
        yield "zeros", p / p.sum(axis=1, keepdims=True)
        yield "one-hot", np.eye(3)

    def pairs(self):
        """Pairs of rows of masses: apart, close, and where q lacks what p has."""
        for name, p in self.masses():
            q = self.reals(*p.shape) + 0.01
            yield name, p, q / q.sum(axis=1, keepdims=True)
        p = self.reals(2, 6) + 0.1
        q = p + self.reals(2, 6) / 1024
        yield "close", p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)
        yield "q has zeros", np.array([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5]]), np.array([[1.0, 0.0, 0.0], [0.5, 0.0, 0.5]])

    def temperature(self, rows):
        """1, another number, or one a row."""
        return [np.array(1.0), np.array(0.7), np.array(2.5), 0.25 + 2 * self.reals(rows)][self.ints(4, 1)[0]]

    def labels(self, x):
        """A label for each row, above -inf."""
        return np.array([self.choice(np.flatnonzero(row > -np.inf)) for row in x], dtype=np.int64)

    def confidences(self, n, bins=0):
        """Confidences and whether each was right; off the bins' edges where bins is given."""
        conf = self.reals(n)
        if bins:
            conf = (np.floor(conf * bins) + 0.125 + 0.75 * self.reals(n)) / bins
        return conf, (self.reals(n) < conf).astype(np.int64)


def column(t):
    """A parameter, scalar or one a row, as it divides rows."""
    return np.reshape(t, (-1, 1)) if np.ndim(t) else t


def case(op, asks, ins, outs, choice=None, differs=None, within=1e-12):
    """One question and its answer: asks is the package's call, in the inputs' names.
    differs names a difference; within is how well the answer is determined, as a part
    of itself, where the package searches for it."""
    return {"op": op, "asks": asks, "choice": choice or {}, "differs": differs, "within": within,
            "in": {n: tensor(v) for n, v in ins.items()}, "out": {n: values(v) for n, v in outs.items()}}


def tensor(v):
    v = np.asarray(v)
    return {"t": ELEMENT[v.dtype.name], "s": list(v.shape), "v": values(v)}


def values(v):
    """Decimal numbers that read back to the same bits, integers as they are; ? where
    there is a place and no answer (None)."""
    return " ".join("?" if x is None else repr(x) for x in np.asarray(v).ravel().tolist())
