"""A rendered configuration, read by the engines it is for."""

from elastane.engines import Refused
from tests.live.engines.processes import EngineWorld, customer
from tests.unit.engines.contract import SECONDS, look

HOSTILE = "x\" on\nuser intruder on nopass +@all ~*\r\nport 1\n\t' é # end"
"""Everything that ends a word or a line. No backslash: dbfilename takes one for a path."""


async def test_a_value_with_quotes_and_line_ends_stays_one_value(world: EngineWorld) -> None:
    at = await world.boot({"dbfilename": HOSTILE})

    seen = await look(world, at, "dbfilename")

    assert seen.parameters == {"dbfilename": HOSTILE}
    async with customer(at) as client:
        assert [name.partition(":")[0] for name in await client.acl_users()] == ["default", "elastane", "elastane"]


async def test_an_empty_value_and_one_of_many_words_arrive_whole(world: EngineWorld) -> None:
    limits = "normal 0 0 0 replica 1000000 1000000 60 pubsub 33554432 8388608 60"

    at = await world.boot({"notify-keyspace-events": "", "client-output-buffer-limit": limits})

    seen = await look(world, at, "notify-keyspace-events", "client-output-buffer-limit")
    assert seen.parameters["notify-keyspace-events"] == ""
    # The node type's limit for replicas wins over the group's.
    assert seen.parameters["client-output-buffer-limit"] == (
        "normal 0 0 0 replica 53687091 53687091 60 pubsub 33554432 8388608 60"
    )


async def test_a_node_is_what_its_configuration_says(world: EngineWorld) -> None:
    at = await world.boot()

    seen = await look(world, at, "maxmemory", "maxmemory-policy", "save", "appendonly", "replica-announce-ip")

    assert seen.parameters == {
        "maxmemory": "536870912",
        "maxmemory-policy": "volatile-lru",
        "save": "",
        "appendonly": "no",
        "replica-announce-ip": at.address,
    }
    assert seen.engine_version == world.binary.version


async def test_a_refusal_quotes_the_engine_and_no_secret(world: EngineWorld) -> None:
    at = await world.boot()

    try:
        await world.engines.set_parameters(at, {"maxmemory-policy": at.secret.reveal()}, SECONDS)
    except Refused as error:
        sentence = str(error)

    assert "refused CONFIG SET" in sentence
    assert at.secret.reveal() not in sentence
