"""Starts `hearth serve` with the starter model for all tests of the folder."""

import json
import os
import socket
import subprocess
import time
import urllib.request

import pytest


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="session")
def server():
    port = free_port()
    process = subprocess.Popen(
        [os.environ["HEARTH_PROGRAM"], "serve", os.environ["HEARTH_STARTER_MODEL"],
         "--server-port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        if process.poll() is not None:
            pytest.fail(f"hearth serve ended: {process.stderr.read()}")
        try:
            urllib.request.urlopen(url + "/health", timeout=1).read()
            break
        except OSError:
            time.sleep(0.1)
    yield url
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture(scope="session")
def model(server):
    with urllib.request.urlopen(server + "/v1/models") as answer:
        return json.load(answer)["data"][0]["id"]
