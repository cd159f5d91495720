"""Encryption in transit on real engines: who can connect how, and what is to be read on the wire (F26)."""

import json
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import valkey

from elastane.catalog.endpoint_names import Naming, configuration_name, primary_name
from elastane.engines.cluster_config import bus_port
from elastane.model.ids import AccountId, Region, ReplicationGroupId
from tests.kit.asserts import eventually
from tests.kit.cluster_writers import REDIS_PY
from tests.kit.elastane import REGION, RunningElastane, running_elastane
from tests.kit.writers import PLAIN, writing
from tests.live.live_clusters import SOFTWARE
from tests.live.live_encryption import (
    PORT,
    TLS_PORT_BESIDE,
    Encrypted,
    client_of,
    openssl,
    order_encrypted,
    pids,
    served_everywhere,
    tls_options,
    trusting,
    turn,
    until_offered,
    with_tls,
)
from tests.live.live_groups import crash, describe, signal_node, until_rebuilt
from tests.live.test_clients import install_ioredis
from tests.live.wiretap import wiretap

KEY_COUNT = 200
REQUIRED: dict[str, Any] = {"TransitEncryptionEnabled": True}
PREFERRED: dict[str, Any] = {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"}
LAYOUTS = [pytest.param(False, id="one-shard"), pytest.param(True, id="cluster")]
NODE_COUNTS = {False: 2, True: 4}
CRASH_COUNT = 4
CRASH_SECONDS_MAX = 0.15
LIFETIME_SECONDS = 30
RUN_SECONDS_MAX = 20


@pytest.fixture(scope="module")
def shared_elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningElastane]:
    """With engines that were built with TLS."""
    with running_elastane(tmp_path_factory.mktemp("encrypted") / "data", environment=with_tls()) as running:
        yield running


@pytest.fixture
def elastane(tmp_path: Path) -> Iterator[RunningElastane]:
    with running_elastane(tmp_path / "data", environment=with_tls()) as running:
        yield running


@pytest.mark.parametrize("software", SOFTWARE)
@pytest.mark.parametrize("is_cluster", LAYOUTS)
async def test_clients_of_every_kind_check_names_and_find_what_others_wrote(
    shared_elastane: RunningElastane, software: dict[str, Any], is_cluster: bool
) -> None:
    name = f"names-{software['Engine']}-{'c' if is_cluster else 's'}"
    order_encrypted(shared_elastane, name, is_cluster=is_cluster, **REQUIRED, **software)
    group = await until_offered(shared_elastane, name, "required", NODE_COUNTS[is_cluster])
    options = tls_options(shared_elastane)

    with client_of(group, **options) as client:
        assert client.set("from", "redis-py")
    kind: Any = valkey.ValkeyCluster if is_cluster else valkey.Valkey
    with kind(host=group.endpoint, port=PORT, decode_responses=True, **options) as client:
        assert client.get("from") == "redis-py"

    for address in (*group.endpoints, *group.addresses.values()):
        said = openssl(shared_elastane, address, PORT, "-verify_ip", address, "-brief")
        assert said.returncode == 0 and "Verification: OK" in said.stderr, f"{address}: {said.stderr}"
        refused = openssl(shared_elastane, address, PORT, "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0")
        assert "alert protocol version" in refused.stderr, refused.stderr
    stranger = openssl(shared_elastane, group.endpoint, PORT, "-verify_hostname", "somebody.else.test")
    assert stranger.returncode != 0
    for host_name in dns_names(group):
        said = openssl(shared_elastane, group.endpoint, PORT, "-verify_hostname", host_name, "-brief")
        assert said.returncode == 0, f"{host_name}: {said.stderr}"


def dns_names(group: Encrypted) -> list[str]:
    """Of its first endpoint, in both forms that ElastiCache has for it."""
    naming = Naming(account_id=AccountId("0" * 12), region=Region(REGION))
    group_id = ReplicationGroupId(group.id)
    endpoint = configuration_name if group.is_cluster else primary_name
    return [endpoint(naming, group_id, has_tls=has_tls) for has_tls in (False, True)]


