"""SciPy: the softmax family, divergences, the multinomial, intervals, sampling."""
import numpy as np
import scipy
from scipy import optimize, special, stats
from scipy.spatial.distance import jensenshannon

from .cases import Draw, case, column
from .philox import Resamples

PACKAGE, VERSION = "scipy", scipy.__version__

DIFFERENCES = {
    "distance": ["from scipy.spatial.distance import jensenshannon",
                 "d = jensenshannon([1, 0], [0, 1])",
                 "print(round(d, 6), round(d**2, 6))"],
    "kl_div": ["from scipy.special import kl_div, rel_entr",
               "p, q = [2.0, 1.0], [1.0, 1.0]",
               "print(round(sum(kl_div(p, q)), 6), round(sum(rel_entr(p, q)), 6))"],
    "last mass": ["from scipy.stats import multinomial",
                  "print(multinomial.logpmf([1, 1], 2, [0.25, 0.25]).round(6))",
                  "print(multinomial.logpmf([1, 1], 2, [0.25, 0.75]).round(6))"],
    "cdf equals u": ["from scipy.stats import rv_discrete",
                     "d = rv_discrete(values=([0, 1], [0.5, 0.5]))",
                     "print(int(d.ppf(0.5)), int(d.ppf(0.5000001)))"],
}


def cases():
    yield from softmaxes()
    yield from entropies()
    yield from divergences()
    yield from multinomials()
    yield from posteriors()
    yield from intervals()
    yield from counting()
    yield from draws()
    yield from temperatures()


def softmaxes():
    d = Draw("scipy softmax")
    for _, x in d.logits():
        T = d.temperature(len(x))
        ins, z = {"x": x, "temperature": T}, x / column(T)
        yield case("softmax", "scipy.special.softmax(x/temperature, axis=1)", ins, {"y": special.softmax(z, axis=1)})
        yield case("log_softmax", "scipy.special.log_softmax(x/temperature, axis=1)", ins, {"y": special.log_softmax(z, axis=1)})
        yield case("logsumexp", "scipy.special.logsumexp(x/temperature, axis=1)", ins, {"lse": special.logsumexp(z, axis=1)})
    x = np.full((1, 3), -np.inf)
    yield case("logsumexp", "scipy.special.logsumexp(x, axis=1)", {"x": x}, {"lse": special.logsumexp(x, axis=1)})


def entropies():
    d = Draw("scipy entropy")
    for _, p in d.masses():
        yield case("entropy", "scipy.special.entr(p).sum(axis=1)", {"p": p}, {"H": special.entr(p).sum(axis=1)})
        p = p * 3
        for unit, base in (("nats", None), ("bits", 2)):
            yield case("entropy", f"scipy.stats.entropy(p, base={base}, axis=1)", {"p": p},
                       {"H": stats.entropy(p, base=base, axis=1)}, {"normalise": "yes", "unit": unit})
    for _, x in d.logits():
        yield case("entropy_from_logits", "scipy.stats.entropy(scipy.special.softmax(x, axis=1), axis=1)", {"x": x},
                   {"H": stats.entropy(special.softmax(x, axis=1), axis=1)})


def divergences():
    d = Draw("scipy divergences")
    for name, p, q in d.pairs():
        ins = {"p": p, "q": q}
        yield case("kl", "scipy.special.rel_entr(p, q).sum(axis=1)", ins, {"kl": special.rel_entr(p, q).sum(axis=1)})
        yield case("cross_entropy_pq", "-scipy.special.xlogy(p, q).sum(axis=1)", ins, {"H": -special.xlogy(p, q).sum(axis=1)})
        yield case("kl", "scipy.stats.entropy(2*p, 3*q, base=2, axis=1)", {"p": 2 * p, "q": 3 * q},
                   {"kl": stats.entropy(2 * p, 3 * q, base=2, axis=1)}, {"normalise": "yes", "unit": "bits"})
        yield case("js", "scipy.spatial.distance.jensenshannon(p, q, axis=1)**2", ins,
                   {"js": jensenshannon(p, q, axis=1) ** 2}, {"normalise": "yes"})
        yield case("js", "scipy.spatial.distance.jensenshannon(2*p, q, base=2, axis=1)**2", {"p": 2 * p, "q": q},
                   {"js": jensenshannon(2 * p, q, base=2, axis=1) ** 2}, {"normalise": "yes", "unit": "bits"})
        if name == "random":
            yield case("js", "scipy.spatial.distance.jensenshannon(p, q, axis=1)", ins,
                       {"js": jensenshannon(p, q, axis=1)}, {"normalise": "yes"}, differs="distance")
            yield case("kl", "scipy.special.kl_div(p, q).sum(axis=1)", {"p": 2 * p, "q": q},
                       {"kl": special.kl_div(2 * p, q).sum(axis=1)}, differs="kl_div")
    for n in (2, 3, 5):
        table = 1 + d.ints(40, n, n + 1)
        g = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
        yield case("mutual_information", "scipy.stats.chi2_contingency(joint, lambda_='log-likelihood').statistic/(2*joint.sum())",
                   {"joint": table.astype(float)}, {"mi": g / (2 * table.sum())}, {"normalise": "yes"})


