"""Reads the catalog's TOML files into typed values.

Called by the catalog's own modules, each of which keeps what it read. A file that does not fit
its type is a mistake of ours, made at build time: it raises at once and is never skipped.
"""

import tomllib
from importlib import resources
from typing import TypeVar

import msgspec

T = TypeVar("T")


def load_table(file_name: str, decoder: msgspec.json.Decoder[T]) -> T:
    """The file `file_name` of this package as what `decoder` makes; unknown keys are refused where its type says so."""
    text = resources.files("elastane.catalog").joinpath(file_name).read_text(encoding="utf-8")
    return decoder.decode(msgspec.json.encode(tomllib.loads(text)))
