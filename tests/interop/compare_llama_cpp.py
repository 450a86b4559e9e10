#!/usr/bin/env python3
"""Exports checkpoints as GGUF files and compares llama.cpp's logits of them with the references.

    python3 -m venv v && v/bin/pip install llama-cpp-python numpy
    v/bin/python tests/interop/compare_llama_cpp.py build/release/bin/hearth tests/data/models/*

Each folder holds a checkpoint and reference.safetensors (prompt_K, logits_K, greedy_K; of encoders
last_hidden_K, of encoder-decoders decoder_in_K), as those of tests/data/models. Prints for each the
largest |difference| over the largest |logit| or state, and whether llama.cpp's greedy tokens are the
reference's. Ends with 1 if a model is further off than --limit
and the export had no note that llama.cpp does otherwise, or if the export of one within it had;
weights are exported as F32 and keys and values kept as F32, but llama.cpp reads GELU from an F16
table, which gives 6e-4, and in T5, whose attention is not scaled, up to --t5-limit (with relu 2e-6).
"""
import argparse
import ctypes
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import llama_cpp
import numpy as np

sys.path.append(str(pathlib.Path(__file__).parents[1] / "data" / "models"))
from made_values import values  # noqa: E402

TYPES = {"F32": np.float32, "I64": np.int64}


def read_safetensors(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            numbers = np.frombuffer(data[8 + length + begin:8 + length + end], TYPES[entry["dtype"]])
            tensors[name] = numbers.reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, numbers in tensors.items():
        numbers = numbers.astype(np.float32)
        header[name] = {"dtype": "F32", "shape": list(numbers.shape),
                        "data_offsets": [len(data), len(data) + numbers.nbytes]}
        data += numbers.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def whole(model, folder):
    """The folder with weights: those that tests make up are written to `folder`."""
    if (model / "model.safetensors").exists():
        return model
    made = folder / model.name
    made.mkdir()
    (made / "config.json").write_bytes((model / "config.json").read_bytes())
    shapes = json.loads((model / "tensors.json").read_text())
    write_safetensors(made / "model.safetensors",
                      {name: values(name, shape) for name, shape in shapes.items()})
    return made


class Peer:
    def __init__(self, path, states=False):
        parameters = llama_cpp.llama_model_default_params()
        parameters.n_gpu_layers = 0
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.model:
            raise RuntimeError("llama.cpp refused the file")
        context = llama_cpp.llama_context_default_params()
        context.n_ctx = context.n_batch = context.n_ubatch = 512
        context.n_threads = context.n_threads_batch = 2
        context.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        context.type_k = context.type_v = llama_cpp.GGML_TYPE_F32
        context.embeddings = states
        context.pooling_type = llama_cpp.LLAMA_POOLING_TYPE_NONE
        self.context = llama_cpp.llama_init_from_model(self.model, context)
        if not self.context:
            raise RuntimeError("llama.cpp made no context")

    @staticmethod
    def batch(tokens, first=0):
        batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i] = int(token)
            batch.pos[i] = first + i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = 0
            batch.logits[i] = 1
        return batch

    def rows(self, run, row, tokens, first, columns):
        batch = self.batch(tokens, first)
        if run(self.context, batch) != 0:
            raise RuntimeError(run.__name__ + " failed")
        rows = [np.ctypeslib.as_array(row(self.context, i), (columns,)).copy()
                for i in range(len(tokens) if row else 0)]
        llama_cpp.llama_batch_free(batch)
        return np.stack(rows) if rows else None

    def logits(self, tokens, first=0, columns=512):
        return self.rows(llama_cpp.llama_decode, llama_cpp.llama_get_logits_ith, tokens, first,
                         columns)

    def states(self, tokens, columns):
        return self.rows(llama_cpp.llama_encode, llama_cpp.llama_get_embeddings_ith, tokens, 0,
                         columns)

    def encode(self, tokens):
        self.rows(llama_cpp.llama_encode, None, tokens, 0, 0)

    def forget(self):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)

    def close(self):
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)


def distance(got, wanted):
    return float(np.abs(got - wanted).max() / np.abs(wanted).max())


def compare_encoder(peer, reference):
    worst, k = 0.0, 0
    while f"last_hidden_{k}" in reference:
        wanted = reference[f"last_hidden_{k}"]
        worst = max(worst, distance(peer.states(reference[f"prompt_{k}"], wanted.shape[1]), wanted))
        k += 1
    return worst, True


def compare_encoder_decoder(peer, reference):
    worst, greedy_right, k = 0.0, True, 0
    while f"logits_{k}" in reference:
        wanted = reference[f"logits_{k}"]
        peer.forget()
        peer.encode(reference[f"prompt_{k}"])
        got = peer.logits(reference[f"decoder_in_{k}"], columns=wanted.shape[1])
        worst = max(worst, distance(got, wanted))
        greedy_right &= bool((got.argmax(1) == wanted.argmax(1)).all())
        k += 1
    return worst, greedy_right


def compare(peer, reference):
    if "last_hidden_0" in reference:
        return compare_encoder(peer, reference)
    if "decoder_in_0" in reference:
        return compare_encoder_decoder(peer, reference)
    worst, greedy_right, k = 0.0, True, 0
    while f"logits_{k}" in reference:
        wanted = reference[f"logits_{k}"]
        prompt = reference[f"prompt_{k}"]
        peer.forget()
        got = peer.logits(prompt, columns=wanted.shape[1])
        worst = max(worst, distance(got, wanted))
        last, position = got[-1], len(prompt)
        for token in reference[f"greedy_{k}"]:
            greedy_right &= int(last.argmax()) == int(token)
            last = peer.logits([token], position, wanted.shape[1])[-1]
            position += 1
        k += 1
    return worst, greedy_right


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hearth")
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--limit", type=float, default=2e-3)
    parser.add_argument("--t5-limit", type=float, default=3e-2)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if not options.verbose:
        quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
        llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    failed = False
    for model in options.models:
        if not (model / "reference.safetensors").exists():
            continue
        with tempfile.TemporaryDirectory() as folder:
            target = pathlib.Path(folder) / "model.gguf"
            export = subprocess.run(
                [options.hearth, "convert", "base", str(whole(model, pathlib.Path(folder))), "--to", "gguf", "--outtype", "f32",
                 "--dst-path", str(target)], capture_output=True, text=True)
            if export.returncode != 0:
                print(f"{model.name:16} not exported: {export.stderr.strip().splitlines()[-1]}")
                continue
            notes = [line for line in export.stderr.splitlines() if line.startswith("note: ")]
            try:
                reference = read_safetensors(model / "reference.safetensors")
                peer = Peer(target, "last_hidden_0" in reference)
                worst, greedy = compare(peer, reference)
                peer.close()
            except RuntimeError as error:
                print(f"{model.name:16} {error}", *notes, sep="\n    ", flush=True)
                failed |= not notes
                continue
        limit = options.t5_limit if "decoder_in_0" in reference else options.limit
        right = (worst <= limit) != bool(notes)
        failed |= not right
        verdict = "" if right else "  NOTED IN VAIN" if notes else "  TOO FAR"
        print(f"{model.name:16} {worst:.1e} greedy {'same' if greedy else 'DIFFERS'}{verdict}",
              *notes, sep="\n    ", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
