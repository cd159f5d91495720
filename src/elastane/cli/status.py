"""`elastane status`: what runs, as tables or as JSON."""

import os
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
import typer

from elastane.cli.invocation import FIRST_CACHE
from elastane.cli.options import DataDirectory, chosen_data_dir
from elastane.cli.refusals import told_in_a_sentence


class NodeRow(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    node_group_id: str
    role: str | None
    """As last seen; None when it could not be asked."""
    zone: str
    address: str
    port: int
    pid: int | None
    process: str
    health: str
    sentence: str


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    region: str
    id: str
    form: str
    status: str
    engine: str
    version: str
    primary_endpoint: str | None
    reader_endpoint: str | None
    nodes: tuple[NodeRow, ...]


class EngineRow(msgspec.Struct, frozen=True, kw_only=True):
    engine: str
    version: str
    path: str
    source: str
    has_tls: bool
