"""llama.cpp's own OpenAI-compatible server, in a process of its own: `llama_server.py MODEL.gguf [LORA.gguf …]`."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def running(gguf: Path, adapters: Sequence[Path] = ()) -> Iterator[str]:
    """The base address of its OpenAI API; it ends with the context. Adapters are loaded, and silent until asked for."""
    server = subprocess.Popen(
        [sys.executable, __file__, str(gguf), *map(str, adapters)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
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


def likelihoods(url: str, tokens: Sequence[int], n: int, scales: Sequence[float] = ()) -> list[dict[int, float]]:
    """The n likeliest continuations step by step: after each token the log-likelihoods of the ten likeliest next."""
    body: dict[str, Any] = {
        "prompt": list(tokens),
        "n_predict": n,
        "temperature": 0.0,
        "n_probs": 10,
        "cache_prompt": False,
        "lora": [{"id": number, "scale": scale} for number, scale in enumerate(scales)],
    }
    request = urllib.request.Request(
        url.removesuffix("/v1") + "/completion", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=120) as answer:
        steps = json.load(answer)["completion_probabilities"]
    return [{step["id"]: step["logprob"]} | {t["id"]: t["logprob"] for t in step["top_logprobs"]} for step in steps]


def _serve(model: str, adapters: Sequence[str]) -> None:
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
    params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(adapter, 0.0) for adapter in adapters]
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2:])
