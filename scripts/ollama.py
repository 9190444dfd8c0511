"""A real Ollama for the tests, built from source under the cache folder: `python scripts/ollama.py install`.

The newest version that the Go module proxy alone can build whole is 0.11.4; later ones fetch llama.cpp through CMake.
It takes about five minutes of one CPU, once. Standard library only.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VERSION = "0.11.4"
_OLDEST_GO = (1, 24)
# What the compiler may use of the processor, by the names that Linux gives it: by default it uses none of these.
_FLAGS = {"avx": "-mavx", "avx2": "-mavx2", "fma": "-mfma", "f16c": "-mf16c"}


def folder() -> Path:
    """Where the binary lies."""
    cache = os.environ.get("SLEEPY_TEST_CACHE") or Path.home() / ".cache" / "sleepy-coder-dev"
    return Path(cache) / f"ollama-{VERSION}"


def binary() -> Path:
    """The program itself, there or not."""
    return folder() / ("ollama.exe" if sys.platform == "win32" else "ollama")


def compiler_flags(cpuinfo: str) -> str:
    """Flags for C and C++, from the text of /proc/cpuinfo; without one, what every processor has."""
    found = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    has = set(found[1].split()) if found else set()
    return " ".join(["-O3", *(flag for name, flag in _FLAGS.items() if name in has)])


def install() -> int:
    """Build it, unless it is there. The exit status."""
    if binary().exists():
        print(f"Ollama {VERSION} is there: {binary()}")
        return 0
    problem = _go_problem()
    if problem:
        print(f"Ollama {VERSION} cannot be built: {problem}", file=sys.stderr)
        return 1
    folder().mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    # Next to its place, so that the finished binary appears there in one step.
    with tempfile.TemporaryDirectory(dir=folder(), prefix="build-", ignore_cleanup_errors=True) as scratch:
        status, log = _build(Path(scratch), started)
        if status == 0:
            (Path(scratch) / "bin" / binary().name).replace(binary())
    if status != 0:
        print(f"Ollama {VERSION} could not be built:\n{log[-3000:]}", file=sys.stderr)
        return 1
    print(f"Ollama {VERSION} built in {time.monotonic() - started:.0f} s: {binary()}")
    return 0


def _build(scratch: Path, started: float) -> tuple[int, str]:
    cpuinfo = Path("/proc/cpuinfo")
    flags = compiler_flags(cpuinfo.read_text() if cpuinfo.exists() and platform.machine() == "x86_64" else "")
    environment = os.environ | {
        "GOBIN": str(scratch / "bin"),
        # -modcacherw, or the module cache is read-only and the scratch folder could not be deleted.
        "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip(),
        "GOPATH": str(scratch / "path"),
        "GOCACHE": str(scratch / "cache"),
        "CGO_ENABLED": "1",
        "CGO_CFLAGS": flags,
        "CGO_CXXFLAGS": flags,
    }
    log = scratch / "log"
    with log.open("wb") as output:
        build = subprocess.Popen(
            ["go", "install", f"github.com/ollama/ollama@v{VERSION}"], env=environment, stdout=output, stderr=output
        )
        try:
            _wait(build, started)
        finally:
            if build.poll() is None:
                build.terminate()
                build.wait()
    return build.returncode, log.read_text(errors="replace")


def _wait(build: subprocess.Popen[bytes], started: float) -> None:
    terminal = sys.stdout.isatty()
    if not terminal:
        print(f"Building Ollama {VERSION} from source: about five minutes, once.", flush=True)
    while build.poll() is None:
        if terminal:
            seconds = time.monotonic() - started
            print(f"\rBuilding Ollama {VERSION} from source: {seconds:.0f} s of about 300", end="", flush=True)
        time.sleep(1)
    if terminal:
        print()


def _go_problem() -> str:
    """Why Go cannot build it here, or nothing."""
    if shutil.which("go") is None:
        return "there is no Go (https://go.dev/dl/)."
    said = subprocess.run(["go", "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"go(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST_GO:
        return f"it wants Go {_OLDEST_GO[0]}.{_OLDEST_GO[1]} or newer, and this is {said.strip() or 'unknown'}."
    if shutil.which("gcc") is None and shutil.which("clang") is None:
        return "there is no C compiler."
    return ""


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="A real Ollama for the tests.")
    parser.add_argument("command", choices=["install", "path"], help="build it, or say where it lies")
    if parser.parse_args().command == "path":
        print(binary())
        return 0
    return install()


if __name__ == "__main__":
    sys.exit(main())