async def test_ioredis_speaks_tls_with_a_group_and_with_a_cluster(
    shared_elastane: RunningElastane, tmp_path: Any
) -> None:
    program = install_ioredis(tmp_path / "ioredis").with_name("tls_client.js")
    order_encrypted(shared_elastane, "io-one", **REQUIRED)
    order_encrypted(shared_elastane, "io-many", is_cluster=True, **REQUIRED)
    one = await until_offered(shared_elastane, "io-one", "required", 2)
    many = await until_offered(shared_elastane, "io-many", "required", 4)

    for group, kind in ((one, "one"), (many, "cluster")):
        finished = run_node(program, kind, group, tls_options(shared_elastane)["ssl_ca_certs"])
        assert finished.returncode == 0, finished.stderr
        assert json.loads(finished.stdout) == {"wrote": KEY_COUNT, "read": KEY_COUNT, "is_encrypted": True}


def run_node(program: Path, kind: str, group: Encrypted, trusted: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["node", str(program), kind, group.endpoint, str(PORT), trusted],
        capture_output=True, text=True, timeout=RUN_SECONDS_MAX,
    )  # fmt: skip


async def test_plain_connections_are_refused_where_encryption_is_required(shared_elastane: RunningElastane) -> None:
    order_encrypted(shared_elastane, "no-plain", **REQUIRED)
    group = await until_offered(shared_elastane, "no-plain", "required", 2)

    for address in (*group.endpoints, *group.addresses.values()):
        for port in (PORT, TLS_PORT_BESIDE):
            with pytest.raises(redis.ConnectionError):
                redis.Redis(address, port, socket_timeout=5).ping()


@pytest.mark.parametrize("software", SOFTWARE)
@pytest.mark.parametrize("is_cluster", LAYOUTS)
async def test_encryption_is_turned_on_and_off_again_on_running_nodes_and_no_client_that_may_stay_sees_it(
    shared_elastane: RunningElastane, software: dict[str, Any], is_cluster: bool
) -> None:
    name, count = f"turned-{software['Engine']}-{'c' if is_cluster else 's'}", NODE_COUNTS[is_cluster]
    order_encrypted(shared_elastane, name, is_cluster=is_cluster, **software)
    group = await until_offered(shared_elastane, name, None, count)
    lives, tls = pids(shared_elastane, group), tls_options(shared_elastane)
    kind = REDIS_PY if is_cluster else PLAIN

    with writing(group.endpoint, kind=kind) as writers:
        turn(shared_elastane, name, **PREFERRED)
        await until_offered(shared_elastane, name, "preferred", count)
        await writers.write_more()
        with client_of(group, TLS_PORT_BESIDE, **tls) as client:
            assert client.set("by", "tls")
    assert writers.errors == ()

    turn(shared_elastane, name, TransitEncryptionMode="required")
    await until_offered(shared_elastane, name, "required", count)
    with client_of(group, **tls) as client:
        assert client.get("by") == "tls"
        missing = [key for key, value in writers.acknowledged.items() if client.get(key) != value]
        assert missing == []
    with pytest.raises(Exception, match=r"reset|Connection|reachable"), client_of(group) as client:
        client.ping()

    turn(shared_elastane, name, TransitEncryptionMode="preferred")
    await until_offered(shared_elastane, name, "preferred", count)
    turn(shared_elastane, name, TransitEncryptionEnabled=False)
    await until_offered(shared_elastane, name, None, count)
    with client_of(group) as client:
        assert client.get("by") == "tls"
    assert pids(shared_elastane, group) == lives


async def test_a_connection_without_encryption_is_closed_when_it_is_required(shared_elastane: RunningElastane) -> None:
    order_encrypted(shared_elastane, "cut-off", **PREFERRED)
    group = await until_offered(shared_elastane, "cut-off", "preferred", 2)

    with client_of(group, single_connection_client=True) as client:
        assert client.ping()
        turn(shared_elastane, "cut-off", TransitEncryptionMode="required")
        await until_offered(shared_elastane, "cut-off", "required", 2)

        with pytest.raises(redis.ConnectionError):
            client.ping()


