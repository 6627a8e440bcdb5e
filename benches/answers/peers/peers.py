"""What others would say to the same questions: the rows beside ours in docs/answers.md.

    peers.py --data DIR --budget K --out DIR

DIR holds sets as `cargo xtask answers` reads them; OUT/<peer>/<set>.jsonl is written in the form that the scorer reads. Peers
that need no model: softmax regression over sparse features ("sparse LR"), nearest text by character n-grams, BM25, edit
ratio. They rank and have no decision of their own, so only acc, right80 and auroc of theirs mean anything.

Packages: see requirements.txt.
"""

import argparse
import json
import pathlib
import time

import numpy
from rank_bm25 import BM25Okapi
from rapidfuzz import fuzz
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_union


def grams():
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)


def words():
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)


def by_owner(similarity, owners):
    """The best text of each entry speaks for it."""
    best = {}
    for owner, value in zip(owners, similarity):
        best[owner] = max(best.get(owner, -1.0), float(value))
    return max(best.items(), key=lambda pair: pair[1])


class SparseLr:
    def __init__(self, texts, owners):
        self.features = make_union(words(), grams())
        self.model = LogisticRegression(C=30.0, max_iter=1000)
        self.model.fit(self.features.fit_transform(texts), owners)

    def ask(self, text):
        shares = self.model.predict_proba(self.features.transform([text]))[0]
        return self.model.classes_[shares.argmax()], float(shares.max())


class CharGrams:
    def __init__(self, texts, owners):
        self.features, self.owners = grams(), owners
        self.rows = self.features.fit_transform(texts)

    def ask(self, text):
        return by_owner((self.rows @ self.features.transform([text]).T).toarray()[:, 0], self.owners)


class Bm25:
    def __init__(self, texts, owners):
        self.split = TfidfVectorizer().build_analyzer()
        self.ranker, self.owners = BM25Okapi([self.split(text) or [""] for text in texts]), owners

    def ask(self, text):
        return by_owner(numpy.asarray(self.ranker.get_scores(self.split(text))), self.owners)


class EditRatio:
    def __init__(self, texts, owners):
        self.texts, self.owners = [text.lower() for text in texts], owners

    def ask(self, text):
        return by_owner([fuzz.token_set_ratio(text.lower(), other) / 100 for other in self.texts], self.owners)


PEERS = {"sparse-lr": SparseLr, "char-grams": CharGrams, "bm25": Bm25, "edit-ratio": EditRatio}


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--budget", type=int, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    for folder in sorted(path.parent for path in arguments.data.glob("*/queries.jsonl")):
        texts, owners = [], []
        for entry in lines(folder / "entries.jsonl"):
            asked = [entry["question"], *entry.get("variants", [])[: arguments.budget - 1]]
            # Nearness to an answer is a hint that all of these can use; as one more text it helps those that rank.
            asked += [entry["answer"]] if entry.get("answer") else []
            texts += asked
            owners += [entry["id"]] * len(asked)
        for name, peer in PEERS.items():
            said, out = peer(texts, owners), arguments.out / name
            out.mkdir(parents=True, exist_ok=True)
            with open(out / f"{folder.name}.jsonl", "w", encoding="utf-8") as file:
                for index, query in enumerate(lines(folder / "queries.jsonl")):
                    started = time.perf_counter()
                    best, score = said.ask(query["text"])
                    micros = round((time.perf_counter() - started) * 1e6)
                    row = {"query_index": index, "id": best, "score": score, "answered": True, "micros": micros}
                    file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
