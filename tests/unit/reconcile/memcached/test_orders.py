"""What a host is given for the processes of a Memcached cluster."""

from msgspec.structs import replace

from elastane.configuration_endpoint import command_line, configuration
from elastane.engines.valkey import NodeCertificate
from elastane.model.memcached_clusters import Publication
from elastane.model.parameter_groups import ParameterGroup
from elastane.model.secrets import Secret
from elastane.reconcile.memcached.orders import Means, endpoint_order, node_order, wanted_settings
from elastane.reconcile.recovery.remains import Remains, parse_remains
from tests.kit.fake_binaries import MEMCACHED
from tests.kit.fake_memcached_settings import settings_of
from tests.kit.memcached_clusters import CONFIGURATION_ADDRESS, cache_node, memcached_cluster

FIRST, SECOND, THIRD = (cache_node(number) for number in (1, 2, 3))
CLUSTER = memcached_cluster("sessions", FIRST, SECOND, published=4)
MEANS = Means(parameter_group=None, open_files_max=100_000)
MINE = ParameterGroup(
    region=CLUSTER.region,
    name="mine",
    family="memcached1.6",
    description="",
    values={"idle_timeout": "30", "max_simultaneous_connections": "500", "binding_protocol": "ascii"},
)
CERTIFICATE = NodeCertificate(node_pem=Secret("certificate and key"), bundle_pem="authorities")
SOURCE = "127.88.48.4"


def test_a_node_s_order_leads_to_the_settings_that_are_wanted() -> None:
    means = replace(MEANS, parameter_group=MINE)

    order = node_order(CLUSTER, FIRST, binary=MEMCACHED, means=means)

    settings = settings_of(order.argv)
    wanted = wanted_settings(FIRST, MEMCACHED.version, means)
    assert {name: settings[name] for name in wanted} == dict(wanted)
    assert (wanted["idle_timeout"], wanted["maxconns"]) == ("30", "500")
    assert (settings["inter"], settings["tcpport"]) == (FIRST.address, "11211")
    assert order.node_key == "us-east-1/sessions.0001"


def test_a_node_is_started_with_its_own_node_type_while_a_rollout_has_not_come_to_it() -> None:
    larger = replace(CLUSTER, software=replace(CLUSTER.software, node_type="cache.m5.large"))
    replaced = replace(FIRST, node_type="cache.m5.large")

    def memory(order_of: str) -> int:
        node = FIRST if order_of == "former" else replaced
        return int(settings_of(node_order(larger, node, binary=MEMCACHED, means=MEANS).argv)["maxbytes"])

    assert memory("former") < memory("replaced")


def test_a_node_never_asks_for_more_connections_than_the_system_has_files() -> None:
    few = replace(MEANS, open_files_max=1000)

    order = node_order(CLUSTER, FIRST, binary=MEMCACHED, means=few)

    assert settings_of(order.argv)["maxconns"] == wanted_settings(FIRST, MEMCACHED.version, few)["maxconns"] == "1000"


def test_who_is_started_leaves_whose_it_is_and_the_document() -> None:
    means = replace(MEANS, parameter_group=MINE)
    node = node_order(CLUSTER, SECOND, binary=MEMCACHED, means=means)
    endpoint = endpoint_order(CLUSTER, source_address=SOURCE, means=means)

    for order in (node, endpoint):
        left = parse_remains(order.node_key, order.identity, started_at=None)
        assert isinstance(left, Remains)
        assert (left.document, left.parameter_group) == (CLUSTER, MINE)
        assert (order.identity["region"], order.identity["group"]) == ("us-east-1", "sessions")
    assert (node.identity["node"], node.identity["zone"]) == ("0002", "us-east-1a")
    assert node.identity["address"] == SECOND.address
    assert "zone" not in endpoint.identity, "it is lost with no zone"


def test_the_configuration_endpoint_is_told_what_is_published_and_nothing_else() -> None:
    grown = replace(CLUSTER, nodes=(FIRST, SECOND, THIRD))

    order = endpoint_order(grown, source_address=SOURCE, means=MEANS)

    told = configuration.parse(order.files[configuration.FILE])
    assert order.argv == command_line()
    assert (told.address, told.port, told.source_address) == (CONFIGURATION_ADDRESS, 11211, SOURCE)
    assert told.discovery.version == 4
    assert [tuple(member) for member in told.discovery.members] == [
        (FIRST.address, FIRST.address, 11211),
        (SECOND.address, SECOND.address, 11211),
    ]
    assert told.node_ids == ("0001", "0002")


def test_a_node_that_was_published_and_is_not_there_any_more_is_told_to_nobody() -> None:
    left = replace(CLUSTER, publication=Publication(version=5, node_ids=(FIRST.id, SECOND.id, THIRD.id)))

    order = endpoint_order(left, source_address=SOURCE, means=MEANS)

    assert configuration.parse(order.files[configuration.FILE]).node_ids == ("0001", "0002")


def test_parameters_reach_the_configuration_endpoint_too() -> None:
    means = replace(MEANS, parameter_group=MINE)

    mine = configuration.parse(endpoint_order(CLUSTER, source_address=SOURCE, means=means).files[configuration.FILE])
    default = configuration.parse(endpoint_order(CLUSTER, source_address=SOURCE, means=MEANS).files[configuration.FILE])

    assert (mine.connections_max, mine.is_binary_spoken) == (500, False)
    assert (default.connections_max, default.is_binary_spoken) == ((100_000 - 64) // 2, True)


def test_with_encryption_every_process_has_its_files_and_no_secret_is_on_a_command_line_or_in_an_identity() -> None:
    encrypted = replace(CLUSTER, is_encrypted=True)
    node = node_order(encrypted, FIRST, binary=MEMCACHED, means=MEANS, certificate=CERTIFICATE)
    endpoint = endpoint_order(encrypted, source_address=SOURCE, means=MEANS, certificate=CERTIFICATE)

    assert node.files == {"node.pem": "certificate and key"}
    assert endpoint.files["node.pem"] == "certificate and key" and endpoint.files["ca.pem"] == "authorities"
    assert settings_of(node.argv)["ssl_enabled"] == "yes"
    assert configuration.parse(endpoint.files[configuration.FILE]).is_encrypted
    for order in (node, endpoint):
        assert "certificate and key" not in str((order.argv, order.identity))
