"""The weights of the folders that have a tensors.json: numbers of a hash of the tensor's name."""
import math

import numpy as np


def hashed(name, count):
    """float64 [count] in [-1, 1), multiples of 2^-23."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        x = np.uint64(seed) + np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return (x >> np.uint64(40)).astype(np.float64) / 2**23 - 1.0


def values(name, shape):
    """Vectors: gains near 1, biases near 0; matrices so that products keep their size."""
    numbers = hashed(name, int(np.prod(shape)))
    if len(shape) == 1:
        is_gain = name.endswith(("weight", "gamma"))
        numbers = 1.0 + numbers / 4 if is_gain else numbers / 8
    elif "mbedding" not in name and "shared" not in name and "relative" not in name:
        numbers = numbers * 2.0 ** round(math.log2(1.7 / math.sqrt(shape[-1])))
    return numbers.reshape(shape)
