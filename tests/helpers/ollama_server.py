"""A real Ollama on a free port, with a home and a model folder of its own, serving the small test model."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MODEL = "sleepy-test"


def binary() -> Path:
    """Where `make ollama` puts it."""
    script = Path(__file__).parents[2] / "scripts" / "ollama.py"
    spec = importlib.util.spec_from_file_location("ollama_script", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.binary()


@contextmanager
def running(folder: Path, gguf: Path) -> Iterator[str]:
    """The address of a server that has `MODEL`; it is stopped for sure, its runners with it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    (folder / "home").mkdir()
    environment = {
        "HOME": str(folder / "home"),
        "PATH": os.environ["PATH"],
        "OLLAMA_HOST": host,
        "OLLAMA_MODELS": str(folder / "models"),
        "OLLAMA_NUM_PARALLEL": "1",
    }
    with (folder / "ollama.log").open("wb") as log:
        server = subprocess.Popen([binary(), "serve"], env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(f"http://{host}", server, folder / "ollama.log")
        _create(f"http://{host}", gguf)
        yield f"http://{host}"
    finally:
        os.killpg(server.pid, 15)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, 9)
            server.wait()


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            _ask(url, "GET", "/api/version")
            return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
    raise AssertionError(f"Ollama did not start: {log.read_text()}")


def _create(url: str, gguf: Path) -> None:
    data = gguf.read_bytes()
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    try:
        _ask(url, "HEAD", f"/api/blobs/{digest}")
    except urllib.error.HTTPError:
        _ask(url, "POST", f"/api/blobs/{digest}", data)
    body: dict[str, Any] = {"model": MODEL, "files": {gguf.name: digest}, "stream": False}
    # llama.cpp's threads wait for each other by spinning: as many as cores crawl when anything else runs.
    body["parameters"] = {"num_thread": 1}
    _ask(url, "POST", "/api/create", json.dumps(body).encode())


def _ask(url: str, method: str, path: str, data: bytes | None = None) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url + path, data, method=method), timeout=60) as answer:
        return answer.read()


def ask(url: str, method: str, path: str, body: dict[str, Any]) -> bytes:
    """One JSON question to a server, past our own client."""
    return _ask(url, method, path, json.dumps(body).encode())
