"""What `elastane serve` prints once it answers."""

from pathlib import Path

from elastane.cli.greeting import greeting
from elastane.config import Config
from elastane.engines.discovery import EngineBinary, EngineName
from elastane.model.secrets import AccessKeyId, Secret
from elastane.server import Running
from elastane.store.root_access_key import AccessKey

SECRET = "very-secret-text"


def engine(name: EngineName, version: str) -> EngineBinary:
    return EngineBinary(engine=name, version=version, path=Path("/x"), source="path", has_tls=True)


def running(*engines: EngineBinary, adopted_nodes: tuple[str, ...] = (), dns: str | None = None) -> Running:
    key = AccessKey(id=AccessKeyId("AKIAEXAMPLE"), secret=Secret(SECRET))
    return Running(url="http://127.0.0.1:7379", key=key, engines=engines, adopted_nodes=adopted_nodes, dns=dns)


def text(found: Running, *, is_ephemeral: bool = False, data_dir_option: str = "") -> str:
    config = Config(data_dir=Path("/srv/elastane"), shared_engines=Path("/srv/shared"), is_ephemeral=is_ephemeral)
    return greeting(config, found, command=".venv/bin/elastane", data_dir_option=data_dir_option)


def test_it_says_where_it_listens_and_what_it_found() -> None:
    shown = text(running(engine("valkey", "9.1.2"), engine("redis", "7.0.15"), engine("memcached", "1.6.38")))

    assert shown.startswith("Elastane listens on http://127.0.0.1:7379\n")
    assert "  data directory  /srv/elastane\n" in shown
    assert "  engines         valkey 9.1.2 (PATH), redis 7.0.15 (PATH), memcached 1.6.38 (PATH)\n" in shown
    assert "engines install" not in shown


def test_its_lines_can_be_pasted_and_lead_to_the_first_cache() -> None:
    shown = text(running(engine("valkey", "9.1.2")), data_dir_option=" --data-dir /srv/elastane")

    assert '\n  eval "$(.venv/bin/elastane env --data-dir /srv/elastane)"\n' in shown
    assert "\n  aws elasticache create-replication-group --replication-group-id elc-tutorial \\\n" in shown
    assert ".venv/bin/elastane down --data-dir /srv/elastane\n" in shown


def test_it_never_shows_the_secret() -> None:
    assert SECRET not in text(running(engine("valkey", "9.1.2")))


def test_it_says_how_to_get_the_engines_that_are_not_there() -> None:
    shown = text(running(engine("valkey", "9.1.2")), data_dir_option=" --data-dir /srv/elastane")

    assert "There is no Redis OSS and no Memcached on this machine." in shown
    assert ".venv/bin/elastane engines install redis-7.0 memcached-1.6 --data-dir /srv/elastane\n" in shown
    assert "There is no Memcached on this machine." in text(
        running(engine("valkey", "9.1.2"), engine("redis", "7.0.15"))
    )


def test_it_says_that_no_cache_can_be_made_where_there_is_no_engine() -> None:
    shown = text(running())

    assert "No engine was found, so no cache can be made. To see why: .venv/bin/elastane engines list\n" in shown


def test_it_names_the_nodes_it_adopted_and_the_dns_server() -> None:
    shown = text(running(adopted_nodes=("us-east-1/orders-001",), dns="127.0.0.1:5353"))

    assert "  nodes adopted   us-east-1/orders-001\n" in shown
    assert "  DNS             127.0.0.1:5353\n" in shown


def test_an_ephemeral_one_says_that_everything_goes_with_it() -> None:
    shown = text(running(), is_ephemeral=True)

    assert "/srv/elastane (ephemeral)\n" in shown
    assert shown.endswith("Ctrl-C stops everything and removes the data directory.\n")