@pytest.mark.parametrize("software", SOFTWARE)
@pytest.mark.parametrize("is_cluster", LAYOUTS)
async def test_nothing_that_customers_write_is_to_be_read_on_the_wire(
    shared_elastane: RunningElastane, software: dict[str, Any], is_cluster: bool
) -> None:
    """Not on its way from the client, to the replicas, nor on the bus; the tap itself is tried first."""
    name, count = f"tapped-{software['Engine']}-{'c' if is_cluster else 's'}", NODE_COUNTS[is_cluster]
    order_encrypted(shared_elastane, name, is_cluster=is_cluster, **software)
    group = await until_offered(shared_elastane, name, None, count)
    with wiretap(group.block) as heard:
        with client_of(group) as client:
            client.set("plain", "a value for everybody")
            client.publish("news", "words for everybody")
        await eventually(lambda: heard().count(b"a value for everybody") >= 2, message="client and replica are heard")
    turn(shared_elastane, name, **PREFERRED)
    await until_offered(shared_elastane, name, "preferred", count)
    turn(shared_elastane, name, TransitEncryptionMode="required")
    await until_offered(shared_elastane, name, "required", count)

    with wiretap(group.block) as heard, client_of(group, **tls_options(shared_elastane)) as client:
        for number in range(KEY_COUNT):
            client.set(f"hidden {number}", "a value for nobody")
        client.publish("news", "words for nobody")

        def are_everywhere() -> None:
            counts = [key_count(address, shared_elastane) for address in group.addresses.values()]
            assert sum(counts) == 2 * (KEY_COUNT + 1), counts  # each at a primary and at its replica

        await eventually(are_everywhere, message="replicas have got the keys")
        written = 2 * KEY_COUNT * len("a value for nobody")
        await eventually(lambda: len(heard()) > written, message="both ways of the values are heard")
        said = heard()
    assert b"for nobody" not in said and b"hidden" not in said


def key_count(address: str, elastane: RunningElastane) -> int:
    with redis.Redis(address, PORT, **trusting(elastane)) as client:
        return int(client.dbsize())


async def test_certificates_are_renewed_without_a_new_process_or_a_closed_connection(tmp_path: Any) -> None:
    environment = {"ELASTANE_CERTIFICATE_LIFETIME_SECONDS": str(LIFETIME_SECONDS), **with_tls()}
    with running_elastane(tmp_path / "data", environment=environment) as elastane:
        order_encrypted(elastane, "short", is_cluster=True, **REQUIRED)
        group = await until_offered(elastane, "short", "required", 4)
        before, lives = await served_everywhere(elastane, group), pids(elastane, group)
        assert {port for _, port in before} == {PORT, bus_port(PORT)}

        with client_of(group, **tls_options(elastane)) as client:
            assert client.set("while", "renewing")

            async def check() -> None:
                after = await served_everywhere(elastane, group)
                assert all(after[place].serial_number != before[place].serial_number for place in before)

            await eventually(check, timeout_seconds=LIFETIME_SECONDS, message="every port serves another certificate")
            assert client.get("while") == "renewing"
        assert pids(elastane, group) == lives

        def is_told() -> bool:
            history = elastane.client().describe_events(Duration=60)["Events"]
            return any("certificate" in event["Message"].lower() for event in history)

        await eventually(is_told, message="the history has the renewal")


