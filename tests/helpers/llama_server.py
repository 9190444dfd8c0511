"""llama.cpp's own OpenAI-compatible server, in a process of its own: `python llama_server.py MODEL.gguf`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running(gguf: Path) -> Iterator[str]:
    """The base address of its OpenAI API; it ends with the context."""
    server = subprocess.Popen(
        [sys.executable, __file__, str(gguf)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout is not None
    assert server.stdin is not None
    try:
        yield server.stdout.readline().decode().strip() + "/v1"
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
        server.stdin.close()


def _serve(model: str) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = 2048
    params.n_parallel = 4
    params.kv_unified = True
    params.n_batch = params.n_ubatch = 64
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup = False
    params.verbosity = 0
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _serve(sys.argv[1])
