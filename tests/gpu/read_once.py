#!/usr/bin/env python3
"""Reads every byte of a folder's files once, with several threads, and prints how long it took:
what a program that loads the folder is measured against. Files that the system still holds in
memory are read from there, for it as for the program."""

import argparse
import json
import mmap
import os
import sys
import threading
import time
from pathlib import Path

PIECE_BYTES = 16 << 20


def pieces_of(folder):
    """(file, offset, size), the files one after the other."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            size = path.stat().st_size
            for offset in range(0, size, PIECE_BYTES):
                yield path, offset, min(PIECE_BYTES, size - offset)


class Reader:
    def __init__(self, folder):
        self.pieces = list(pieces_of(folder))
        self.descriptors = {path: os.open(path, os.O_RDONLY) for path, _, _ in self.pieces}
        self.next = 0
        self.bytes = 0
        self.failure = None
        self.lock = threading.Lock()

    def take(self):
        with self.lock:
            index = self.next
            self.next += 1
        return self.pieces[index] if index < len(self.pieces) and not self.failure else None

    def run(self):
        try:
            with mmap.mmap(-1, PIECE_BYTES) as buffer, memoryview(buffer) as view:
                while piece := self.take():
                    self.read(view, *piece)
        except OSError as error:
            self.failure = error

    def read(self, view, path, offset, size):
        done = 0
        while done < size:
            with view[done:size] as rest:
                read = os.preadv(self.descriptors[path], [rest], offset + done)
            if read == 0:
                raise OSError(f"{path} is shorter than it was")
            done += read
        with self.lock:
            self.bytes += size


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=min(16, os.cpu_count() or 1))
    arguments = parser.parse_args()
    begin = time.perf_counter()
    reader = Reader(arguments.folder)
    threads = [threading.Thread(target=reader.run) for _ in range(max(1, arguments.threads))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    if reader.failure:
        sys.exit(f"read_once: {reader.failure}")
    print(json.dumps({"bytes": reader.bytes, "seconds": round(seconds, 4)}))


if __name__ == "__main__":
    main()
