#!/usr/bin/env python3
"""Writes a Hugging Face folder with random bfloat16 weights and no tokenizer, as fast as the disk
takes it: for measuring how long a model of a given shape takes to load and to run."""

import argparse
import json
import os
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

NUMBER_BYTES = 2
PIECE_BYTES = 32 << 20
ONE = 0x3F80  # 1.0


@dataclass(frozen=True)
class Shape:
    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    head_width: int
    vocabulary: int
    context: int
    shard_bytes: int
    pool_bytes: int

    def config(self):
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "torch_dtype": "bfloat16",
            "hidden_size": self.hidden,
            "intermediate_size": self.intermediate,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_width,
            "vocab_size": self.vocabulary,
            "max_position_embeddings": self.context,
            "hidden_act": "silu",
            "rms_norm_eps": 1e-5,
            "rope_theta": 500000.0,
            "rope_scaling": None,
            "attention_bias": False,
            "mlp_bias": False,
            "tie_word_embeddings": False,
            "bos_token_id": 0,
            "eos_token_id": 1,
        }

    def tensors(self):
        """Names and shapes, in the order in which the files hold them."""
        queries = self.heads * self.head_width
        keys = self.kv_heads * self.head_width
        yield "model.embed_tokens.weight", (self.vocabulary, self.hidden)
        for layer in range(self.layers):
            prefix = f"model.layers.{layer}."
            yield prefix + "input_layernorm.weight", (self.hidden,)
            yield prefix + "self_attn.q_proj.weight", (queries, self.hidden)
            yield prefix + "self_attn.k_proj.weight", (keys, self.hidden)
            yield prefix + "self_attn.v_proj.weight", (keys, self.hidden)
            yield prefix + "self_attn.o_proj.weight", (self.hidden, queries)
            yield prefix + "post_attention_layernorm.weight", (self.hidden,)
            yield prefix + "mlp.gate_proj.weight", (self.intermediate, self.hidden)
            yield prefix + "mlp.up_proj.weight", (self.intermediate, self.hidden)
            yield prefix + "mlp.down_proj.weight", (self.hidden, self.intermediate)
        yield "model.norm.weight", (self.hidden,)
        yield "lm_head.weight", (self.vocabulary, self.hidden)


SHAPES = {
    "llama-3-8b": Shape(4096, 14336, 32, 32, 8, 128, 128256, 8192, 4 << 30, 64 << 20),
    "tiny": Shape(96, 208, 3, 6, 2, 16, 263, 512, 200 << 10, 1 << 20),
}


@dataclass
class Tensor:
    name: str
    shape: tuple
    size: int
    begin: int = 0  # In its file's data.


def split_into_files(shape):
    files = [[]]
    used = 0
    for name, dimensions in shape.tensors():
        size = int(np.prod(dimensions)) * NUMBER_BYTES
        if files[-1] and used + size > shape.shard_bytes:
            files.append([])
            used = 0
        files[-1].append(Tensor(name, dimensions, size, used))
        used += size
    return files


def header_of(tensors):
    entries = {
        tensor.name: {
            "dtype": "BF16",
            "shape": list(tensor.shape),
            "data_offsets": [tensor.begin, tensor.begin + tensor.size],
        }
        for tensor in tensors
    }
    text = json.dumps({"__metadata__": {"format": "pt"}, **entries}).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def random_pool(size, seed):
    """Numbers of N(0, 0.02), followed by as many of the first again as a piece may need."""
    generator = np.random.default_rng(seed)
    numbers = generator.standard_normal(size // NUMBER_BYTES, dtype=np.float32) * np.float32(0.02)
    halves = (numbers.view(np.uint32) >> 16).astype("<u2")
    return memoryview(np.concatenate([halves, np.resize(halves, PIECE_BYTES // NUMBER_BYTES)])).cast("B")


def write_all(descriptor, data, offset):
    while data:
        written = os.pwrite(descriptor, data, offset)
        data = data[written:]
        offset += written


def write_folder(out, shape, threads, seed):
    out.mkdir(parents=True, exist_ok=True)
    pool = random_pool(shape.pool_bytes, seed)
    files = split_into_files(shape)
    weight_map = {}
    pieces = 0
    descriptors = []
    with ThreadPoolExecutor(threads) as workers:
        pending = []
        for index, tensors in enumerate(files):
            name = f"model-{index + 1:05}-of-{len(files):05}.safetensors"
            header = header_of(tensors)
            descriptor = os.open(out / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            descriptors.append(descriptor)
            write_all(descriptor, memoryview(header), 0)
            for tensor in tensors:
                weight_map[tensor.name] = name
                begin = len(header) + tensor.begin
                if len(tensor.shape) == 1:  # A norm's gains.
                    ones = np.full(tensor.shape, ONE, "<u2")
                    write_all(descriptor, memoryview(ones).cast("B"), begin)
                    continue
                for done in range(0, tensor.size, PIECE_BYTES):
                    size = min(PIECE_BYTES, tensor.size - done)
                    # An odd step, so that neighbours don't hold the same numbers.
                    start = pieces * 7919 * 66 * NUMBER_BYTES % shape.pool_bytes
                    pieces += 1
                    data = pool[start : start + size]
                    pending.append(workers.submit(write_all, descriptor, data, begin + done))
        for write in pending:
            write.result()
    for descriptor in descriptors:
        os.close(descriptor)
    total = sum(tensor.size for tensors in files for tensor in tensors)
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (out / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")
    (out / "config.json").write_text(json.dumps(shape.config(), indent=2) + "\n")
    return total, len(files)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="the folder, made if it is not there")
    parser.add_argument("--shape", choices=SHAPES, required=True)
    parser.add_argument("--threads", type=int, default=min(8, os.cpu_count() or 1))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    total, files = write_folder(
        arguments.out, SHAPES[arguments.shape], arguments.threads, arguments.seed
    )
    print(json.dumps({"bytes": total, "files": files}))


if __name__ == "__main__":
    sys.exit(main())
