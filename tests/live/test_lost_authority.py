"""An authority is lost while its caches serve: they are given certificates of another one, and serve on."""

import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.asserts import eventually
from tests.kit.elastane import RunningElastane, running_elastane
from tests.kit.stored_engines import engine_environment, stored_engine
from tests.live.live_encryption import (
    client_of,
    order_encrypted,
    pids,
    served_everywhere,
    tls_options,
    until_offered,
)

WAIT_SECONDS_MAX = 60


@pytest.fixture
def elastane(tmp_path: Path) -> Iterator[RunningElastane]:
    environment = engine_environment(stored_engine("valkey", "9.1"))
    with running_elastane(tmp_path / "data", environment=environment) as running:
        yield running


@pytest.mark.parametrize(("is_cluster", "node_count"), [(False, 2), (True, 4)], ids=["one-shard", "cluster"])
async def test_nodes_are_given_certificates_of_the_authority_that_is_made_in_its_place(
    elastane: RunningElastane, is_cluster: bool, node_count: int
) -> None:
    order_encrypted(elastane, "kept", is_cluster=is_cluster, TransitEncryptionEnabled=True)
    group = await until_offered(elastane, "kept", "required", node_count)
    with client_of(group, **tls_options(elastane)) as client:
        client.set("kept", "all along")
    lives, before = pids(elastane, group), await served_everywhere(elastane, group)

    elastane.kill()
    shutil.rmtree(elastane.data_dir / "pki")
    elastane.start()

    async def are_of_the_new_one() -> None:
        try:
            after = await served_everywhere(elastane, group)
        except (ssl.SSLError, ConnectionError) as error:
            raise AssertionError(f"a node is not trusted by the new bundle yet: {error}") from error
        assert {served.issuer for served in after.values()}.isdisjoint(served.issuer for served in before.values())

    await eventually(are_of_the_new_one, timeout_seconds=WAIT_SECONDS_MAX, message="every port serves another one")
    again = await until_offered(elastane, "kept", "required", node_count)
    with client_of(again, **tls_options(elastane)) as client:
        assert client.get("kept") == "all along"
    assert pids(elastane, again) == lives
