"""Makes `.venv` and installs what is pinned, only when that changed. Runs on a bare Python: the standard library alone.

`python3 -m config.install` for running, `python3 -m config.install tests` for testing, too, with a browser.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST_PYTHON = (3, 11)
REQUIREMENTS = {"run": ROOT / "requirements.txt", "tests": ROOT / "requirements-dev.txt"}
PROVIDERS = ROOT / "tests" / "providers"  # other people's servers and clients, from npm
MINISTACK = VENV / "ministack"  # one of them is from PyPI, in an environment of its own: it pins what we pin, too
ASK_PLAYWRIGHT = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class CannotInstall(Exception):
    """The message says what is missing and how to get it."""


def install(purpose: str) -> None:
    """Bring `.venv` to what `purpose` needs. Safe to repeat; does nothing when nothing changed."""
    if sys.version_info < OLDEST_PYTHON:
        raise CannotInstall(f"Python {sys.version.split()[0]} is too old: 3.11 or newer is needed.")
    install_pinned(VENV, REQUIREMENTS[purpose], f"installed-{purpose}")
    if purpose == "tests":
        install_pinned(MINISTACK, PROVIDERS / "ministack.txt", "installed")
        install_providers()
    if purpose == "tests" and browser() is None:
        install_browser()
        if browser() is None and os.environ.get("CI"):
            raise CannotInstall("Chromium cannot be had here, and continuous integration never skips browser tests.")


def install_pinned(venv: Path, pinned: Path, stamp_name: str) -> None:
    """Only when the list, the Python or the place changed since `stamp_name` was written."""
    stamp, now = venv / stamp_name, fingerprint(venv, pinned)
    if (venv / "bin" / "python").exists() and stamp.exists() and stamp.read_text() == now:
        return
    make_venv(venv)
    say(f"Installing {pinned.name} …")
    pip(venv, "install", "--require-hashes", "--requirement", str(pinned))
    stamp.write_text(now)


def install_providers() -> None:
    """By the npm that the pinned Node brings along, only when the lock file changed."""
    modules, lock = PROVIDERS / "node_modules", (PROVIDERS / "package-lock.json").read_bytes()
    stamp, now = modules / "installed", hashlib.sha256(lock).hexdigest()
    if stamp.exists() and stamp.read_text() == now:
        return
    say("Installing the providers' servers and clients for the tests …")
    if not runs(PYTHON.with_name("npm"), "ci", "--silent", "--ignore-scripts", "--prefix", PROVIDERS, quiet=False):
        raise CannotInstall("npm could not install what tests/providers/package-lock.json pins.")
    stamp.write_text(now)


def fingerprint(venv: Path, pinned: Path) -> str:
    """Of the pinned list, the Python and the place, for a virtual environment cannot be moved."""
    return hashlib.sha256(pinned.read_bytes() + f"{sys.version} {venv}".encode()).hexdigest()


def make_venv(venv: Path) -> None:
    if runs(venv / "bin" / "python", "-m", "pip", "--version"):
        return
    say(f"Making {venv.relative_to(ROOT)} …")
    if not runs(Path(sys.executable), "-m", "venv", "--clear", str(venv)):
        raise CannotInstall("python3 -m venv failed. On Debian and Ubuntu: apt install python3-venv")


def pip(venv: Path, *arguments: str) -> None:
    command = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    if subprocess.run(command, check=False).returncode != 0:  # noqa: S603 our own interpreter
        raise CannotInstall("pip could not install what is pinned; its words stand above.")


def browser() -> str | None:
    """The Chromium for the browser tests: the system's, else the one Playwright installed."""
    given = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    return given or playwright_browser()


def playwright_browser() -> str | None:
    asked = [str(PYTHON), "-c", ASK_PLAYWRIGHT]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 as above
    path = answer.stdout.strip()
    return path if path and Path(path).exists() else None


def install_browser() -> None:
    """By apt when root, else by Playwright. Where none can be had the tests say so themselves."""
    say("Installing Chromium for the browser tests …")
    apt = shutil.which("apt-get")
    if os.geteuid() == 0 and apt:
        runs(apt, "update", "-qq", quiet=False)
        runs(apt, "install", "-qq", "-y", "--no-install-recommends", "chromium", quiet=False)
    if browser() is None:
        runs(PYTHON, "-m", "playwright", "install", "chromium", quiet=False)


def runs(*command: str | Path, quiet: bool = True) -> bool:
    """Whether the command exists and ends well."""
    try:
        return subprocess.run(list(map(str, command)), capture_output=quiet, check=False).returncode == 0  # noqa: S603 our own
    except OSError:
        return False


def say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    try:
        install(sys.argv[1] if sys.argv[1:] else "run")
    except CannotInstall as problem:
        sys.exit(str(problem))
