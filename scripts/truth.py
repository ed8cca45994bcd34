#!/usr/bin/env python3
"""Truth for the reference: every real-valued operation at 60 digits.

    python3 scripts/truth.py [operation ...]     # needs mpmath 1.3

writes reference/testdata/truth/<operation>.jsonl, which reference/truth_test.go
reads. A line is a case: its class, the choices, the inputs (hexadecimal floats
or integers, so that both sides read the same numbers), the outputs to 22 digits,
and for each output C = sum |x df/dx| over all real inputs x: what a relative
change of the inputs does to it. The reference must lie within
4*2^-53*(|truth| + C), everywhere.

To add an operation, write a function of its name's inputs below, decorated with
@truth, and a generator of its cases. One rule gives every derivative: x df/dx =
(f(x(1+h)) - f(x))/h at h = 1e-22, which 60 digits leave right to 20 or more; a
formula that cancels asks for more digits. Decisions that are discrete (which
tokens a nucleus keeps, which bin a sample is in) are made once, at the inputs
themselves, and kept while C is found. Every operation seeds its own cases: the
same file comes out each time, alone or with the others.
"""
import json, os, random, struct, sys
from mpmath import mp, mpf, exp, log, log1p, expm1, sqrt, tanh, inf, nan, loggamma, floor, ceil, betainc, findroot, isnan, isinf

mp.dps = 60
STEP = mpf(10) ** -22
HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "reference", "testdata", "truth")
OPS = {}
ROWS = ["dominant", "near_uniform", "masked", "offset", "temperatures", "wide", "subnormals", "ties", "short", "random"]


LARGEST = mpf(2) ** 1024 * (1 - mpf(2) ** -54)  # from here on float64 rounds to infinity
MASSES = ["dominant", "near_uniform", "masked", "powers", "wide", "subnormals", "ties", "short", "random"]


def truth(cases, digits=60):
    def register(f):
        OPS[f.__name__] = (f, cases, digits)
        return f
    return register


class T:
    """A tensor: element type, shape, flat values (Python numbers)."""
    def __init__(self, t, shape, values):
        self.t, self.s, self.v = t, shape, [fit(t, v) for v in values]
        n = 1
        for d in shape:
            n *= d
        assert n == len(self.v), (shape, len(self.v))

    def real(self):
        return self.t in ("f64", "f32", "bf16", "f16")


def fit(t, v):
    """v rounded to the element type."""
    if t == "f64":
        return float(v)
    if t == "f32":
        v = float(v)
        return v if v in (float("inf"), -float("inf")) else struct.unpack("f", struct.pack("f", v))[0]
    return int(v)


def text(v):
    return v.hex() if isinstance(v, float) else str(v)


def number(v):
    if isnan(v):
        return "NaN"
    if abs(v) >= LARGEST:
        return "+Inf" if v > 0 else "-Inf"
    return mp.nstr(v, 22, strip_zeros=True)


def evaluate(f, ins, choice):
    """Outputs and their C."""
    keep = {}
    at = {n: [mpf(x) for x in t.v] for n, t in ins.items()}
    shape = {n: t.s for n, t in ins.items()}
    base = f(at, shape, choice, keep)
    C = {o: [mpf(0)] * len(v) for o, v in base.items()}
    for n, t in ins.items():
        if not t.real():
            continue
        for i, x in enumerate(t.v):
            if x == 0 or x != x or abs(x) == float("inf"):
                continue
            moved = dict(at)
            moved[n] = list(at[n])
            moved[n][i] = at[n][i] * (1 + STEP)
            y = f(moved, shape, choice, keep)
            for o in base:
                for j in range(len(base[o])):
                    d = abs(y[o][j] - base[o][j]) / STEP
                    if not isnan(d) and not isinf(d):
                        C[o][j] += d
    return base, C


def write(name, f, cases, digits):
    random.seed("truth " + name)
    mp.dps = digits
    os.makedirs(HERE, exist_ok=True)
    path = os.path.join(HERE, name + ".jsonl")
    count = 0
    with open(path, "w") as out:
        for cls, ins, choice in cases():
            y, C = evaluate(f, ins, choice)
            line = {"class": cls}
            if choice:
                line["choice"] = choice
            line["in"] = {n: {"t": t.t, "s": t.s, "v": " ".join(map(text, t.v))} for n, t in ins.items()}
            line["out"] = {o: " ".join(map(number, v)) for o, v in y.items()}
            line["c"] = {o: " ".join(mp.nstr(c, 4) for c in v) for o, v in C.items()}
            out.write(json.dumps(line, separators=(",", ":")) + "\n")
            count += 1
    print(f"{name}: {count} cases, {os.path.getsize(path)} bytes")


# Input classes.

def row(cls, V):
    """One row of logits of a class, and a temperature."""
    g = lambda s: random.gauss(0, s)
    Ts = [1, 1, 0.7, 0.2, 2]
    temp = random.choice(Ts)
    if cls == "dominant":
        x = [g(1) for _ in range(V)]
        x[random.randrange(V)] += random.choice([5, 17, 40, 90, 300])
    elif cls == "near_uniform":
        x = [3 + g(1e-6) for _ in range(V)]
    elif cls == "masked":
        x = [g(3) if random.random() < 0.5 else -float("inf") for _ in range(V)]
        x[random.randrange(V)] = g(3)
    elif cls == "offset":
        off = random.choice([1e2, -1e4, 1e6, -3e7, 1e10])
        x = [off + g(4) for _ in range(V)]
    elif cls == "temperatures":
        x, temp = [g(3) for _ in range(V)], random.choice([1e-6, 1e-3, 0.01, 0.1, 0.5, 1.5, 10, 1e3, 1e8])
    elif cls == "wide":
        x = [g(200) for _ in range(V)]
    elif cls == "subnormals":
        x = [g(3) * random.choice([1e-40, 5e-39, 1e-300, 1]) for _ in range(V)]
    elif cls == "ties":
        x = [float(random.randrange(3)) for _ in range(V)]
    else:
        x = [g(3) for _ in range(V)]
    return x, temp


def sizes(cls):
    return random.choice([1, 2, 2, 3]) if cls == "short" else random.choice([2, 3, 5, 8, 12])


def row_cases(each=22):
    for cls in ROWS:
        for i in range(each):
            V = sizes(cls)
            x, temp = row(cls, V)
            t = "f32" if i % 2 else "f64"
            yield cls, t, V, x, temp


def by_row(add):
    """Cases of one row of logits of every class; add gives the inputs and choices."""
    return lambda: ((c[0], *add(n, *c)) for n, c in enumerate(row_cases()))


def by_mass(add, each=24):
    """Cases of one row of masses of every class, likewise."""
    def cases():
        for n, cls in enumerate(c for c in MASSES for _ in range(each)):
            V = sizes(cls)
            yield (cls, *add(n, cls, "f32" if n % 2 else "f64", V, masses(cls, V)))
    return cases


