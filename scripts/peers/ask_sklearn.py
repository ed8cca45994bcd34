"""scikit-learn: calibration, naive Bayes, information, the log loss."""
import warnings

import numpy as np
import sklearn
from sklearn import calibration, metrics, naive_bayes
from sklearn.utils import extmath

from .cases import Draw, case

PACKAGE, VERSION = "scikit-learn", sklearn.__version__

DIFFERENCES = {
    "clipped loss": ["from sklearn.metrics import log_loss",
                     "loss = log_loss([1], [[1.0, 0.0]], labels=[0, 1])",
                     "print(round(loss, 6))"],
    "quantile edges": ["from sklearn.calibration import calibration_curve",
                       "t, p = calibration_curve([0, 1, 1, 1], [0.1, 0.2, 0.2, 0.9], n_bins=2, strategy='quantile')",
                       "print(p.round(6))"],
    "empty bins": ["from sklearn.calibration import calibration_curve",
                   "t, p = calibration_curve([0, 1], [0.1, 0.9], n_bins=5)",
                   "print(p)"],
}


def cases():
    d = Draw("sklearn softmax")
    for _, x in d.logits():
        p = extmath.softmax(x, copy=True)
        yield case("softmax", "sklearn.utils.extmath.softmax(x)", {"x": x}, {"y": p})
        if x.shape[1] > 1:
            label = d.labels(np.where(p > 1e-12, x, -np.inf))  # see "clipped loss"
            for reduction in ("mean", "sum"):
                yield case("cross_entropy", f"sklearn.metrics.log_loss(label, softmax(x), normalize={reduction == 'mean'})", {"x": x, "label": label},
                           {"reduced": loss(label, p, normalize=reduction == "mean")}, {"reduction": reduction})
    x, label = np.array([[0.0, -np.inf]]), np.array([1])
    yield case("cross_entropy", "sklearn.metrics.log_loss(label, softmax(x))", {"x": x, "label": label},
               {"reduced": loss(label, extmath.softmax(x))}, differs="clipped loss")
    yield from calibrations()
    yield from information()
    yield from bayes()
    yield from temperatures()


