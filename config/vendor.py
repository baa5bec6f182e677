"""Copies the named front-end files and their licences from `node_modules` to `static/vendor`, and cuts the icons."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
# Manifest storage refuses a file that names a source map we do not ship.
SOURCE_MAP = re.compile(r"\n?(//[#@] ?sourceMappingURL=\S+|/\*[#@] ?sourceMappingURL=\S+ ?\*/)\s*")
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
BLANK = '<path stroke="none" d="M0 0h24v24H0z" fill="none"/>'


@dataclass(frozen=True)
class Package:
    folder: str
    name: str
    licence: str
    files: tuple[str, ...]
    licences: tuple[tuple[str, str], ...]
    holds: str = ""


PACKAGES = (
    Package(
        folder="tabler",
        name="@tabler/core",
        licence="MIT",
        files=("dist/css/tabler.min.css", "dist/js/tabler.min.js"),
        licences=(("@popperjs/core/LICENSE.md", "LICENSE-popper"),),
        holds="Bootstrap 5.3 and Popper 2.11, both MIT",
    ),
    Package(
        folder="echarts",
        name="echarts",
        licence="Apache-2.0",
        files=("dist/echarts.common.min.js",),
        licences=(
            ("echarts/LICENSE", "LICENSE"),
            ("echarts/NOTICE", "NOTICE"),
            ("echarts/licenses/LICENSE-d3", "LICENSE-d3"),
            ("zrender/LICENSE", "LICENSE-zrender"),
        ),
        holds="ZRender, BSD-3-Clause, and parts of d3, BSD-3-Clause",
    ),
    Package(
        folder="icons",
        name="@tabler/icons",
        licence="MIT",
        files=(),
        licences=(("@tabler/icons/LICENSE", "LICENSE"),),
        holds="the drawings named in `icons.txt`, cut into `icons.svg`",
    ),
)


def vendor() -> None:
    """Write `static/vendor` anew. Safe to run again: the same packages give the same files."""
    for package in PACKAGES:
        copy(package)
    (VENDOR / "icons" / "icons.svg").write_text(sprite(icon_names()))
    (VENDOR / "VERSIONS.md").write_text(versions())


def copy(package: Package) -> None:
    target = VENDOR / package.folder
    target.mkdir(parents=True, exist_ok=True)
    for file in package.files:
        text = (MODULES / package.name / file).read_text()
        (target / Path(file).name).write_text(SOURCE_MAP.sub("", text).rstrip() + "\n")
    for source, name in package.licences:
        shutil.copyfile(MODULES / source, target / name)


def icon_names() -> list[str]:
    return (VENDOR / "icons" / "icons.txt").read_text().split()


def sprite(names: list[str]) -> str:
    symbols = "\n".join(symbol(name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def symbol(name: str) -> str:
    text = (MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg").read_text()
    found = DRAWING.search(text)
    if found is None:
        raise ValueError(f"{name}.svg holds no drawing")
    paths = re.sub(r"\s*\n\s*", "", found[1]).replace(" />", "/>").replace(BLANK, "")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{paths}</symbol>'


def versions() -> str:
    rows = "\n".join(
        f"| {package.folder} | {package.name} | {version(package.name)} | {package.licence} | {package.holds} |"
        for package in PACKAGES
    )
    head = "| Folder | Package | Version | Licence | Holds |\n|---|---|---|---|---|\n"
    return f"# Front-end files of others\n\nWritten by `make vendor`; do not edit by hand.\n\n{head}{rows}\n"


def version(name: str) -> str:
    text = (MODULES / name / "package.json").read_text()
    return str(json.loads(text)["version"])


if __name__ == "__main__":
    vendor()
