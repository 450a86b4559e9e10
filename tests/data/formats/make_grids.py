#!/usr/bin/env python3
"""Writes kernels/common/grids.cpp: the codebooks of GGUF's i-quants, as the PyPI package gguf defines
them. Needs: pip install gguf numpy."""

from pathlib import Path

from gguf import quants

# Name, class, bits a number.
GRIDS = [
    ("kIq2XxsGrid", quants.IQ2_XXS, 2), ("kIq2XsGrid", quants.IQ2_XS, 2),
    ("kIq2SGrid", quants.IQ2_S, 2), ("kIq3XxsGrid", quants.IQ3_XXS, 3),
    ("kIq3SGrid", quants.IQ3_S, 3), ("kIq1Grid", quants.IQ1_S, 2),
]


def words(kind, bits):
    kind.init_grid()
    place = {float(value): index for index, value in enumerate(kind.grid_map)}
    for row in kind.grid.reshape(kind.grid_shape):
        yield sum(place[float(value)] << bits * i for i, value in enumerate(row))


def main():
    lines = ['#include "common/grids.h"', "", "// Written by tests/data/formats/make_grids.py.",
             "namespace hearth::kernels {", "", "// clang-format off"]
    for name, kind, bits in GRIDS:
        numbers = [f"{word:#x}" for word in words(kind, bits)]
        lines.append(f"const std::uint16_t {name}[{len(numbers)}] = {{")
        lines += ["    " + ", ".join(numbers[i:i + 12]) + "," for i in range(0, len(numbers), 12)]
        lines += ["};", ""]
    lines += ["// clang-format on", "", "} // namespace hearth::kernels", ""]
    root = Path(__file__).resolve().parents[3]
    (root / "kernels/common/grids.cpp").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
