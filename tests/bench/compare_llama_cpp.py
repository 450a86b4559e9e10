#!/usr/bin/env python3
"""Hearth and llama.cpp on the same model, in turns: decode and prefill, medians and ratios.

    python3 -m venv v && v/bin/pip install llama-cpp-python
    v/bin/python tests/bench/compare_llama_cpp.py build/release/bin/hearth MODEL.gguf --threads 2
"""
import argparse
import json
import statistics
import subprocess
import time

from llama_cpp import Llama


def hearth(program, model, threads, measure, extra):
    out = subprocess.run(
        [program, "bench", measure, model, "--threads", str(threads), "--repeat", "1", "--json", *extra],
        check=True, capture_output=True, text=True).stdout
    return json.loads(out)[0]["value"]


class Peer:
    def __init__(self, model, threads):
        self.model = Llama(model, n_ctx=2048, n_threads=threads, n_threads_batch=threads,
                           n_batch=512, verbose=False)
        self.tokens = [(i * 37) % 40000 + 100 for i in range(2048)]

    def decode(self, depth, count):
        self.model.reset()
        self.model.eval(self.tokens[:depth])
        begin = time.perf_counter()
        for token in self.tokens[:count]:
            self.model.eval([token])
        return count / (time.perf_counter() - begin)

    def prefill(self, count):
        self.model.reset()
        begin = time.perf_counter()
        self.model.eval(self.tokens[:count])
        return count / (time.perf_counter() - begin)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("hearth")
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--depth", type=int, default=128)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--prompt", type=int, default=512)
    options = parser.parse_args()
    peer = Peer(options.model, options.threads)
    results = {"decode": ([], []), "prefill": ([], [])}
    for _ in range(options.repeat):
        results["decode"][0].append(hearth(options.hearth, options.model, options.threads, "decode",
                                           ["--prompt", str(options.depth), "--tokens", str(options.tokens)]))
        results["decode"][1].append(peer.decode(options.depth, options.tokens))
        results["prefill"][0].append(hearth(options.hearth, options.model, options.threads, "prefill",
                                            ["--prompt", str(options.prompt)]))
        results["prefill"][1].append(peer.prefill(options.prompt))
    for name, (ours, theirs) in results.items():
        mine, other = statistics.median(ours), statistics.median(theirs)
        print(f"{name}: Hearth {mine:.1f} tok/s, llama.cpp {other:.1f} tok/s, ratio {mine / other:.2f}")


if __name__ == "__main__":
    main()