def loss(label, p, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rows that sum to 1 but for the last bit
        return metrics.log_loss(label, p, labels=range(p.shape[1]), **more)


def calibrations():
    d = Draw("sklearn calibration")
    for n, bins in ((1, 4), (40, 5), (200, 10), (60, 15)):
        conf, correct = d.confidences(n)
        yield case("brier", "sklearn.metrics.brier_score_loss(correct, conf, labels=[0, 1])", {"conf": conf, "correct": correct},
                   {"brier": metrics.brier_score_loss(correct, conf, labels=[0, 1])})
    for conf, bins in ((d.reals(200), 5), (d.reals(400), 10), (np.arange(9) / 8, 4), (np.arange(1, 33) / 32, 8)):
        correct = (d.reals(len(conf)) < conf).astype(np.int64)
        accuracy, confidence = calibration.calibration_curve(correct, conf, n_bins=bins)
        yield case("reliability", "sklearn.calibration.calibration_curve(correct, conf, n_bins=bins)",
                   {"conf": conf, "correct": correct, "bins": np.array(bins)}, {"confidence": confidence, "accuracy": accuracy})
    conf, correct = np.array([0.1, 0.9]), np.array([0, 1])
    accuracy, confidence = calibration.calibration_curve(correct, conf, n_bins=5)
    yield case("reliability", "sklearn.calibration.calibration_curve(correct, conf, n_bins=5)",
               {"conf": conf, "correct": correct, "bins": np.array(5)}, {"confidence": confidence, "accuracy": accuracy}, differs="empty bins")
    conf, correct = np.array([0.1, 0.2, 0.2, 0.9]), np.array([0, 1, 1, 1])
    accuracy, confidence = calibration.calibration_curve(correct, conf, n_bins=2, strategy="quantile")
    yield case("reliability", "sklearn.calibration.calibration_curve(correct, conf, n_bins=2, strategy='quantile')",
               {"conf": conf, "correct": correct, "bins": np.array(2)}, {"confidence": confidence, "accuracy": accuracy},
               {"scheme": "equal_mass"}, differs="quantile edges")
    for n, bins in ((20, 4), (60, 5)):
        conf, correct = np.sort(d.reals(n)), d.ints(2, n)
        accuracy, confidence = calibration.calibration_curve(correct, conf, n_bins=bins, strategy="quantile")
        yield case("reliability", "sklearn.calibration.calibration_curve(correct, conf, n_bins=bins, strategy='quantile')",
                   {"conf": conf, "correct": correct, "bins": np.array(bins)}, {"confidence": confidence, "accuracy": accuracy}, {"scheme": "equal_mass"})


def information():
    d = Draw("sklearn information")
    for shape, most in (((2, 2), 9), ((3, 4), 50), ((6, 5), 1000), ((1, 4), 9)):
        for zeros in (False, True):
            table = 1 + d.ints(most, *shape)
            if zeros and shape[0] > 1:
                table[0, 1:] = 0
            yield case("mutual_information", "sklearn.metrics.mutual_info_score(None, None, contingency=joint)", {"joint": table.astype(float)},
                       {"mi": metrics.mutual_info_score(None, None, contingency=table)}, {"normalise": "yes"})


def bayes():
    """Categorical features: feature t of a row has outcome o_t, its likelihood under
    class i is the table's. One feature is bayes_posterior, several bayes_update."""
    d = Draw("sklearn bayes")
    for classes, steps in ((2, 1), (4, 1), (7, 1), (2, 3), (5, 4), (3, 12)):
        prior = d.reals(classes) + 0.05
        prior /= prior.sum()
        like = d.reals(steps, classes, 3) + 0.05
        like /= like.sum(axis=2, keepdims=True)
        nb = naive_bayes.CategoricalNB(class_prior=prior, min_categories=3).fit(np.zeros((classes, steps), dtype=int), np.arange(classes))
        nb.feature_log_prob_ = [np.log(table) for table in like]
        seen = d.ints(3, 2, steps)
        likelihood = np.stack([like[np.arange(steps), :, row] for row in seen])
        prior = np.tile(prior, (2, 1))
        p, lp, joint = nb.predict_proba(seen), nb.predict_log_proba(seen), nb.predict_joint_log_proba(seen)
        asks, evidence = "sklearn.naive_bayes.CategoricalNB: predict_proba", np.logaddexp.reduce(joint, axis=1)
        if steps == 1:
            yield case("bayes_posterior", asks, {"prior": prior, "likelihood": likelihood[:, 0]}, {"posterior": p, "evidence": np.exp(evidence)})
            continue
        yield case("bayes_update", asks, {"prior": prior, "likelihood": likelihood}, {"posterior": p, "log_evidence": evidence})
        yield case("bayes_update", asks.replace("proba", "log_proba"), {"prior": np.log(prior), "likelihood": np.log(likelihood)},
                   {"posterior": lp, "log_evidence": evidence}, {"form": "log"})
        if classes == 2:
            yield case("bayes_odds", asks, {"prior_odds": prior[:, 1] / prior[:, 0], "ratio": likelihood[:, :, 1] / likelihood[:, :, 0]}, {"probability": p[:, 1]})


def temperatures():
    d = Draw("sklearn temperatures")
    for spread, n in ((2.0, 40), (5.0, 60)):
        x = d.bell(spread, n, 4)
        label = np.argmax(x + d.bell(1.0 + spread, n, 4), axis=1)
        fit = calibration._TemperatureScaling().fit(x, label)
        yield case("temperature_fit", "1/sklearn.calibration._TemperatureScaling().fit(x, label).beta_", {"x": x, "label": label}, {"temperature": 1 / fit.beta_}, within=1e-6)