def multinomials():
    d = Draw("scipy multinomial")
    for name, p in d.masses():
        if name == "one-hot":
            continue
        p[:, -1] = 1 - p[:, :-1].sum(axis=1)  # what logpmf does to it anyway
        for most in (3, 40):
            counts = d.ints(most, *p.shape) * (p > 0)
            yield case("multinomial_logpmf", "scipy.stats.multinomial.logpmf(counts, counts.sum(axis=1), p)",
                       {"p": p, "counts": counts}, {"logpmf": stats.multinomial.logpmf(counts, counts.sum(axis=1), p)})
    p, counts = np.array([[0.25, 0.25]]), np.array([[1, 1]])
    yield case("multinomial_logpmf", "scipy.stats.multinomial.logpmf(counts, 2, p)", {"p": p, "counts": counts},
               {"logpmf": stats.multinomial.logpmf(counts, 2, p)}, differs="last mass")


def posteriors():
    d = Draw("scipy posteriors")
    for _, x in d.logits(masks=False):
        prior, T = d.reals(*x.shape) + 0.01, d.temperature(len(x))
        z = x / column(T) + np.log(prior)
        yield case("relevance_posterior", "scipy.special.softmax(score/temperature + numpy.log(prior), axis=1)",
                   {"score": x, "temperature": T, "prior": prior}, {"posterior": special.softmax(z, axis=1)})
        lp = special.log_softmax(d.bell(2.0, *x.shape), axis=1)
        yield case("bayes_posterior", "scipy.special.log_softmax and logsumexp of prior + likelihood", {"prior": lp, "likelihood": x},
                   {"posterior": special.log_softmax(lp + x, axis=1), "evidence": special.logsumexp(lp + x, axis=1)}, {"form": "log"})


def intervals():
    d = Draw("scipy intervals")
    for n in (2, 5, 30):
        x, c = d.bell(2.0, 2, n), 0.5 + 0.49 * d.reals(2)
        mean, sem = x.mean(axis=1), stats.sem(x, axis=1)
        low, high = stats.t.interval(c, n - 1, loc=mean, scale=sem)
        yield case("monte_carlo", "scipy.stats.sem; scipy.stats.t.interval(confidence, n-1, loc=mean, scale=sem)",
                   {"samples": x, "confidence": c}, {"mean": mean, "stderr": sem, "lower": low, "upper": high})
        for B, seed in ((100, 7), (251, 12345678901)):
            c = np.array(0.9 if B == 100 else 0.95)
            out = stats.bootstrap((x[0],), np.mean, n_resamples=B, confidence_level=float(c), method="percentile", rng=Resamples(seed), batch=B)
            yield case("bootstrap_ci", "scipy.stats.bootstrap((samples,), numpy.mean, method='percentile', rng=the operation's indices)",
                       {"samples": x[:1], "resamples": np.array(B), "confidence": c, "seed": np.array(seed, dtype=np.uint64)},
                       {"lower": [out.confidence_interval.low], "upper": [out.confidence_interval.high]})
        q = np.array(d.choice([0.0, 0.05, 0.25, 0.5, 1.0]))
        yield case("worst_case", "scipy.stats.quantile(samples, quantile, axis=1, method='linear')", {"samples": x, "quantile": q},
                   {"value": stats.quantile(x, float(q), axis=1, method="linear")})


def counting():
    n = np.array([5, 10, 20, 50, 100, 200, 10, 10])
    c = np.array([1, 3, 0, 7, 40, 3, 10, 9])
    k = np.array([1, 2, 5, 10, 10, 100, 3, 2])
    yield case("pass_at_k", "scipy.stats.hypergeom.sf(0, n, c, k)", {"n": n, "c": c, "k": k}, {"pass": stats.hypergeom.sf(0, n, c, k)})


def draws():
    d = Draw("scipy draws")
    for name, p in d.masses():
        if name in ("one-hot", "long"):
            continue
        u = d.reals(len(p))
        token = [stats.rv_discrete(values=(range(len(row)), row)).ppf(v) for row, v in zip(p, u)]
        yield case("sample_probs", "scipy.stats.rv_discrete(values=(range(V), p)).ppf(u)", {"p": p, "u": u}, {"token": np.array(token, dtype=np.int64)})
    p, u = np.array([[0.5, 0.5]]), np.array([0.5])
    token = stats.rv_discrete(values=([0, 1], p[0])).ppf(u)
    yield case("sample_probs", "scipy.stats.rv_discrete(values=([0, 1], p)).ppf(u)", {"p": p, "u": u}, {"token": token.astype(np.int64)}, differs="cdf equals u")


def temperatures():
    d = Draw("scipy temperatures")
    for spread, n in ((1.0, 40), (3.0, 60), (6.0, 25)):
        x = d.bell(spread, n, 4)
        label = np.argmax(x + d.bell(1.0 + spread, n, 4), axis=1)
        at = x[np.arange(n), label]
        slope = lambda b: np.mean((special.softmax(b * x, axis=1) * x).sum(axis=1) - at)
        b = optimize.brentq(slope, 0.01, 100, xtol=1e-15, rtol=1e-15)
        nll = np.mean(special.logsumexp(b * x, axis=1) - b * at)
        yield case("temperature_fit", "scipy.optimize.brentq of the mean loss's derivative in 1/T", {"x": x, "label": label},
                   {"temperature": 1 / b, "nll": nll})
