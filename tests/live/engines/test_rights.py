"""What customers may and may not tell a node, asked of both engines: every way in, every restricted command."""

import pytest
import valkey.exceptions

from elastane.engines import CONTROL_USER
from tests.live.engines.processes import EngineWorld, customer
from tests.unit.engines.contract import SECONDS, look

RESTRICTED = (
    "ACL LIST",
    "ACL GETUSER default",
    # AWS's 26
    "ACL SETUSER intruder on nopass ~* +@all",
    "ACL LOAD",
    "ACL SAVE",
    "ACL DELUSER elastane",
    "BGREWRITEAOF",
    "BGSAVE",
    "CLUSTER ADDSLOTS 1",
    "CLUSTER ADDSLOTSRANGE 1 2",
    "CLUSTER BUMPEPOCH",
    "CLUSTER DELSLOTS 1",
    "CLUSTER DELSLOTSRANGE 1 2",
    "CLUSTER FAILOVER",
    "CLUSTER FLUSHSLOTS",
    "CLUSTER FORGET 0000000000000000000000000000000000000000",
    "CLUSTER LINKS",
    "CLUSTER MEET 127.0.0.1 6379",
    "CLUSTER SETSLOT 1 STABLE",
    "CONFIG GET *",
    "DEBUG SLEEP 0",
    "MIGRATE 127.0.0.1 6379 key 0 1000",
    "PSYNC ? -1",
    "REPLICAOF NO ONE",
    "SAVE",
    "SHUTDOWN NOSAVE",
    "SLAVEOF NO ONE",
    "SYNC",
    # ours
    "ACL GETUSER default",
    "ACL LIST",
    "CLIENT PAUSE 1000 WRITE",
    "CLIENT UNPAUSE",
    "CLUSTER REPLICATE 0000000000000000000000000000000000000000",
    "CLUSTER RESET",
    "CONFIG SET bind 127.0.0.1",
    "CONFIG REWRITE",
    "FAILOVER",
    "MODULE LIST",
    "MODULE LOAD /tmp/module.so",
    "REPLCONF ACK 1",
    "SCRIPT DEBUG SYNC",
)

ALLOWED = (
    "ACL WHOAMI",
    "ACL USERS",
    "ACL CAT",
    "CLIENT LIST",
    "CLIENT ID",
    "CLIENT KILL TYPE pubsub",
    "DBSIZE",
    "FLUSHALL",
    "FUNCTION LIST",
    "INFO",
    "KEYS *",
    "LATENCY LATEST",
    "MEMORY USAGE key",
    "OBJECT HELP",
    "ROLE",
    "SCRIPT FLUSH",
    "SLOWLOG GET",
    "SWAPDB 0 1",
)

PROBE = "maxmemory-samples"


@pytest.mark.parametrize("command", RESTRICTED)
async def test_a_restricted_command_is_refused_however_it_is_said(primary: EngineWorld, command: str) -> None:
    at = primary.only_node
    words = command.split()
    script = "return redis.call(unpack(ARGV))"
    async with customer(at) as client:
        # "not allowed": DEBUG and MODULE LOAD are switched off before rights are looked at.
        with pytest.raises(valkey.exceptions.ResponseError, match=r"no permissions|not allowed"):
            await client.execute_command(*words)
        with pytest.raises(valkey.exceptions.ResponseError):
            await client.execute_command("EVAL", script, 0, *words)
        with pytest.raises(valkey.exceptions.ResponseError):
            await client.execute_command("FCALL", "say", 0, *words)
        with pytest.raises(valkey.exceptions.ResponseError):
            await client.pipeline(transaction=True).execute_command(*words).execute()

    assert (await look(primary, at)).bound_addresses == (at.address,)


@pytest.mark.parametrize("command", ALLOWED)
async def test_what_customers_need_is_allowed(primary: EngineWorld, command: str) -> None:
    async with customer(primary.only_node) as client:
        await client.set("key", "value")

        await client.execute_command(*command.split())


@pytest.mark.parametrize("command", ["CLUSTER INFO", "CLUSTER SHARDS", "CLUSTER SLOTS", "CLUSTER NODES"])
async def test_cluster_questions_are_allowed_and_answered_as_without_cluster_mode(
    primary: EngineWorld, command: str
) -> None:
    async with customer(primary.only_node) as client:
        with pytest.raises(valkey.exceptions.ResponseError, match="cluster support disabled"):
            await client.execute_command(*command.split())


async def test_the_customer_is_the_default_user_and_may_not_become_the_control_user(primary: EngineWorld) -> None:
    async with customer(primary.only_node) as client:
        who = await client.acl_whoami()
        with pytest.raises(valkey.exceptions.AuthenticationError):
            await client.execute_command("AUTH", CONTROL_USER, "a guess")

    assert who == "default"


async def test_the_control_user_may_do_everything_that_this_room_needs(primary: EngineWorld) -> None:
    at = primary.only_node

    await primary.engines.set_parameters(at, {PROBE: "7"}, SECONDS)
    async with customer(at, CONTROL_USER) as client:
        for command in RESTRICTED:
            assert await client.acl_dryrun(CONTROL_USER, *command.split()) == "OK"

    assert (await look(primary, at, PROBE)).parameters == {PROBE: "7"}


async def test_the_secret_is_not_among_the_process_arguments_nor_in_the_log(primary: EngineWorld) -> None:
    at = primary.only_node

    arguments = primary.arguments(at)

    assert at.secret.reveal() not in arguments
    assert at.secret.reveal() not in primary.log(at)
    assert arguments.rstrip("\0").endswith("valkey.conf")
