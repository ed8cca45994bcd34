"""A softmax in NumPy, to be judged:  assay verify --exec "python3 softmax.py" """

import numpy as np

from assay_kernel import Reject, kernel, serve


@kernel("softmax", dtypes="f32,f64")
def softmax(x, temperature=1.0):
    """y = exp((x - m) / T) / sum exp((x - m) / T), m the largest of each row."""
    t = np.asarray(temperature, x.dtype).reshape(-1, 1)  # one, or one for each row
    for row, v in enumerate(t[:, 0]):
        if np.isnan(v) or v < 0:
            raise Reject("temperature", "temperature_nan" if np.isnan(v) else "temperature_negative", v, "a number >= 0", row)
    if x.shape[1] == 0:
        return np.empty_like(x)
    with np.errstate(all="ignore"):  # what has no softmax comes out as NaN
        m = x.max(axis=1, keepdims=True)
        d = x - m  # NaN where m is infinite, as it should be
        y = np.exp(d / t)
        y = np.where(np.isneginf(x) & np.isfinite(m), 0, y)  # masked whatever T is
        y = y / y.sum(axis=1, keepdims=True)
        greedy = np.zeros_like(x)  # T = 0: all on the first of the largest
        greedy[np.arange(len(x)), x.argmax(axis=1)] = 1
        y = np.where((t == 0) & np.isfinite(m), greedy, y)
    return y.astype(x.dtype)


serve()
