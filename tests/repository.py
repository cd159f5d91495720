"""The repository as its own tests read it: its files, its Python as trees, its documents.

Called by test_tidy, test_floors, test_docs and test_parity. Everything is read once. Nothing is imported or run.
"""

import ast
import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "elastane"

_OURS = ("src", "tests", "examples", "benchmarks")


@cache
def files() -> tuple[Path, ...]:
    """Every file that is in the repository or is about to be; of an unpacked archive, what no dot hides."""
    answer = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"),
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    if answer.returncode == 0:
        named = {ROOT / name for name in answer.stdout.split("\0") if name}
        return tuple(sorted(path for path in named if path.is_file()))
    return tuple(sorted(_walk()))


def _walk() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        yield from (Path(folder, name) for name in names)


@cache
def python_files(*below: str) -> tuple[Path, ...]:
    """Our Python below these folders of the repository; without any, all of it."""
    folders = tuple(ROOT / folder for folder in below or _OURS)
    return tuple(
        path for path in files() if path.suffix == ".py" and any(path.is_relative_to(folder) for folder in folders)
    )


@cache
def text(path: Path) -> str:
    """A file's text; empty for one that is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path), filename=str(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of a file's tree. Kept, because walking it takes longer than parsing it."""
    return tuple(ast.walk(tree(path)))


@cache
def list_tests(file: str) -> frozenset[str]:
    """``tests/…/test_x.py::test_y`` for each test of a file, which is read and not run."""
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    functions = (node for node in tree(path).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(f"{file}::{function.name}" for function in functions if function.name.startswith("test_"))


def place(path: Path, line: int | None = None) -> str:
    """``src/elastane/server.py:12``, for a sentence."""
    return f"{path.relative_to(ROOT)}" if line is None else f"{path.relative_to(ROOT)}:{line}"


def dotted(node: ast.expr) -> str:
    """``asyncio.create_task`` for such an expression; what is not made of plain names is left out."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""
