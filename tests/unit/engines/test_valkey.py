"""The configuration a node is started with, as text. That engines accept it is for tests/live/engines."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.engines import NodeAddress
from elastane.engines.acl import restrictions
from elastane.engines.valkey import (
    CONFIG_FILE,
    NodeConfig,
    UnsafeConfig,
    command_line,
    quote,
    render_config,
    render_files,
)
from elastane.model.secrets import Secret

SECRET = "a-secret-of-32-characters-000000"
CONFIG = NodeConfig(
    at=NodeAddress(address="127.88.16.11", port=6379, secret=Secret(SECRET)),
    directory=Path("/data/nodes/elc-001"),
    engine_version="9.1.2",
    memory_bytes=536870912,
    replica_output_buffer_bytes=53687091,
    parameters={},
)


def lines(config: NodeConfig) -> list[str]:
    return render_config(config).splitlines()


def with_parameters(**parameters: str) -> NodeConfig:
    return msgspec.structs.replace(CONFIG, parameters={k.replace("_", "-"): v for k, v in parameters.items()})


def test_a_node_boots_read_only_and_follows_nobody() -> None:
    text = lines(CONFIG)

    assert 'replicaof "127.88.16.11" "1"' in text
    assert 'replica-read-only "yes"' in text


def test_a_node_writes_no_file_and_listens_only_on_its_own_address() -> None:
    text = lines(CONFIG)

    assert {'save ""', 'appendonly "no"', 'repl-diskless-sync "yes"'} <= set(text)
    assert {'bind "127.88.16.11"', 'bind-source-addr "127.88.16.11"', 'port "6379"'} <= set(text)


@pytest.mark.parametrize(("version", "count"), [("9.1.2", 1), ("8.0.0", 1), ("7.2.9", 0), ("7.0.15", 0)])
def test_the_stream_runs_beside_a_first_sync_where_the_engine_can_do_that(version: str, count: int) -> None:
    text = lines(msgspec.structs.replace(CONFIG, engine_version=version))

    assert text.count('dual-channel-replication-enabled "yes"') == count


def test_a_parameter_group_changes_what_is_its_own_to_change() -> None:
    text = lines(with_parameters(maxmemory_policy="allkeys-lfu", timeout="300"))

    assert 'maxmemory-policy "allkeys-lfu"' in text
    assert 'maxmemory-policy "volatile-lru"' not in text
    assert 'timeout "300"' in text


def test_a_group_that_says_what_is_so_anyway_is_accepted() -> None:
    text = lines(with_parameters(appendonly="no", maxmemory="536870912"))

    assert text.count('appendonly "no"') == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appendonly", "yes"),
        ("maxmemory", "1"),
        ("replicaof", "no one"),
        ("bind", "0.0.0.0"),
        ("masterauth", "x"),
        ("enable-debug-command", "yes"),
        ("aclfile", "/x"),
        ("include", "/etc/passwd"),
        ("loadmodule", "/x.so"),
        ("user", "intruder on nopass"),
        ("name with spaces", "x"),
        ("name\nuser", "x"),
        ("NAME", "x"),
        ("", "x"),
    ],
)
def test_a_parameter_that_would_endanger_the_node_is_refused(name: str, value: str) -> None:
    with pytest.raises(UnsafeConfig):
        render_config(msgspec.structs.replace(CONFIG, parameters={name: value}))


def test_an_engine_before_7_is_refused() -> None:
    with pytest.raises(UnsafeConfig, match=r"7\.0 is the oldest"):
        render_config(msgspec.structs.replace(CONFIG, engine_version="6.2.14"))


@given(st.text())
def test_any_value_stays_on_its_line_and_in_its_quotes(value: str) -> None:
    quoted = quote(value.encode(errors="replace").decode())

    assert quoted.isascii()
    assert quoted.isprintable()
    assert unquoted(quoted) == value.encode(errors="replace")


def unquoted(text: str) -> bytes:
    """The engines' own rule for double quotes, as their sdssplitargs has it."""
    assert text[0] == text[-1] == '"'
    inner, out = text[1:-1], bytearray()
    while inner:
        if inner.startswith("\\x"):
            out.append(int(inner[2:4], 16))
            inner = inner[4:]
        elif inner[0] == "\\":
            out += inner[1].encode()
            inner = inner[2:]
        else:
            assert inner[0] != '"'
            out += inner[0].encode()
            inner = inner[1:]
    return bytes(out)


def test_the_control_user_is_named_by_a_digest_and_the_secret_stands_only_where_replication_needs_it() -> None:
    text = lines(CONFIG)

    assert [line for line in text if SECRET in line] == [f'masterauth "{SECRET}"']
    assert any(line.startswith("user elastane on #") and line.endswith("+@all") for line in text)


def test_newer_subcommands_are_taken_only_from_engines_that_know_them() -> None:
    assert "-cluster|migrateslots" in restrictions((9, 1))
    assert "-cluster|migrateslots" not in restrictions((7, 0))


def test_the_command_line_names_the_binary_and_the_file_and_nothing_else() -> None:
    assert command_line(Path("/bin/valkey-server"), Path("/data/x") / CONFIG_FILE) == (
        "/bin/valkey-server",
        "/data/x/valkey.conf",
    )
    assert list(render_files(CONFIG)) == [CONFIG_FILE]
