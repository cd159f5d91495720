"""Endpoints answer where they say, through failovers too, and the built-in DNS server knows their names."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from dnslib import QTYPE, DNSRecord

from elastane.catalog import endpoint_names
from elastane.catalog.endpoint_names import Naming
from elastane.model.ids import AccountId, NodeId, Region, ReplicationGroupId
from tests.kit.asserts import eventually
from tests.kit.elastane import REGION, RunningElastane, running_elastane
from tests.live.live_groups import (
    engine_role,
    fill,
    holder_of,
    key_count,
    make_group,
    run_id_at,
    signal_node,
    until_settled,
)

DNS_SECONDS_MAX = 2.0


@pytest.fixture
def naming() -> Naming:
    return Naming(account_id=AccountId("000000000000"), region=Region(REGION))


async def test_the_reader_endpoint_answers_from_a_replica(shared_elastane: RunningElastane) -> None:
    group = await make_group(shared_elastane, "reading", 3)

    assert engine_role(group.primary_address) == "primary"
    assert engine_role(group.reader_address) == "replica"


async def test_without_a_replica_the_reader_endpoint_answers_from_the_primary(shared_elastane: RunningElastane) -> None:
    group = await make_group(shared_elastane, "alone", 1)

    assert run_id_at(group.reader_address) == run_id_at(group.primary_address)


async def test_the_reader_endpoint_moves_to_the_first_replica_that_joins_and_back_when_it_leaves(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "company", 1)
    client = shared_elastane.client()

    client.increase_replica_count(ReplicationGroupId="company", NewReplicaCount=1, ApplyImmediately=True)
    await until_settled(shared_elastane, "company", 2)
    assert engine_role(group.reader_address) == "replica"

    client.decrease_replica_count(ReplicationGroupId="company", NewReplicaCount=0, ApplyImmediately=True)
    await until_settled(shared_elastane, "company", 1)
    assert engine_role(group.reader_address) == "primary"


async def test_when_the_replica_at_the_reader_endpoint_is_killed_another_node_answers_there(
    shared_elastane: RunningElastane,
) -> None:
    group = await make_group(shared_elastane, "relay", 3)
    fill(group.primary_address, 10)
    await eventually(lambda: key_count(group.reader_address) == 10, message="the replica has every key")
    reader = holder_of(group, group.reader_address)

    signal_node(shared_elastane, reader)

    def answers_again() -> None:
        assert engine_role(group.reader_address) in ("replica", "primary")
        assert holder_of(group, group.reader_address) != reader or key_count(group.reader_address) == 10

    await eventually(answers_again, message="the reader endpoint answers again")
    await until_settled(shared_elastane, "relay", 3)
    assert engine_role(group.reader_address) == "replica"
    assert key_count(group.reader_address) == 10


async def test_after_a_failover_both_endpoints_answer_at_their_old_addresses(shared_elastane: RunningElastane) -> None:
    group = await make_group(shared_elastane, "steady", 2)
    fill(group.primary_address, 10)

    signal_node(shared_elastane, group.primary_id)

    await eventually(lambda: engine_role(group.primary_address) == "primary", message="the primary endpoint answers")
    after = await until_settled(shared_elastane, "steady", 2)
    assert (after.primary_address, after.reader_address) == (group.primary_address, group.reader_address)
    await eventually(lambda: engine_role(group.reader_address) == "replica", message="a replica is the reader")


async def test_the_dns_server_answers_for_every_name_with_addresses_that_answer(
    dns_elastane: tuple[RunningElastane, str], naming: Naming
) -> None:
    elastane, dns = dns_elastane
    group = await make_group(elastane, "named", 3)
    group_id = ReplicationGroupId("named")

    def resolves() -> None:
        assert resolve(dns, endpoint_names.primary_name(naming, group_id)) == {group.primary_address}
        assert resolve(dns, endpoint_names.reader_name(naming, group_id)) == {
            group.node_addresses[node] for node in group.replica_ids
        }
        for node, address in group.node_addresses.items():
            assert resolve(dns, endpoint_names.node_name(naming, NodeId(node))) == {address}

    await eventually(resolves, message="every name is known")


async def test_after_a_failover_the_reader_name_stands_for_the_new_replicas(
    dns_elastane: tuple[RunningElastane, str], naming: Naming
) -> None:
    elastane, dns = dns_elastane
    group = await make_group(elastane, "renamed", 2)
    reader_name = endpoint_names.reader_name(naming, ReplicationGroupId("renamed"))
    fill(group.primary_address, 10)
    await eventually(lambda: key_count(group.reader_address) == 10, message="the replica has every key")

    signal_node(elastane, group.primary_id)

    def resolves() -> None:
        assert resolve(dns, reader_name) == {group.node_addresses[group.primary_id]}

    await eventually(resolves, message="the old primary, now a replica, is the reader")


async def test_a_name_that_stands_for_nothing_is_told_to_be_none(
    dns_elastane: tuple[RunningElastane, str], naming: Naming
) -> None:
    _, dns = dns_elastane

    assert resolve(dns, endpoint_names.primary_name(naming, ReplicationGroupId("nobody"))) == set()


# --- what these tests ask ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dns_elastane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningElastane, str]]:
    """With its DNS server, and where that one listens."""
    data_dir: Path = tmp_path_factory.mktemp("dns") / "data"
    with socket.create_server(("127.0.0.1", 0)) as free:
        dns = f"127.0.0.1:{free.getsockname()[1]}"
    with running_elastane(data_dir, arguments=("--dns", dns)) as running:
        yield running, dns


def resolve(dns: str, name: str) -> set[str]:
    host, _, port = dns.rpartition(":")
    reply = DNSRecord.parse(DNSRecord.question(name).send(host, int(port), timeout=DNS_SECONDS_MAX))
    return {str(answer.rdata) for answer in reply.rr if answer.rtype == QTYPE.A}
