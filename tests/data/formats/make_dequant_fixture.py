#!/usr/bin/env python3
"""Writes dequantize/TYPE.blocks (random blocks) and dequantize/TYPE.f32 (what the PyPI package
gguf makes of them, float32) for kernels' dequantize_test. Needs: pip install gguf numpy."""

from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, dequantize

# Byte offsets of the fp16 fields within a block; they must be finite.
HALF_FIELDS = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
    "IQ4_NL": [0], "IQ4_XS": [0], "F16": [0],
    "MXFP4": [], "TQ1_0": [52], "TQ2_0": [64], "IQ1_S": [0], "IQ1_M": [], "IQ2_XXS": [0],
    "IQ2_XS": [0], "IQ2_S": [0], "IQ3_XXS": [0], "IQ3_S": [0],
}
ELEMENTS = 1024


def finite_halves(random, count):
    bits = random.integers(0, 0x7C00, count).astype(np.uint16)
    return bits | (random.integers(0, 2, count).astype(np.uint16) << 15)


def make(name, random):
    kind = GGMLQuantizationType[name]
    elements, size = GGML_QUANT_SIZES[kind]
    count = ELEMENTS // elements
    if name == "F32":
        return random.standard_normal(count).astype("<f4").view(np.uint8).reshape(count, size)
    blocks = random.integers(0, 256, (count, size)).astype(np.uint8)
    if name == "BF16":
        blocks[:, 1] &= 0xBF  # keeps the exponent below that of infinity
    if name == "MXFP4":
        blocks[:, 0] = random.integers(0, 250, count)  # 12 times the scale is finite.
    if name == "IQ1_M":
        blocks[:, 55] &= 0xBF  # The scale's upper bits, as for BF16.
    for offset in HALF_FIELDS.get(name, []):
        blocks[:, offset:offset + 2] = finite_halves(random, count).astype("<u2").view(
            np.uint8).reshape(count, 2)
    return blocks


def main():
    folder = Path(__file__).parent / "dequantize"
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(20240229)
    for name in ["F32", "BF16", *HALF_FIELDS]:
        blocks = make(name, random)
        values = dequantize(blocks, GGMLQuantizationType[name]).astype("<f4").ravel()
        assert values.size == ELEMENTS and np.isfinite(values).all(), name
        (folder / f"{name}.blocks").write_bytes(blocks.tobytes())
        (folder / f"{name}.f32").write_bytes(values.tobytes())


if __name__ == "__main__":
    main()