def masses(cls, V):
    """Masses, not normalised, of a class."""
    if cls == "dominant":
        p = [random.random() * 10.0 ** -random.randrange(1, 30) for _ in range(V)]
        p[random.randrange(V)] = 1.0
    elif cls == "near_uniform":
        p = [1.0 / V * (1 + random.gauss(0, 1e-6)) for _ in range(V)]
    elif cls == "masked":
        p = [random.random() if random.random() < 0.5 else 0.0 for _ in range(V)]
        p[random.randrange(V)] = random.random() + 0.1
    elif cls == "wide":
        p = [10.0 ** random.uniform(-35, 3) for _ in range(V)]
    elif cls == "powers":
        p = [random.uniform(1, 2) * 2.0 ** random.choice([-120, -60, 0, 60, 120]) for _ in range(V)]
    elif cls == "subnormals":
        p = [random.random() * random.choice([1e-40, 3e-39, 1e-310, 1]) for _ in range(V)]
        p[random.randrange(V)] = random.random() + 0.1
    elif cls == "ties":
        p = [random.choice([0.25, 0.5, 1.0]) for _ in range(V)]
    else:
        p = [random.random() + 1e-9 for _ in range(V)]
    return p


# The formulas.

def softmax_of(x, temp):
    m = max(x)
    e = [exp((v - m) / temp) if v != -inf else mpf(0) for v in x]
    s = sum(e)
    return [v / s for v in e]


def above(z):
    """lse(z) - max z, to 60 digits of itself however small it is."""
    top = max(range(len(z)), key=lambda i: z[i])
    return log1p(sum(exp(v - z[top]) for i, v in enumerate(z) if i != top and v != -inf))


def lse_of(z):
    return max(z) + above(z)


def log_softmax_of(z):
    m, s = max(z), above(z)
    return [v - m - s for v in z]


def softmax_cases():
    for cls, t, V, x, temp in row_cases():
        yield cls, {"x": T(t, [1, V], x), "temperature": T(t, [], [temp])}, {}


@truth(softmax_cases)
def softmax(a, s, ch, keep):
    return {"y": softmax_of(a["x"], a["temperature"][0])}


def cross_entropy_cases():
    for n, (cls, t, V, x, temp) in enumerate(row_cases()):
        label = random.choice([i for i in range(V) if x[i] != -float("inf")])
        ins = {"x": T(t, [1, V], x), "label": T("i64", [1], [label]), "temperature": T(t, [], [temp])}
        if n % 3 == 1 and cls != "masked":
            ins["smoothing"] = T(t, [], [random.random()])
        if n % 4 == 3:
            ins["weight"] = T(t, [V], [random.random() for _ in range(V)])
        yield cls, ins, {"reduction": random.choice(["mean", "sum"])}


@truth(cross_entropy_cases)
def cross_entropy(a, s, ch, keep):
    temp, V, t = a["temperature"][0], s["x"][1], int(a["label"][0])
    z = [v / temp for v in a["x"]]
    y = log_softmax_of(z)
    w, e = a.get("weight", [mpf(1)] * V), a.get("smoothing", [mpf(0)])[0]
    loss = w[t] * (1 - e) * -y[t]
    if e > 0:
        loss += e / V * sum(w[i] * -y[i] for i in range(V))
    return {"loss": [loss], "lse": [lse_of(z)], "reduced": [loss / w[t] if ch["reduction"] == "mean" else loss]}


def heated(n, cls, t, V, x, temp):
    return {"x": T(t, [1, V], x), "temperature": T(t, [], [temp])}, {}


@truth(by_row(heated))
def log_softmax(a, s, ch, keep):
    return {"y": log_softmax_of([v / a["temperature"][0] for v in a["x"]])}


@truth(by_row(heated))
def logsumexp(a, s, ch, keep):
    return {"lse": [lse_of([v / a["temperature"][0] for v in a["x"]])]}


def softmax_backward_cases(n, cls, t, V, y):
    scale = random.choice([1, 1, 1e-6, 1e6])
    dy = [random.choice([0, 0, 1]) if n % 5 == 0 else scale * random.gauss(0, 1) for _ in range(V)]
    y = [v / max(1, sum(y)) for v in y] if n % 3 else y
    return {"y": T(t, [1, V], y), "dy": T(t, [1, V], dy), "temperature": T(t, [], [random.choice([1, 1, 0.7, 1e-3, 1e3])])}, {}


@truth(by_mass(softmax_backward_cases))
def softmax_backward(a, s, ch, keep):
    mean = sum(p * d for p, d in zip(a["y"], a["dy"]))
    return {"dx": [p * (d - mean) / a["temperature"][0] for p, d in zip(a["y"], a["dy"])]}


def cross_entropy_backward_cases():
    for n, (cls, t, V, x, temp) in enumerate(row_cases()):
        rows = 2 if n % 4 == 2 else 1
        seen = [i for i in range(V) if x[i] != -float("inf")]
        label = [random.choice(range(V) if n % 8 == 4 else seen) for _ in range(rows)]
        ins = {"x": T(t, [rows, V], x + [random.gauss(0, 2) for _ in range(V * (rows - 1))]), "label": T("i64", [rows], label),
               "temperature": T(t, [], [temp]), "g": T(t, [rows], [random.choice([1, random.gauss(0, 2), 0]) for _ in range(rows)])}
        if rows == 2 and n % 3 == 0:
            ins["ignore_index"] = T("i64", [], [label[1]])
        if n % 3 == 1 and cls != "masked":
            ins["smoothing"] = T(t, [], [random.choice([0.1, random.random()])])
        if n % 4 == 3:
            ins["weight"] = T(t, [V], [random.random() + 0.01 for _ in range(V)])
        if rows == 1 or label[0] != label[1] or "ignore_index" not in ins:
            yield cls, ins, {"reduction": random.choice(["mean", "sum", "none"])}


@truth(cross_entropy_backward_cases)
def cross_entropy_backward(a, s, ch, keep):
    rows, V = s["x"]
    w, e, temp = a.get("weight", [mpf(1)] * V), a.get("smoothing", [mpf(0)])[0], a["temperature"][0]
    counted = [t for t in map(int, a["label"]) if [t] != a.get("ignore_index")]
    count = sum(w[t] for t in counted) if ch["reduction"] == "mean" else 1
    out = {"dx": [], "loss": [], "lse": []}
    for i, t in enumerate(map(int, a["label"])):
        z = [v / temp for v in a["x"][i * V:(i + 1) * V]]
        p, y = softmax_of(z, 1), log_softmax_of(z)
        out["lse"].append(lse_of(z))
        if [t] == a.get("ignore_index"):
            out["dx"] += [mpf(0)] * V
            out["loss"].append(mpf(0))
            continue
        others = sum(v for j, v in enumerate(p) if j != t)
        out["loss"].append(w[t] * (1 - e) * -y[t] + (e / V * sum(w[j] * -y[j] for j in range(V)) if e else 0))
        for j in range(V):
            d = w[t] * (1 - e) * (-others if j == t else p[j]) + e / V * (sum(w) * p[j] - w[j])
            out["dx"].append(a["g"][i] / temp / count * d)
    return out


def cross_entropy_soft_cases(n, cls, t, V, x, temp):
    q = masses(random.choice(MASSES), V)
    if n % 5:
        q = [0 if v == -float("inf") else m for v, m in zip(x, q)]
    return {"x": T(t, [1, V], x), "q": T(t, [1, V], q)}, {}


