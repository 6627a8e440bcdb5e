"""Makes src/knowledge/scoring/calibration.rs: how likely an answer is right, from what is known of the question.

    cargo xtask answers --data SETS --budget 1 --out said/1       and the same for 3, 5 and 10
    python calibration.py SETS said ../../src/knowledge/scoring/calibration.rs

A logistic regression over all questions of all sets, each set at each budget counting the same. It prints how well it does
on sets that it was not fitted to: for every family of sets (those of one source) it is fitted to the others.
"""

import json
import sys
from pathlib import Path

import numpy as np

# Questions that a whole set counts for, and how strongly weights are drawn to zero: three sets in forty against one weight.
SET_WEIGHT = 300.0
DRAW = 30.0
STEPS = 60
ANSWER_AT = 0.55


def read(sets, said):
    """(family, set, budget, evidence, right, in scope) of each set at each budget."""
    found = []
    for folder in sorted(path for path in sets.iterdir() if (path / "queries.jsonl").exists()):
        queries = [json.loads(line) for line in (folder / "queries.jsonl").read_text().splitlines() if line.strip()]
        for budget in sorted((path for path in said.iterdir() if path.is_dir()), key=lambda path: int(path.name)):
            lines = [json.loads(line) for line in (budget / f"{folder.name}.jsonl").read_text().splitlines()]
            lines = [line for line in lines if line["evidence"]]
            expected = [queries[line["query_index"]]["expected"] for line in lines]
            right = np.array([line["id"] == wanted for line, wanted in zip(lines, expected)], float)
            inside = sum(query["expected"] is not None for query in queries)
            evidence = np.array([line["evidence"] for line in lines])
            found.append((folder.name.split("-")[0], folder.name, budget.name, evidence, right, inside, len(queries)))
    return found


def fit(found):
    """Bias and weights, for the numbers as they come."""
    evidence = np.vstack([part[3] for part in found])
    mean, spread = evidence.mean(0), evidence.std(0) + 1e-9
    x = np.column_stack([np.ones(len(evidence)), (evidence - mean) / spread])
    right = np.concatenate([part[4] for part in found])
    counts = np.concatenate([np.full(len(part[4]), SET_WEIGHT / len(part[4])) for part in found])
    draw = DRAW * np.r_[0, np.ones(x.shape[1] - 1)]
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (counts * (p - right)) + draw * weights
        bend = (x * (counts * p * (1 - p))[:, None]).T @ x + np.diag(draw)
        weights -= np.linalg.solve(bend, slope)
    own = weights[1:] / spread
    return weights[0] - own @ mean, own


def report(found):
    print("on sets it was not fitted to:  answered   right  wrong of all  F1")
    rows = {}
    for family in sorted({part[0] for part in found}):
        bias, weights = fit([part for part in found if part[0] != family])
        for _, name, budget, evidence, right, inside, asked in (part for part in found if part[0] == family):
            answered = 1 / (1 + np.exp(-(bias + evidence @ weights))) >= ANSWER_AT
            hits = right[answered].sum()
            precision, recall = hits / max(answered.sum(), 1), hits / inside
            f1 = 2 * precision * recall / max(precision + recall, 1e-9)
            row = (answered.sum() / asked, precision, (answered.sum() - hits) / asked, f1)
            rows.setdefault(budget, []).append(row)
            print(f"{name:20} k={budget:>2}  " + "  ".join(f"{value:8.3f}" for value in row))
    for budget, of_budget in rows.items():
        print(f"{'mean':20} k={budget:>2}  " + "  ".join(f"{value:8.3f}" for value in np.mean(of_budget, 0)))


def main(sets, said, out):
    found = read(sets, said)
    report(found)
    bias, weights = fit(found)
    listed = ", ".join(f"{weight:.4f}" for weight in weights)
    out.write_text(
        "//! Made by `xtask/training/calibration.py`; see there.\n\n"
        "/// What the sum begins with.\n"
        f"pub(super) const BIAS: f32 = {bias:.4f};\n\n"
        "/// One weight for each number of [`Evidence::numbers`](super::Evidence::numbers), in its order.\n"
        f"pub(super) const WEIGHTS: [f32; {len(weights)}] = [\n    {listed},\n];\n"
    )


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