@pytest.mark.parametrize("is_cluster", LAYOUTS)
async def test_a_control_plane_that_dies_amid_a_change_of_encryption_goes_on_with_it(
    elastane: RunningElastane, is_cluster: bool
) -> None:
    count, moments = NODE_COUNTS[is_cluster], random.Random(6)
    order_encrypted(elastane, "crashed", is_cluster=is_cluster)
    group = await until_offered(elastane, "crashed", None, count)
    with client_of(group) as client:
        client.set("kept", "all along")
    lives = pids(elastane, group)

    for mode, change in (
        ("preferred", PREFERRED),
        ("required", {"TransitEncryptionMode": "required"}),
        ("preferred", {"TransitEncryptionMode": "preferred"}),
        (None, {"TransitEncryptionEnabled": False}),
    ):
        turn(elastane, "crashed", **change)
        await crash(elastane, moments, CRASH_SECONDS_MAX)
        await until_offered(elastane, "crashed", mode, count)

    with client_of(group) as client:
        assert client.get("kept") == "all along"
    assert pids(elastane, group) == lives


@pytest.mark.parametrize("software", SOFTWARE)
async def test_a_failover_and_a_new_replica_of_an_encrypted_group(
    shared_elastane: RunningElastane, software: dict[str, Any]
) -> None:
    name = f"failing-{software['Engine']}"
    order_encrypted(shared_elastane, name, **REQUIRED, **software)
    group = await until_offered(shared_elastane, name, "required", 2)
    tls = tls_options(shared_elastane)
    with client_of(group, **tls) as client:
        client.set("kept", "through it all")
        assert client.wait(1, 5000) == 1
    await until_rebuilt(shared_elastane, f"{name}-001", signal_node(shared_elastane, f"{name}-001"))
    await until_offered(shared_elastane, name, "required", 2)
    assert describe(shared_elastane, name).roles[f"{name}-002"] == "primary"
    with client_of(group, **tls) as client:
        assert client.get("kept") == "through it all"
        assert client.set("and", "more")
    shared_elastane.client().increase_replica_count(ReplicationGroupId=name, NewReplicaCount=2, ApplyImmediately=True)
    grown = await until_offered(shared_elastane, name, "required", 3)
    with redis.Redis(grown.addresses[f"{name}-003"], PORT, decode_responses=True, **tls) as newcomer:
        assert newcomer.get("kept") == "through it all"


@pytest.mark.parametrize("software", SOFTWARE)
async def test_a_group_becomes_a_cluster_and_moves_its_slots_by_tls(
    shared_elastane: RunningElastane, software: dict[str, Any]
) -> None:
    name, client = f"sharded-{software['Engine']}", shared_elastane.client()
    order_encrypted(shared_elastane, name, **REQUIRED, **software)
    group = await until_offered(shared_elastane, name, "required", 2)
    tls = tls_options(shared_elastane)
    with client_of(group, **tls) as writer:
        writer.mset({f"key:{number}": number for number in range(KEY_COUNT)})

    for mode in ("compatible", "enabled"):
        turn(shared_elastane, name, ClusterMode=mode)
        await until_offered(shared_elastane, name, "required", 2)
    client.modify_replication_group_shard_configuration(
        ReplicationGroupId=name, NodeGroupCount=2, ApplyImmediately=True
    )
    cluster = await until_offered(shared_elastane, name, "required", 4)

    with client_of(cluster, **tls) as reader:
        kept = [reader.get(f"key:{number}") for number in range(KEY_COUNT)]
    assert kept == [str(number) for number in range(KEY_COUNT)]


async def test_another_engine_takes_over_with_encryption_and_every_key(shared_elastane: RunningElastane) -> None:
    order_encrypted(shared_elastane, "upgraded", **REQUIRED, Engine="redis", EngineVersion="7.0")
    group = await until_offered(shared_elastane, "upgraded", "required", 2)
    tls = tls_options(shared_elastane)
    with client_of(group, **tls) as writer:
        writer.mset({f"key:{number}": number for number in range(KEY_COUNT)})

    turn(shared_elastane, "upgraded", Engine="valkey", CacheParameterGroupName="default.valkey9")
    after = await until_offered(shared_elastane, "upgraded", "required", 2)

    with client_of(after, **tls) as reader:
        assert "valkey_version" in reader.info("server")
        assert reader.dbsize() == KEY_COUNT