@truth(by_row(cross_entropy_soft_cases))
def cross_entropy_soft(a, s, ch, keep):
    return {"loss": [sum(-q * v for q, v in zip(a["q"], log_softmax_of(a["x"])) if q)]}


def token_logprobs_cases(n, cls, t, V, x, temp):
    return {"x": T(t, [1, V], x), "label": T("i64", [1], [random.randrange(V)]), "temperature": T(t, [], [temp])}, {}


@truth(by_row(token_logprobs_cases))
def token_logprobs(a, s, ch, keep):
    return {"lp": [log_softmax_of([v / a["temperature"][0] for v in a["x"]])[int(a["label"][0])]]}


LOSSES = ["random", "near_uniform", "wide", "offset", "subnormals", "ties", "sure", "short", "masked", "impossible"]


def losses(cls, n):
    """Negative log-likelihoods of a class."""
    one = {"near_uniform": lambda: 3.912 + random.gauss(0, 1e-9), "wide": lambda: 10 ** random.uniform(-12, 2), "offset": lambda: random.uniform(90, 720),
           "subnormals": lambda: random.choice([1e-40, 3e-41, 1e-310]), "ties": lambda: random.choice([0.0, 0.5, 2.0]),
           "sure": lambda: 2.0 ** -random.randrange(20, 120)}.get(cls, lambda: random.expovariate(0.4))
    x = [one() for _ in range(n)]
    if cls == "impossible":
        x[random.randrange(n)] = float("inf")
    return x


def by_loss(add, each=22):
    def cases():
        for n, cls in enumerate(c for c in LOSSES for _ in range(each)):
            rows = random.choice([1, 2]) if cls == "short" else random.randrange(3, 13)
            yield (cls, *add(n, cls, "f32" if n % 2 else "f64", rows, losses(cls, rows)))
    return cases


def sequence_logprob_cases(n, cls, t, L, x):
    length = random.randrange(L + 1) if cls in ("masked", "short") else L
    lp = [-v if i < length else float("inf") for i, v in enumerate(x)]
    return {"lp": T(t, [1, L], lp), "lengths": T("i64", [1], [length]), "alpha": T(t, [], [random.choice([0, 0.6, 1, 2, -1, random.random()])])}, \
        {"length_penalty": ["none", "power", "gnmt"][n % 3]}


@truth(by_loss(sequence_logprob_cases))
def sequence_logprob(a, s, ch, keep):
    n, al = int(a["lengths"][0]), a["alpha"][0]
    lp = sum(a["lp"][:n], mpf(0))
    if ch["length_penalty"] == "power" and n == 0:
        return {"logprob": [lp], "score": [nan if al > 0 else mpf(0)]}  # 0/0^a
    base = {"none": mpf(1), "power": mpf(n), "gnmt": mpf(5 + n) / 6}[ch["length_penalty"]]
    return {"logprob": [lp], "score": [lp / base ** al]}


def token_losses(n, cls, t, rows, x):
    ins = {"nll": T(t, [rows], x)}
    if cls == "masked":
        mask = [random.randrange(2) for _ in x]
        ins = {"nll": T(t, [rows], [v if m else float("inf") for v, m in zip(x, mask)]), "mask": T("i64", [rows], mask)}
    return ins, {}


def counted(a):
    return [v for v, m in zip(a["nll"], a.get("mask", a["nll"])) if m or "mask" not in a]


@truth(by_loss(token_losses))
def perplexity(a, s, ch, keep):
    v = counted(a)
    mean = sum(v) / len(v) if v else nan
    return {"ppl": [exp(mean)], "mean": [mean]}


@truth(by_loss(token_losses))
def bits_per_token(a, s, ch, keep):
    v = counted(a)
    return {"bits": [sum(v) / len(v) / log(2) if v else nan]}


def bits_per_byte_cases(n, cls, t, rows, x):
    return {**token_losses(n, cls, t, rows, x)[0], "bytes": T("i64", [], [random.randrange(1, 100)])}, {}


@truth(by_loss(bits_per_byte_cases))
def bits_per_byte(a, s, ch, keep):
    v = counted(a)
    return {"bits": [sum(v) / a["bytes"][0] / log(2) if v else nan]}


def unit(ch):
    return log(2) if ch["unit"] == "bits" else mpf(1)


def given(p, ch):
    return [v / sum(p) for v in p] if ch["normalise"] == "yes" else p


