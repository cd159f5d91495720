"""Which libraries a program needs, and those need in turn."""

from pathlib import Path

import pytest

from elastane.engines.supply import BrokenEngine
from elastane.engines.supply.libraries import closure

NEEDED = {
    "server": ("libssl.so.3", "libcrypto.so.3", "libc.so.6"),
    "libssl.so.3": ("libcrypto.so.3", "libc.so.6"),
    "libcrypto.so.3": ("libc.so.6",),
    "libc.so.6": ("ld-linux-x86-64.so.2",),
    "ld-linux-x86-64.so.2": (),
    "liba.so": ("libb.so",),
    "libb.so": ("liba.so",),
    "lonely": (),
    "lost": ("libnowhere.so.1",),
    "libdeep.so": ("libnowhere.so.1",),
    "deep": ("libdeep.so",),
}


def names(program: str) -> set[str]:
    def find(soname: str) -> Path | None:
        return Path("/tree") / soname if soname in NEEDED else None

    found = closure(Path("/tree") / program, find, lambda file: NEEDED[file.name])
    assert all(place == Path("/tree") / name for name, place in found.items())
    return set(found)


@pytest.mark.parametrize(
    ("program", "libraries"),
    [
        ("server", {"libssl.so.3", "libcrypto.so.3", "libc.so.6", "ld-linux-x86-64.so.2"}),
        ("liba.so", {"liba.so", "libb.so"}),
        ("lonely", set[str]()),
    ],
)
def test_everything_that_is_needed_is_found_once(program: str, libraries: set[str]) -> None:
    assert names(program) == libraries


@pytest.mark.parametrize(
    ("program", "sentence"),
    [("lost", "lost needs libnowhere.so.1"), ("deep", "libdeep.so needs libnowhere.so.1")],
)
def test_what_no_package_has_is_named_with_who_needs_it(program: str, sentence: str) -> None:
    with pytest.raises(BrokenEngine, match=sentence):
        names(program)
