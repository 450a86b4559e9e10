"""Our own programs that talk to a server: hearth serve api_client and hearth bench serve."""

import json
import os
import subprocess


def hearth(*arguments, text=""):
    return subprocess.run([os.environ["HEARTH_PROGRAM"], *arguments], input=text, text=True,
                          capture_output=True, timeout=300)


def test_api_client(server):
    done = hearth("serve", "api_client", server, "--max-tokens", "32",
                  text="What is the capital of France?\n\nend\n\nHi\n\nexit\n\n")
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and all(lines)  # drawn at a temperature: what it says may differ


def test_api_client_tells_errors(server):
    done = hearth("serve", "api_client", server, "--model", "nobody", text="Hi\n\n")
    assert done.returncode == 1 and "nobody" in done.stderr
    done = hearth("serve", "api_client", "http://127.0.0.1:1", text="Hi\n\n")
    assert done.returncode == 1 and "http://127.0.0.1:1" in done.stderr


def test_bench_serve(server):
    done = hearth("bench", "serve", server, "--requests", "8", "--prompt", "16", "--tokens", "8",
                  "--rate", "50", "--json")
    assert done.returncode == 0, done.stderr
    figures = {figure["name"]: figure for figure in json.loads(done.stdout)}
    assert figures["output"]["value"] > 0 and figures["output"]["unit"] == "tok/s"
    assert figures["TTFT p50"]["value"] <= figures["TTFT p99"]["value"]
    assert figures["E2E p50"]["value"] >= figures["TTFT p50"]["value"]
