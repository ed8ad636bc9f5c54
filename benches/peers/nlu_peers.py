"""What common ways of telling intents apart make of the vectors and splits of `bench-nlu`.

In, a directory that `bench-nlu --peers` writes:
  vectors.f32   texts × dimension, little-endian, of length 1
  work.json     {"dimension", "texts": [...], "tasks": [{"name", "train": [[text, label], ...],
                "test": [[text, label], ...], "outside": [text, ...], "precision": ours or null}]}
Out, on stdout: [{"name", "top": {peer: share}, "coverage": {peer: share}, "auroc": {signal: share}}]

`coverage` is with the threshold that is best in hindsight: the one that answers the most while at
least `precision` of the answers are right. `auroc` is of one signal alone, inside against outside.
Needs scikit-learn and numpy; `make bench-nlu` puts the pinned ones beside the cache.
"""

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.svm import LinearSVC

NEIGHBOURS = 5


def votes(similarity, labels, classes, k=NEIGHBOURS):
    """Per text and class: votes of the k nearest, ties going to the larger sum of similarities."""
    k = min(k, similarity.shape[1])
    near = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
    scores = np.zeros((len(similarity), classes))
    rows = np.arange(len(similarity))[:, None]
    np.add.at(scores, (rows, labels[near]), 1 + 1e-3 * np.take_along_axis(similarity, near, 1))
    return scores


def routes(similarity, labels, classes, k=NEIGHBOURS):
    """semantic-router's way: the mean similarity of each route among the k nearest utterances."""
    k = min(k, similarity.shape[1])
    near = np.argpartition(-similarity, k - 1, axis=1)[:, :k]
    rows = np.arange(len(similarity))[:, None]
    sums = np.zeros((len(similarity), classes))
    counts = np.zeros((len(similarity), classes))
    np.add.at(sums, (rows, labels[near]), np.take_along_axis(similarity, near, 1))
    np.add.at(counts, (rows, labels[near]), 1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), 0)


def coverage(sure, right, precision):
    """The largest share answered by a threshold on `sure` with at least `precision` right."""
    order = np.argsort(-sure, kind="stable")
    kept = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = np.append(np.diff(sure[order]) < 0, True)
    good = np.flatnonzero(last & (kept >= precision))
    return float((good[-1] + 1) / len(order)) if len(good) else 0.0


def softmax(scores):
    odds = np.exp(scores - scores.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


def peers(train, train_texts, labels, classes, asked, asked_texts):
    """Per peer: (scores per class, how sure it is of its first)."""
    similarity = asked @ train.T
    voted = votes(similarity, labels, classes)
    routed = routes(similarity, labels, classes)
    mean = train.mean(0)
    length_one = lambda x: x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
    normed, seen = length_one(train - mean), length_one(asked - mean)
    logistic = LogisticRegression(C=10, max_iter=200, tol=1e-3).fit(normed, labels)
    logits = logistic.decision_function(seen)
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, min_df=1)
    svm = LinearSVC(C=1.0).fit(grams.fit_transform(train_texts), labels)
    margins = svm.decision_function(grams.transform(asked_texts))
    if logits.ndim == 1:
        logits, margins = (np.stack([-x, x], 1) for x in (logits, margins))
    # Scores of classes that this split does not train are never the highest.
    full = lambda scores, known: np.full((len(asked), classes), -1e9) if classes != len(known) else scores
    known = logistic.classes_
    spread = lambda s: place(s, known, classes, full(s, known))
    summed = logits + margins
    made = {
        "kNN (k=5)": voted,
        "nearest by threshold": routed,
        "logistic regression": spread(logits),
        "TF-IDF + linear SVM": spread(margins),
        "both summed": spread(summed),
    }
    sure = {
        "kNN (k=5)": voted.max(1) - 1e-3,
        "nearest by threshold": routed.max(1),
        "logistic regression": softmax(logits).max(1),
        "TF-IDF + linear SVM": margins.max(1),
        "both summed": softmax(summed).max(1),
    }
    centroids = np.stack([normed[labels == c].mean(0) for c in known])
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    signals = {
        "nearest similarity": similarity.max(1),
        "centred similarity to a mean": (seen @ centroids.T).max(1),
        "probability of the logistic regression": softmax(logits).max(1),
        "logit of the logistic regression": logits.max(1),
        "margin of the SVM": margins.max(1),
    }
    return made, sure, signals


def place(scores, known, classes, into):
    if classes == len(known):
        return scores
    into[:, known] = scores
    return into


def run(task, vectors, texts):
    names = sorted({label for _, label in task["train"] + task["test"]})
    number = {name: at for at, name in enumerate(names)}
    rows = np.array([row for row, _ in task["train"]])
    labels = np.array([number[label] for _, label in task["train"]])
    asked = [row for row, _ in task["test"]] + task["outside"]
    truth = np.array([number[label] for _, label in task["test"]] + [-1] * len(task["outside"]))
    made, sure, signals = peers(
        vectors[rows],
        [texts[row] for row in rows],
        labels,
        len(names),
        vectors[asked],
        [texts[row] for row in asked],
    )
    inside = truth >= 0
    right = {name: scores.argmax(1) == truth for name, scores in made.items()}
    found = {"name": task["name"], "top": {n: float(r[inside].mean()) for n, r in right.items()}}
    if task.get("precision"):
        found["coverage"] = {n: coverage(sure[n], right[n], task["precision"]) for n in right}
    if not inside.all():
        found["auroc"] = {n: float(roc_auc_score(inside, s)) for n, s in signals.items()}
    return found


def main():
    folder = Path(sys.argv[1])
    work = json.loads((folder / "work.json").read_text(encoding="utf-8"))
    vectors = np.fromfile(folder / "vectors.f32", dtype="<f4").reshape(-1, work["dimension"])
    found = []
    for task in work["tasks"]:
        found.append(run(task, vectors, work["texts"]))
        best = max(found[-1]["top"], key=found[-1]["top"].get)
        print(f"{task['name']}: best peer {best} {found[-1]['top'][best]:.4f}", file=sys.stderr, flush=True)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
