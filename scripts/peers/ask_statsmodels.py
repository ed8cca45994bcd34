"""statsmodels: intervals of the mean, and the multinomial logit's likelihood."""
import numpy as np
import statsmodels
from statsmodels.discrete.discrete_model import MNLogit
from statsmodels.stats.weightstats import DescrStatsW

from .cases import Draw, case

PACKAGE, VERSION = "statsmodels", statsmodels.__version__

DIFFERENCES = {}


def cases():
    d = Draw("statsmodels intervals")
    for n in (2, 3, 8, 40, 100):
        x, c = d.bell(2.0, 1, n), np.array(0.8 + 0.19 * d.random())
        s = DescrStatsW(x[0])
        low, high = s.tconfint_mean(alpha=1 - float(c))
        yield case("monte_carlo", "statsmodels.stats.weightstats.DescrStatsW(samples): mean, std_mean, tconfint_mean(1-confidence)",
                   {"samples": x, "confidence": c}, {"mean": [s.mean], "stderr": [s.std_mean], "lower": [low], "upper": [high]})
    for spread, n, v in ((1.0, 6, 3), (4.0, 9, 4), (12.0, 8, 5), (1.0, 12, 2)):
        x = d.bell(spread, n, v)
        x[:, 0] = 0  # MNLogit's first class is the base
        label = np.concatenate([np.arange(v), d.ints(v, n - v)])
        model = MNLogit(label, np.eye(n))  # a coefficient for every row: params are the logits
        ins, params = {"x": x, "label": label}, x[:, 1:].ravel("F")
        yield case("cross_entropy", "-statsmodels MNLogit(label, eye(N)).loglikeobs(x).sum(axis=1)", ins,
                   {"loss": -model.loglikeobs(params).sum(axis=1), "reduced": -model.loglike(params)}, {"reduction": "sum"})
        dx = np.full((n, v), None)
        dx[:, 1:] = -model.score(params).reshape(v - 1, n).T
        yield case("cross_entropy_backward", "-statsmodels MNLogit(label, eye(N)).score(x), but for the base class", ins,
                   {"dx": dx}, {"reduction": "sum"})
        yield case("softmax", "statsmodels MNLogit(label, eye(N)).predict(x)", {"x": x}, {"y": model.cdf(x[:, 1:])})