def ways(n):
    return {"unit": ["nats", "bits"][n % 3 == 2], "normalise": ["no", "yes"][n // 2 % 2]}


def share_out(p, n):
    """Every second distribution adds up to 1, nearly."""
    return [v / sum(p) for v in p] if n // 4 % 2 else p


def entropy_cases(n, cls, t, V, p):
    return {"p": T(t, [1, V], share_out(p, n))}, ways(n)


@truth(by_mass(entropy_cases), digits=400)
def entropy(a, s, ch, keep):
    return {"H": [sum(-v * log(v) for v in given(a["p"], ch) if v) / unit(ch)]}


def entropy_from_logits_cases(n, cls, t, V, x, temp):
    return heated(n, cls, t, V, x, temp)[0], {"unit": ["nats", "bits"][n % 3 == 2]}


@truth(by_row(entropy_from_logits_cases))
def entropy_from_logits(a, s, ch, keep):
    z = [v / a["temperature"][0] for v in a["x"]]
    return {"H": [sum(-p * v for p, v in zip(softmax_of(z, 1), log_softmax_of(z)) if p) / unit(ch)]}


def beside(p, n):
    """A second row of masses: any, close to p, of any class, or p in another order."""
    V = len(p)
    return share_out([masses("random", V), [v * (1 + random.gauss(0, 1e-7)) for v in p], masses(random.choice(MASSES), V), random.sample(p, V)][n % 4], n)


def pair_cases(n, cls, t, V, p):
    return {"p": T(t, [1, V], share_out(p, n)), "q": T(t, [1, V], beside(p, n // 2))}, ways(n)


@truth(by_mass(pair_cases), digits=400)
def kl(a, s, ch, keep):
    return {"kl": [sum(p * (log(p) - lg(q)) for p, q in zip(given(a["p"], ch), given(a["q"], ch)) if p) / unit(ch)]}


@truth(by_mass(pair_cases), digits=400)
def cross_entropy_pq(a, s, ch, keep):
    return {"H": [sum(-p * lg(q) for p, q in zip(given(a["p"], ch), given(a["q"], ch)) if p) / unit(ch)]}


def js_cases(n, cls, t, V, p):
    ins, ch = pair_cases(n, cls, t, V, p)
    return {**ins, "beta": T(t, [], [random.choice([0, 1e-6, 0.25, 0.5, 0.5, 0.5, 1 - 1e-6, 1, random.random()])])}, ch


@truth(by_mass(js_cases), digits=400)
def js(a, s, ch, keep):
    b, total = a["beta"][0], mpf(0)
    for p, q in zip(given(a["p"], ch), given(a["q"], ch)):
        m = b * p + (1 - b) * q
        total += sum(w * v * log(v / m) for w, v in ((b, p), (1 - b, q)) if w * v)
    return {"js": [total / unit(ch)]}


def kl_from_logits_cases(n, cls, t, V, x, temp):
    near = lambda by: [v + random.gauss(0, by) if n % 8 < 4 else v * abs(1 + random.gauss(0, by)) for v in x]
    y = [row(random.choice(ROWS), V)[0], near(1e-7), near(1), random.sample(x, V)][n // 2 % 4]
    if n % 5 and cls != "masked":
        y = [v if v != -float("inf") else -3.0 for v in y]
    return {"x": T(t, [1, V], x), "y": T(t, [1, V], y)}, {"unit": ["nats", "bits"][n % 3 == 2]}


@truth(by_row(kl_from_logits_cases), digits=400)
def kl_from_logits(a, s, ch, keep):
    x, y = log_softmax_of(a["x"]), log_softmax_of(a["y"])
    return {"kl": [sum(exp(p) * (p - q) for p, q in zip(x, y) if p != -inf) / unit(ch)]}


def mutual_information_cases(n, cls, t, V, p):
    rows = random.choice([1, 2, 2, 3])
    if n % 4 < 2:  # nearly independent, or quite
        r = masses("random", rows)
        p = [u * v * (1 + random.choice([0, 1e-7, 1e-3]) * random.gauss(0, 1)) for u in r for v in p]
    else:
        p = p + [v for _ in range(rows - 1) for v in masses(cls, V)]
    if n % 6 == 3:
        p = [random.choice([0, 1, 46341, random.randrange(1000), 2 ** 31]) for _ in p]
        p[0] = 5
    return {"joint": T(t, [rows, V], share_out(p, n))}, ways(n // 2)


@truth(by_mass(mutual_information_cases), digits=400)
def mutual_information(a, s, ch, keep):
    rows, V = s["joint"]
    p = given(a["joint"], ch)
    r = [sum(p[i * V:(i + 1) * V]) for i in range(rows)]
    c = [sum(p[j::V]) for j in range(V)]
    return {"mi": [sum(v * log(v / (r[k // V] * c[k % V])) for k, v in enumerate(p) if v) / unit(ch)]}


def kl_penalty_cases(n, cls, t, rows, x):
    rows = min(rows, 5)
    lp = [-v for v in x[:rows]]
    far = {"offset": 1, "sure": 0}.get(cls, random.choice([1, 3, 300]))
    lq = [random.choice([v, v * (1 + random.gauss(0, 1e-8)), v - far * random.random(), v + far * random.random()]) for v in lp]
    lq = [-1.0 if v == -float("inf") else v for v in lq]
    ins = {"lp": T(t, [rows], lp), "lq": T(t, [rows], lq)}
    if cls == "masked":
        ins["mask"] = T("i64", [rows], [random.randrange(2) for _ in lp])
    return ins, {"estimator": "k" + "123"[n // 2 % 3]}


@truth(by_loss(kl_penalty_cases), digits=400)
def kl_penalty(a, s, ch, keep):
    v, g, count = [], [], 0
    for p, q, m in zip(a["lp"], a["lq"], a.get("mask", [1] * len(a["lp"]))):
        r = q - p
        both = {"k1": (-r, mpf(1)), "k2": (r * r / 2, -r), "k3": (exp(r) - 1 - r if r < inf else r, 1 - exp(r))}[ch["estimator"]]
        v.append(both[0] if m else mpf(0))
        g.append(both[1] if m else mpf(0))
        count += m != 0
    return {"penalty": v, "mean": [sum(v) / count if count else nan], "gradient": g}



def top_p_filter_cases():
    for cls, t, V, x, _ in row_cases():
        yield cls, {"x": T(t, [1, V], x), "p": T(t, [], [random.choice([0.0, 1.0, random.random(), 0.9, 0.99])])}, {}


@truth(top_p_filter_cases)
def top_p_filter(a, s, ch, keep):
    x = a["x"]
    if not keep:
        y, order, before = softmax_of(x, 1), sorted(range(len(x)), key=lambda i: (-x[i], i)), mpf(0)
        keep["set"] = set()
        for i in order:
            if before <= a["p"][0]:
                keep["set"].add(i)
            before += y[i]
        if a["p"][0] == 1:
            keep["set"] = set(order)
    y = softmax_of([v if i in keep["set"] else -inf for i, v in enumerate(x)], 1)
    return {"probs": y, "kept": [mpf(len(keep["set"]))]}


def place(x, i):
    """How many of x come before x[i]: value descending, then index ascending."""
    return sum(1 for j, v in enumerate(x) if v > x[i] or v == x[i] and j < i)


def by_place(x):
    return sorted(range(len(x)), key=lambda i: place(x, i))


def top_k_cases(n, cls, t, V, x, temp):
    return {"x": T(t, [1, V], x), "k": T("i64", [], [random.choice([0, 1, 2, V - 1 or 1, V, V + 1, 2 ** 30])])}, {}


@truth(by_row(top_k_cases))
def top_k(a, s, ch, keep):
    k, x = int(a["k"][0]), a["x"]
    order = keep.setdefault("order", by_place(x)[:k or None])
    return {"index": [mpf(i) for i in order], "value": [x[i] for i in order]}


@truth(by_row(top_k_cases))
def top_k_filter(a, s, ch, keep):
    k, x = int(a["k"][0]), a["x"]
    kept = keep.setdefault("set", by_place(x)[:k or None])
    return {"probs": softmax_of([v if i in kept else -inf for i, v in enumerate(x)], 1), "kept": [mpf(len(kept))]}


def min_p_filter_cases(n, cls, t, V, x, temp):
    return {"x": T(t, [1, V], x), "min_p": T(t, [], [random.choice([0, 1, 0.1, 0.01, 1e-9, random.random()])])}, {}


@truth(by_row(min_p_filter_cases))
def min_p_filter(a, s, ch, keep):
    x = a["x"]
    kept = keep.setdefault("set", [i for i, v in enumerate(x) if a["min_p"][0] == 0 or v > -inf and exp(v - max(x)) >= a["min_p"][0]])
    return {"probs": softmax_of([v if i in kept else -inf for i, v in enumerate(x)], 1), "kept": [mpf(len(kept))]}


def penalties_cases(n, cls, t, V, x, temp):
    said = [random.randrange(V) for _ in range(random.choice([0, 1, V, 2 * V]))]
    pick = lambda *v: T(t, [], [random.choice(v + (random.random(),))])
    return {"x": T(t, [1, V], x), "history": T("i64", [len(said)], said), "offsets": T("i64", [2], [0, len(said)]),
            "repetition": pick(1, 1.2, 1.3, 0.5, 17), "frequency": pick(0, 0.3, -0.5, 2), "presence": pick(0, 0.125, 1.5, -1)}, {}


@truth(by_row(penalties_cases))
def penalties(a, s, ch, keep):
    y = list(a["x"])
    for i in set(int(t) for t in a["history"]):
        r = a["repetition"][0]
        y[i] = (y[i] / r if y[i] > 0 else y[i] * r) - a["history"].count(i) * a["frequency"][0] - a["presence"][0]
    return {"y": y}


def logit_bias_cases(n, cls, t, V, x, temp):
    token = [random.randrange(V) for _ in range(random.choice([0, 1, V, 2 * V]))]
    add = lambda i: random.choice([random.gauss(0, 10), 100, -100, -float("inf") if n % 4 == 0 else 1e-3, -x[i] if x[i] > -float("inf") else 2, random.gauss(0, 1e-7)])
    return {"x": T(t, [1, V], x), "token": T("i64", [len(token)], token), "bias": T(t, [len(token)], [add(i) for i in token]),
            "offsets": T("i64", [2], [0, len(token)])}, {}


@truth(by_row(logit_bias_cases))
def logit_bias(a, s, ch, keep):
    y = list(a["x"])
    for t, b in zip(a["token"], a["bias"]):
        y[int(t)] += b
    return {"y": y}


def mask_cases(n, t, rows, keys, scale):
    """What attention_softmax and attention take besides their scores."""
    ins = {"scale": T(t, [], [scale])} if scale else {}
    if n % 3 == 1:
        ins["softcap"] = T(t, [], [random.choice([0, 5, 30, 50, 1e-3])])
    if n % 4 == 2:
        ins["lengths"] = T("i64", [rows], [random.randrange(keys + 1) for _ in range(rows)])
    if n % 5 == 3:
        ins["bias"] = T(t, [rows, keys], [random.choice([0, -float("inf"), random.gauss(0, 2), -1e9, -1e4]) for _ in range(rows * keys)])
    if n % 6 == 4:
        ins["offset"] = T("i64", [], [random.randrange(-1, 3)])
    return ins, {"mask": ["none", "causal"][n % 6 > 3]}


def seen_scores(a, ch, i, raw, scale):
    """The scores of row i, -inf where a key is hidden."""
    n, cap = len(raw), a.get("softcap", [0])[0]
    seen = n if "lengths" not in a else int(a["lengths"][i])
    if ch["mask"] == "causal":
        seen = min(seen, i + 1 + int(a.get("offset", [0])[0]))
    z = [scale * v for v in raw]
    z = [cap * tanh(v / cap) if cap else v for v in z]
    z = [v + b for v, b in zip(z, a["bias"][i * n:(i + 1) * n])] if "bias" in a else z
    return [v if j < seen else -inf for j, v in enumerate(z)]


def weights_of(z):
    return softmax_of(z, 1) if max(z) > -inf else [mpf(0)] * len(z)


def attention_softmax_cases():
    for n, (cls, t, V, x, temp) in enumerate(row_cases()):
        rows = 1 if V > 5 or n % 6 < 3 else 3
        for _ in range(rows - 1):
            x = x + row(cls, V)[0]
        ins, ch = mask_cases(n, t, rows, V, random.choice([None, 1 / temp, 0.125, 0.08838834764831845]))
        yield cls, {"x": T(t, [rows, V], x), **ins}, ch
    for n in range(44):  # capped: what is left of the scores' differences
        V, t, cap, sign = random.choice([2, 3, 5, 12]), "f32" if n % 2 else "f64", random.choice([5, 30, 50, 1000]), random.choice([1, -1])
        x = [sign * cap * [random.uniform(0, 20), random.uniform(2, 8), 3 + random.gauss(0, 1e-6)][n % 3] for _ in range(V)]
        yield "capped", {"x": T(t, [1, V], x), "softcap": T(t, [], [cap]), "scale": T(t, [], [random.choice([1, 0.3])])}, {"mask": "none"}


@truth(attention_softmax_cases)
def attention_softmax(a, s, ch, keep):
    rows, V = s["x"]
    return {"y": [w for i in range(rows) for w in weights_of(seen_scores(a, ch, i, a["x"][i * V:(i + 1) * V], a.get("scale", [1])[0]))]}


def attention_cases():
    for cls in [c for c in ROWS if c != "masked"] + ["cancelling"]:
        for n in range(22):
            rows, keys, dk, dv = random.choice([1, 1, 2]), 1 if cls == "short" else random.randrange(1, 5), random.randrange(1, 5), random.choice([1, 2])
            t = "f32" if n % 2 else "f64"
            make = lambda m, c=cls: [v for _ in range(m) for v in row(c, 1)[0]]
            q, k, v = make(rows * dk, "random"), make(keys * dk), make(keys * dv, random.choice(["random", "wide", "ties", "subnormals"]))
            if cls == "cancelling":  # q.k is small beside its products
                q, dk = [s * u for u in make(rows, "offset") for s in (1, -1)], 2
                k = [u + random.gauss(0, 1e-6) for u in make(keys, "random") for _ in (0, 1)]
            scale = {"temperatures": random.choice([1e-3, 0.1, 10]), "offset": random.choice([None, 1e-6])}.get(cls, random.choice([None, None, 0.3]))
            ins, ch = mask_cases(n, t, rows, keys, scale)
            yield cls, {"Q": T(t, [rows, dk], q), "K": T(t, [keys, dk], k), "V": T(t, [keys, dv], v), **ins}, ch


@truth(attention_cases)
def attention(a, s, ch, keep):
    (rows, d), (keys, width) = s["Q"], s["V"]
    scale, out = a["scale"][0] if "scale" in a else 1 / sqrt(mpf(d)), {"O": [], "lse": []}
    for i in range(rows):
        raw = [sum(a["Q"][i * d + n] * a["K"][j * d + n] for n in range(d)) for j in range(keys)]
        z = seen_scores(a, ch, i, raw, scale)
        w = weights_of(z)
        out["O"] += [sum(w[j] * a["V"][j * width + n] for j in range(keys)) for n in range(width)]
        out["lse"].append(lse_of(z) if max(z) > -inf else -inf)
    return out


class Close(Exception):
    """Two candidates float64 may not tell apart: the case is drawn anew."""


def best_first(score, exact):
    """Places by score. exact names what ties exactly; else a margin is asked for."""
    order = sorted(range(len(score)), key=lambda i: (-score[i], i))
    for i, j in zip(order, order[1:]):
        if score[j] > -inf and exact[i] != exact[j] and score[i] - score[j] < 1e-9 * (1 + abs(score[i])):
            raise Close
    return order


def apart(f, make):
    """Draws cases until every order in them is clear."""
    for _ in range(500):
        cls, ins, ch = make()
        try:
            f({n: [mpf(x) for x in t.v] for n, t in ins.items()}, {n: t.s for n, t in ins.items()}, ch, {})
            return cls, ins, ch
        except Close:
            pass
    raise RuntimeError(cls)


def beam_step_cases():
    for cls in ROWS:
        for n in range(22):
            def make():
                rows, V, t = random.randrange(1, 4), random.choice([1, 2] if cls in ("short", "ties", "subnormals") else [2, 3, 5]), "f32" if n % 2 else "f64"
                x = [v for _ in range(rows) for v in row(cls, V)[0]]
                score = [random.choice([0, -float("inf"), -1, -2.5]) if n % 4 == 3 else -random.expovariate(0.2) for _ in range(rows)]
                return cls, {"x": T(t, [rows, V], x), "score": T(t, [rows], score), "k": T("i64", [], [random.choice([1, 2, 4, 100])])}, {}
            yield apart(beam_step, make)


@truth(beam_step_cases)
def beam_step(a, s, ch, keep):
    rows, V = s["x"]
    all_ = [(a["score"][b] + v if a["score"][b] > -inf else -inf, b, j) for b in range(rows) for j, v in enumerate(log_softmax_of(a["x"][b * V:(b + 1) * V]))]
    if "order" not in keep:
        k = min(int(a["k"][0]), rows * V)
        keep["order"] = best_first([c[0] for c in all_], [(c[1], a["x"][c[1] * V + c[2]]) for c in all_])[:k]
    best = [all_[i] for i in keep["order"]]
    return {"best": [c[0] for c in best], "parent": [mpf(c[1]) for c in best], "token": [mpf(c[2]) for c in best]}


def beam_search_cases():
    for cls in ROWS:
        for n in range(22):
            def make():
                V, most, t = (random.choice([1, 2]) if cls in ("short", "ties", "subnormals") else random.choice([2, 3])), random.randrange(1, 4), "f32" if n % 2 else "f64"
                x = [v for _ in range(V + 1) for v in row(cls, V)[0]]
                ins = {"table": T(t, [V, V], x[V:]), "start": T(t, [V], x[:V]), "k": T("i64", [], [random.choice([1, 2, 3, 40] if most < 3 else [1, 2, 4])]), "max_len": T("i64", [], [most]),
                       "length_penalty": T(t, [], [random.choice([0, 0.6, 1, 2, -1])])}
                if n % 3:
                    ins["eos"] = T("i64", [], [random.randrange(V)])
                return cls, ins, {"normalisation": ["length", "gnmt"][n // 2 % 2]}
            yield apart(beam_search, make)


def tree(a, V, most, eos):
    """Every prefix of the tree, with its log-probability and the logit of its last token."""
    found = {(): (mpf(0), None)}
    for n in range(most):
        for path in [p for p in found if len(p) == n and p[-1:] != (eos,)]:
            x = a["table"][path[-1] * V:(path[-1] + 1) * V] if path else a["start"]
            for j, lp in enumerate(log_softmax_of(x)):
                found[path + (j,)] = (found[path][0] + lp, x[j])
    return found


@truth(beam_search_cases)
def beam_search(a, s, ch, keep):
    V, k, most, eos = s["start"][0], int(a["k"][0]), int(a["max_len"][0]), int(a.get("eos", [-1])[0])
    lp = tree(a, V, most, eos)
    norm = lambda p: (mpf(len(p)) if ch["normalisation"] == "length" else mpf(5 + len(p)) / 6) ** a["length_penalty"][0]
    choose = lambda paths, v: [paths[i] for i in best_first(v, [(p[:-1], lp[p][1]) for p in paths])[:k]]
    if "found" not in keep:
        live, done = [()], []
        for n in range(most):
            next_ = [p + (j,) for p in live for j in range(V)]
            next_ = [p for p in choose(next_, [lp[p][0] for p in next_]) if lp[p][0] > -inf]
            done += [p for p in next_ if p[-1] == eos]
            live = [p for p in next_ if p[-1] != eos]
        done += live
        keep["found"] = choose(done, [lp[p][0] / norm(p) for p in done])
    found = keep["found"]
    none = k - len(found)
    return {"score": [lp[p][0] / norm(p) for p in found] + [-inf] * none, "length": [mpf(len(p)) for p in found] + [mpf(0)] * none,
            "tokens": [mpf(t) for p in found for t in p + (-1,) * (most - len(p))] + [mpf(-1)] * (none * most)}



def multinomial_logpmf_cases():
    for cls in [c for c in ROWS if c not in ("offset", "temperatures")] + ["many", "large", "likely"]:
        for i in range(22):
            V, t = sizes(cls), "f32" if i % 2 else "f64"
            p = masses(cls, V)
            top = {"many": 1000, "large": 10 ** 12}.get(cls, 12)
            c = [random.randrange(top) if p[j] > 0 else 0 for j in range(V)]
            if cls == "likely":
                n = 10 ** random.randrange(1, 9)
                c = [int(n * v / sum(p)) for v in p]
            yield cls, {"p": T(t, [1, V], p), "counts": T("i64", [1, V], [0 if fit(t, p[j]) == 0 else c[j] for j in range(V)])}, {}


@truth(multinomial_logpmf_cases)
def multinomial_logpmf(a, s, ch, keep):
    c, p = a["counts"], a["p"]
    v = loggamma(sum(c) + 1)
    for k, q in zip(c, p):
        if k:
            v += k * log(q) - loggamma(k + 1)
    return {"logpmf": [v]}


def lg(v):
    return log(v) if v > 0 else -inf


def bayes_cases():
    for form in ("linear", "log"):
        for cls in ROWS:
            for i in range(13):
                V, t = sizes(cls), "f32" if i % 2 else "f64"
                if form == "linear":
                    p, q = masses(cls, V), masses("random", V)
                else:
                    p, q = row(cls, V)[0], row("random", V)[0]
                yield cls, {"prior": T(t, [1, V], p), "likelihood": T(t, [1, V], q)}, {"form": form}


@truth(bayes_cases)
def bayes_posterior(a, s, ch, keep):
    if ch["form"] == "log":
        z = [p + q for p, q in zip(a["prior"], a["likelihood"])]
        return {"posterior": log_softmax_of(z), "evidence": [lse_of(z)]}
    z = [p * q for p, q in zip(a["prior"], a["likelihood"])]
    return {"posterior": [v / sum(z) for v in z], "evidence": [sum(z)]}


def bayes_update_cases():
    for form in ("linear", "log"):
        for cls in ROWS:
            for i in range(11):
                V, t, steps = sizes(cls), "f32" if i % 2 else "f64", random.randrange(5)
                make = (lambda c: masses(c, V)) if form == "linear" else (lambda c: row(c, V)[0])
                q = [v for _ in range(steps) for v in make("random")]
                yield cls, {"prior": T(t, [1, V], make(cls)), "likelihood": T(t, [1, steps, V], q)}, {"form": form}


@truth(bayes_update_cases)
def bayes_update(a, s, ch, keep):
    f = lg if ch["form"] == "linear" else (lambda v: v)
    V, steps = s["prior"][1], s["likelihood"][1]
    z = [f(a["prior"][i]) + sum(f(a["likelihood"][t * V + i]) for t in range(steps)) for i in range(V)]
    y, lse = log_softmax_of(z), lse_of(z)
    return {"posterior": y if ch["form"] == "log" else [exp(v) if v != -inf else mpf(0) for v in y], "log_evidence": [lse]}


def bayes_odds_cases():
    for cls in ("random", "wide", "subnormals", "short", "ties"):
        for i in range(44):
            t, steps = "f32" if i % 2 else "f64", 0 if cls == "short" else random.randrange(1, 9)
            scale = {"wide": 20, "subnormals": 0}.get(cls, 1)
            r = [10 ** random.uniform(-scale, scale) for _ in range(steps + 1)]
            if cls == "subnormals":
                r[-1] = 1e-41
            if cls == "ties":
                r = [random.choice([0.5, 1.0, 2.0]) for _ in r]
            yield cls, {"prior_odds": T(t, [1], r[:1]), "ratio": T(t, [1, steps], r[1:])}, {}


@truth(bayes_odds_cases)
def bayes_odds(a, s, ch, keep):
    o = a["prior_odds"][0]
    for r in a["ratio"]:
        o *= r
    return {"odds": [o], "probability": [o / (1 + o)]}


def relevance_posterior_cases():
    for n, (cls, t, V, x, temp) in enumerate(row_cases()):
        ins = {"score": T(t, [1, V], x), "temperature": T(t, [], [temp])}
        if n % 4:
            p = masses(random.choice(["wide", "random", "subnormals", "ties"]), V)
            ins["prior"] = T(t, [1, V], p)
        yield cls, ins, {}


@truth(relevance_posterior_cases)
def relevance_posterior(a, s, ch, keep):
    p = a.get("prior", [mpf(1)] * len(a["score"]))
    return {"posterior": softmax_of([v / a["temperature"][0] + lg(q) if v != -inf else -inf for v, q in zip(a["score"], p)], 1)}


def bm25_cases():
    for v in ("lucene", "robertson", "atire", "bm25+"):
        for i in range(55):
            docs = random.randrange(1, 8)
            corpus = [[random.randrange(6) for _ in range(random.randrange(0, 9))] for _ in range(docs)]
            off = [0]
            for d in corpus:
                off.append(off[-1] + len(d))
            tokens = [t for d in corpus for t in d]
            query = [random.randrange(8) for _ in range(random.randrange(4))]
            t = "f32" if i % 2 else "f64"
            ins = {"query": T("i64", [len(query)], query), "tokens": T("i64", [len(tokens)], tokens), "offsets": T("i64", [docs + 1], off),
                   "k1": T(t, [], [random.choice([0, 0.9, 1.2, 2, random.random()])]), "b": T(t, [], [random.choice([0, 1, 0.75, random.random()])])}
            if v == "bm25+":
                ins["delta"] = T(t, [], [random.choice([0, 1, 0.5])])
            if i % 3 == 0:
                ins["prior"] = T(t, [docs], masses("wide", docs))
            yield "corpus", ins, {"variant": v}


@truth(bm25_cases)
def bm25(a, s, ch, keep):
    off, tokens = [int(v) for v in a["offsets"]], [int(v) for v in a["tokens"]]
    docs = [tokens[i:j] for i, j in zip(off, off[1:])]
    N, avg = mpf(len(docs)), mpf(len(tokens)) / len(docs)
    k1, b = a["k1"][0], a["b"][0]
    score = [mpf(0)] * len(docs)
    for q in a["query"]:
        df = sum(1 for d in docs if int(q) in d)
        for i, d in enumerate(docs):
            tf = mpf(d.count(int(q)))
            if not tf:
                continue
            w = tf / (tf + k1 * (1 - b + b * len(d) / avg))
            if ch["variant"] == "lucene":
                w *= log(1 + (N - df + mpf(0.5)) / (df + mpf(0.5)))
            elif ch["variant"] == "robertson":
                w *= log((N - df + mpf(0.5)) / (df + mpf(0.5)))
            elif ch["variant"] == "atire":
                w *= (k1 + 1) * log(N / df)
            else:
                w = (a["delta"][0] + (k1 + 1) * w) * log((N + 1) / df)
            score[i] += w
    prior = a.get("prior", [mpf(1)] * len(docs))
    return {"score": score, "posterior": softmax_of([v + lg(p) for v, p in zip(score, prior)], 1)}


def confidences(cls, n):
    c = {"ties": lambda: random.choice([0.0, 0.25, 0.5, 1.0]), "wide": lambda: 10 ** random.uniform(-12, 0), "edges": lambda: random.randrange(11) / 10,
         "near_uniform": lambda: 0.9 + 1e-7 * random.random(), "dominant": lambda: 1 - 10 ** random.uniform(-12, -3)}.get(cls, random.random)
    return [c() for _ in range(n)]


def calibration_cases(choices):
    def cases():
        for ch in choices:
            for cls in ("random", "ties", "wide", "edges", "near_uniform", "dominant", "short"):
                for i in range(max(22, 200 // (7 * len(choices)) + 1) if len(choices) < 3 else 8):
                    n, t = random.choice([1, 2]) if cls == "short" else random.randrange(3, 24), "f32" if i % 2 else "f64"
                    ins = {"conf": T(t, [n], confidences(cls, n)), "correct": T("i64", [n], [random.randrange(2) for _ in range(n)])}
                    if ch is not None:
                        ins["bins"] = T("i64", [], [random.choice([1, 2, 4, 10, 10, 15, 7])])
                    yield cls, ins, ch or {}
    return cases


SCHEMES = [{"scheme": s} for s in ("equal_width", "equal_mass")]


def bins_of(a, ch, keep):
    B, conf = int(a["bins"][0]), a["conf"]
    if "bins" not in keep:
        if ch["scheme"] == "equal_mass":
            order = sorted(range(len(conf)), key=lambda i: (conf[i], i))
            keep["bins"] = [0] * len(conf)
            for r, i in enumerate(order):
                keep["bins"][i] = r * B // len(conf)
        else:
            keep["bins"] = [max(0, int(ceil(c * B)) - 1) for c in conf]
    out = [([], []) for _ in range(B)]
    for b, c, y in zip(keep["bins"], conf, a["correct"]):
        out[b][0].append(c)
        out[b][1].append(y)
    return out


@truth(calibration_cases([dict(s, norm=n) for s in SCHEMES for n in ("l1", "l2", "max")]))
def ece(a, s, ch, keep):
    gaps = [(len(c), abs(sum(y) - sum(c)) / len(c)) for c, y in bins_of(a, ch, keep) if c]
    n, worst = len(a["conf"]), max(g for _, g in gaps)
    v = {"l1": sum(m * g for m, g in gaps) / n, "l2": sqrt(sum(m * g * g for m, g in gaps) / n), "max": worst}[ch["norm"]]
    return {"ece": [v], "mce": [worst]}


@truth(calibration_cases(SCHEMES))
def reliability(a, s, ch, keep):
    b = bins_of(a, ch, keep)
    mean = lambda v: sum(v) / len(v) if v else nan
    return {"count": [mpf(len(c)) for c, _ in b], "confidence": [mean(c) for c, _ in b], "accuracy": [mean(y) for _, y in b]}


@truth(calibration_cases([None]))
def brier(a, s, ch, keep):
    return {"brier": [sum((c - y) ** 2 for c, y in zip(a["conf"], a["correct"])) / len(a["conf"])]}


def temperature_fit_cases():
    done = 0
    for cls in ("random", "masked", "offset", "ties", "wide", "short", "subnormals"):
        for i in range(30):
            N, V, t = random.randrange(2, 5), random.choice([2, 3, 5]), "f32" if i % 2 else "f64"
            x, label = [], []
            for _ in range(N):
                r = row(cls, V)[0]
                x += r
                label.append(random.choice([j for j in range(V) if r[j] != -float("inf")]))
            yield cls, {"x": T(t, [N, V], x), "label": T("i64", [N], label)}, {}


@truth(temperature_fit_cases)
def temperature_fit(a, s, ch, keep):
    N, V = s["x"]
    rows = [a["x"][i * V:(i + 1) * V] for i in range(N)]
    label = [int(t) for t in a["label"]]

    def slope(beta):
        d1, d2 = mpf(0), mpf(0)
        for r, t in zip(rows, label):
            p, m = softmax_of(r, 1 / beta), max(r)
            e = sum(q * (v - m) for q, v in zip(p, r) if q)
            d1 += e - (r[t] - m)
            d2 += sum(q * (v - m) ** 2 for q, v in zip(p, r) if q) - e * e
        return d1, d2
    lo, hi = 1 / mpf(100), 1 / mpf(0.01)
    if "side" not in keep:
        l, h = slope(lo)[0], slope(hi)[0]
        keep["side"] = "flat" if l == 0 and h == 0 else "hot" if l >= 0 else "cold" if h <= 0 else ""
        keep["beta"] = None
    if keep["side"]:
        T_ = {"flat": mpf(1), "hot": mpf(100), "cold": mpf(0.01)}[keep["side"]]
    else:
        beta = keep["beta"]
        if beta is None:
            for _ in range(40):
                mid = (lo + hi) / 2
                lo, hi = (mid, hi) if slope(mid)[0] < 0 else (lo, mid)
            beta = (lo + hi) / 2
        for _ in range(6):
            d1, d2 = slope(beta)
            beta -= d1 / d2
        if keep["beta"] is None:
            keep["beta"] = beta
        T_ = 1 / beta
    nll = sum(-log_softmax_of([v / T_ for v in r])[t] for r, t in zip(rows, label)) / N
    return {"temperature": [T_], "nll": [nll], "at_bound": [mpf({"hot": 1, "cold": -1}.get(keep["side"], 0))]}


QUANTILES = {}


def student(conf, n):
    """t with P(|T| <= t) = conf: betainc(n/2, 1/2, 0, n/(n+t^2)) = 1 - conf."""
    if (conf, n) not in QUANTILES:
        f = lambda t: betainc(mpf(n) / 2, mpf(1) / 2, 0, n / (n + t * t), regularized=True) - (1 - conf)
        lo, hi = mpf(0), mpf(1)
        while f(hi) > 0:
            hi *= 2
        for _ in range(30):
            mid = (lo + hi) / 2
            lo, hi = (mid, hi) if f(mid) > 0 else (lo, mid)
        QUANTILES[conf, n] = findroot(f, (lo, hi), solver="anderson", tol=mpf(10) ** -90)
    return QUANTILES[conf, n]


def samples(cls):
    n = 2 if cls == "short" else random.randrange(2, 30)
    return n, {"offset": lambda: [1e6 + random.gauss(0, 1) for _ in range(n)], "ties": lambda: [float(random.randrange(2)) for _ in range(n)],
               "wide": lambda: [random.gauss(0, 1) * 10 ** random.uniform(-9, 9) for _ in range(n)], "near_uniform": lambda: [1 + 1e-7 * random.random() for _ in range(n)],
               "subnormals": lambda: [random.choice([1e-40, 3e-41, 1e-310]) for _ in range(n)]}.get(cls, lambda: [random.gauss(0.5, 0.3) for _ in range(n)])()


SAMPLES = ["random", "offset", "ties", "wide", "near_uniform", "subnormals", "short"]


def monte_carlo_cases():
    for cls in SAMPLES:
        for i in range(30):
            t = "f32" if i % 2 else "f64"
            n, x = samples(cls)
            yield cls, {"samples": T(t, [1, n], x), "confidence": T(t, [], [random.choice([0.95, 0.99, 0.5, 0.9])])}, {}
    for n in (60, 101, 400, 1001):
        for conf in (0.01, 0.95, 0.999999):
            yield "many", {"samples": T("f64", [1, n], [random.randrange(2) for _ in range(n)]), "confidence": T("f64", [], [conf])}, {}


@truth(monte_carlo_cases)
def monte_carlo(a, s, ch, keep):
    x, n = a["samples"], len(a["samples"])
    mean = sum(x) / n
    se = sqrt(sum((v - mean) ** 2 for v in x) / (n - 1) / n)
    half = student(a["confidence"][0], n - 1) * se
    return {"mean": [mean], "stderr": [se], "lower": [mean - half], "upper": [mean + half]}


def philox(counter, key):
    c, k, M = list(counter), list(key), 0xFFFFFFFF
    for _ in range(10):
        p, q = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(q >> 32) ^ c[1] ^ k[0], q & M, (p >> 32) ^ c[3] ^ k[1], p & M]
        k = [(k[0] + 0x9E3779B9) & M, (k[1] + 0xBB67AE85) & M]
    return c


def type7(x, q):
    x = sorted(x)
    h = (len(x) - 1) * q
    i = min(int(floor(h)), len(x) - 1)
    return x[i] + (h - i) * (x[min(i + 1, len(x) - 1)] - x[i])


def bootstrap_ci_cases():
    for cls in SAMPLES:
        for i in range(30):
            t = "f32" if i % 2 else "f64"
            n, x = samples(cls)
            n = min(n, 8)
            yield cls, {"samples": T(t, [1, n], x[:n]), "resamples": T("i64", [], [random.randrange(1, 40)]), "confidence": T(t, [], [random.choice([0.95, 0.5, 0.9])]),
                        "seed": T("u64", [], [random.randrange(2 ** 63)]), "request": T("u64", [], [random.randrange(2 ** 40)])}, {}


@truth(bootstrap_ci_cases)
def bootstrap_ci(a, s, ch, keep):
    x, n, B = a["samples"], len(a["samples"]), int(a["resamples"][0])
    if "at" not in keep:
        seed, request, M = int(a["seed"][0]), int(a["request"][0]), 0xFFFFFFFF
        keep["at"] = []
        for b in range(B):
            w = [philox((j, b, request & M, request >> 32), (seed & M, seed >> 32)) for j in range(n)]
            keep["at"].append([((v[0] << 32 | v[1]) * n) >> 64 for v in w])
    means = [sum(x[i] for i in at) / n for at in keep["at"]]
    c = a["confidence"][0]
    return {"lower": [type7(means, (1 - c) / 2)], "upper": [type7(means, (1 + c) / 2)]}


def worst_case_cases():
    for cls in SAMPLES:
        for i in range(30):
            t = "f32" if i % 2 else "f64"
            n, x = samples(cls)
            yield cls, {"samples": T(t, [1, n], x), "quantile": T(t, [], [random.choice([0, 0.05, 0.25, 0.5, 0.9, 1, random.random()])])}, {}


@truth(worst_case_cases)
def worst_case(a, s, ch, keep):
    return {"value": [type7(a["samples"], a["quantile"][0])]}


def pass_at_k_cases():
    for i in range(220):
        n = random.choice([1, 2, 5, 10, 200, 10 ** 4, 10 ** 9])
        c = random.randrange(min(n, 300) + 1)
        k = random.choice([1, 1, 2, 10, 100])
        n = max(n, k)
        yield "counts", {"n": T("i64", [1], [n]), "c": T("i64", [1], [min(c, n)]), "k": T("i64", [], [k])}, {}


@truth(pass_at_k_cases)
def pass_at_k(a, s, ch, keep):
    n, c, k = (int(a[v][0]) for v in "nck")
    q = mpf(1)
    for i in range(k):
        q *= mpf(n - c - i) / (n - i) if n - c - i > 0 else 0
    return {"pass": [1 - q], "mean": [1 - q]}


if __name__ == "__main__":
    for name in sys.argv[1:] or OPS:
        write(name, *OPS[name])
