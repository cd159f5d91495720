"""The secret that was rendered is the secret that is read back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.engines import NodeAddress
from elastane.engines.rendered_config import read_secret
from elastane.engines.valkey import NodeConfig, render_config
from elastane.model.secrets import Secret


def rendered(secret: str) -> str:
    return render_config(
        NodeConfig(
            at=NodeAddress(address="127.88.0.10", port=6379, secret=Secret(secret)),
            directory=Path("/nodes/orders-001"),
            engine_version="9.1.2",
            memory_bytes=1_000_000,
            replica_output_buffer_bytes=1_000_000,
            parameters={},
        )
    )


@given(secret=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_secret_is_read_back_as_it_was_rendered(secret: str) -> None:
    assert read_secret(rendered(secret)) == Secret(secret)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "port 6379\n",
        'masterauth "half',
        "masterauth",
        '# masterauth "no"\n',
        'masterauth "\\xff"\n',
        "masterauth é",
    ],
)
def test_a_text_without_a_rendered_secret_has_none(text: str) -> None:
    assert read_secret(text) is None
