"""Makes src/knowledge/scoring/calibration.rs: how likely an answer is right, from what is known of the question.

    python calibration.py sizes SETS SIZES                        makes smaller and larger bases of the sets
    cargo xtask answers --data SETS --budget 1 --out said/1       and the same for 3, 5 and 10,
    cargo xtask answers --data SIZES/1 --budget 1 --out said/1    and the same for 3, 5 and 10; with --model for
    python calibration.py fit SETS SIZES said ../../src/knowledge/scoring/calibration.rs        model_calibration.rs

With a model, which reads every text anew for each base, the larger ones were asked at 1, 3 and 5.

A logistic regression over all questions of all sets, each set at each budget counting the same. It prints how well it does
on sets that it was not fitted to: for every family of sets (those of one source) it is fitted to the others.

The sets have some dozen entries each. Chance finds less in a smaller base and more in a larger one, so each set is also asked with
a few of its entries alone, where most of its questions have no answer, and with texts of other families added to its own: as
entries of one text each, and of as many as the budget gives. Those are not the answer to anything, so families that talk of the
same things are not put together.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

# Questions that a whole set counts for, and how strongly weights are drawn to zero: three sets in forty against one weight.
SET_WEIGHT = 300.0
DRAW = 30.0
STEPS = 60
ANSWER_AT = 0.55

# A set with fewer or more entries counts that much of it as it is.
SIZED_WEIGHT = 0.25
BUDGETS = (1, 3, 5, 10)
KEPT = (4, 12)
ADDED = (200, 1000)
# Both answer small talk, and what is asked of the one the other answers.
ALIKE = {"smalltalk", "clinc150"}


def family(name):
    return name.split("-")[0].split("+")[0]


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def added_to(entries, name, texts_each):
    """What is added to a set: entries of so many texts, in an order that nobody chose."""
    found = {}
    for other, rows in entries.items():
        if family(other) == family(name) or {family(other), family(name)} == ALIKE:
            continue
        for row in (row for row in rows if row["lang"] == "en"):
            texts = sorted((row["question"], *row["variants"]), key=digest)
            for at in range(0, len(texts) - texts_each + 1, texts_each):
                found[tuple(texts[at : at + texts_each])] = row["answer"]
    return sorted(found.items(), key=lambda entry: digest(entry[0][0]))


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def sizes(sets, out):
    """Each set with fewer entries, and each of English entries with those of other families, for each budget."""
    folders = sorted(path for path in sets.iterdir() if (path / "queries.jsonl").exists())
    entries = {folder.name: lines(folder / "entries.jsonl") for folder in folders}
    for folder in folders:
        own, queries = entries[folder.name], lines(folder / "queries.jsonl")
        english = all(row["lang"] == "en" for row in own)
        for budget in BUDGETS:
            for count in KEPT:
                kept = sorted(own, key=lambda row: digest(row["id"]))[:count]
                known = {row["id"] for row in kept}
                asked = [query | {"expected": query["expected"] if query["expected"] in known else None} for query in queries]
                write(out / str(budget) / f"{folder.name}-of{count}", kept, asked)
            for texts_each in sorted({1, budget}) if english else ():
                pool = added_to(entries, folder.name, texts_each)
                for count in ADDED:
                    added = [
                        {"id": f"+{at}", "question": texts[0], "variants": texts[1:], "answer": answer, "lang": "en"}
                        for at, (texts, answer) in enumerate(pool[:count])
                    ]
                    write(out / str(budget) / f"{folder.name}+{count}x{texts_each}", own + added, queries)


def write(folder, entries, queries):
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("entries", entries), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def sized(name):
    """How a set was made smaller or larger; empty for one as it is."""
    return "+" + name.partition("+")[2] if "+" in name else "of " + name.rpartition("-of")[2] if "-of" in name else ""


def read(sets, others, said):
    """(family, set, budget, evidence, right, in scope, asked) of each set at each budget."""
    found = []
    for budget in sorted((path for path in said.iterdir() if path.is_dir()), key=lambda path: int(path.name)):
        for answers in sorted(budget.glob("*.jsonl")):
            folder = others / budget.name if sized(answers.stem) else sets
            queries = lines(folder / answers.stem / "queries.jsonl")
            rows = [row for row in lines(answers) if row["evidence"]]
            expected = [queries[row["query_index"]]["expected"] for row in rows]
            right = np.array([row["id"] == wanted for row, wanted in zip(rows, expected)], float)
            inside = sum(query["expected"] is not None for query in queries)
            evidence = np.array([row["evidence"] for row in rows])
            found.append((family(answers.stem), answers.stem, budget.name, evidence, right, inside, len(queries)))
    return found


def weight(name):
    return SET_WEIGHT * (SIZED_WEIGHT if sized(name) else 1.0)


def fit(found):
    """Bias and weights, for the numbers as they come."""
    evidence = np.vstack([part[3] for part in found])
    mean, spread = evidence.mean(0), evidence.std(0) + 1e-9
    x = np.column_stack([np.ones(len(evidence)), (evidence - mean) / spread])
    right = np.concatenate([part[4] for part in found])
    counts = np.concatenate([np.full(len(part[4]), weight(part[1]) / len(part[4])) for part in found])
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
            precision, recall = hits / max(answered.sum(), 1), hits / max(inside, 1)
            f1 = 2 * precision * recall / max(precision + recall, 1e-9)
            row = (answered.sum() / asked, precision, (answered.sum() - hits) / asked, f1)
            rows.setdefault((sized(name), budget), []).append(row)
            print(f"{name:28} k={budget:>2}  " + "  ".join(f"{value:8.3f}" for value in row))
    for (size, budget), of_budget in sorted(rows.items(), key=lambda row: (row[0][0], int(row[0][1]))):
        print(f"{'mean ' + size:28} k={budget:>2}  " + "  ".join(f"{value:8.3f}" for value in np.mean(of_budget, 0)))


def learn(sets, others, said, out):
    found = read(sets, others, said)
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
    {"sizes": sizes, "fit": learn}[sys.argv[1]](*(Path(argument) for argument in sys.argv[2:]))
