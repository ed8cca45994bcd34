"""The indices of bootstrap_ci, handed to SciPy's bootstrap as its generator."""
import numpy as np


def philox4x32(counter, key):
    """Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011): four words from four and two."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        a, b = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & 0xFFFFFFFF, (a >> 32) ^ c3 ^ k1, a & 0xFFFFFFFF
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


class Resamples(np.random.Generator):
    """A generator whose integers are those of bootstrap_ci's resamples, once."""

    def __init__(self, seed):
        super().__init__(np.random.PCG64(0))
        self.key = (seed & 0xFFFFFFFF, seed >> 32)

    def integers(self, low, high=None, size=None, **_):
        assert low == 0 and len(size) == 2, (low, high, size)
        return np.array([[self.index(b, j, high) for j in range(size[1])] for b in range(size[0])])

    def index(self, b, j, n):
        w = philox4x32((j, b, 0, 0), self.key)
        return ((w[0] << 32 | w[1]) * n) >> 64
