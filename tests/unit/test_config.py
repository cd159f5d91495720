from pathlib import Path

import pytest

from elastane.config import (
    ConfigError,
    ListenAddress,
    account_id,
    default_data_dir,
    engine_paths,
    may_fetch_engines,
    raised_limits,
    shared_engines,
    store_key_file,
    whole_number,
)


@pytest.mark.parametrize(
    ("text", "host", "port", "url"),
    [
        ("127.0.0.1:7379", "127.0.0.1", 7379, "http://127.0.0.1:7379"),
        (":80", "127.0.0.1", 80, "http://127.0.0.1:80"),
        ("0.0.0.0:1", "0.0.0.0", 1, "http://127.0.0.1:1"),
        ("[::1]:7379", "::1", 7379, "http://[::1]:7379"),
        ("[::]:7379", "::", 7379, "http://[::1]:7379"),
        ("localhost:0", "localhost", 0, "http://localhost:0"),
    ],
)
def test_addresses_to_listen_on(text: str, host: str, port: int, url: str) -> None:
    address = ListenAddress.parse(text, "--listen")

    assert (address.host, address.port, address.url) == (host, port, url)


@pytest.mark.parametrize("text", ["", "7379", "host:", "host:port", "host:70000", "host:-1", "host:٣"])
def test_what_is_no_address_is_refused_with_the_setting_s_name(text: str) -> None:
    with pytest.raises(ConfigError, match="--listen"):
        ListenAddress.parse(text, "--listen")


def test_the_data_directory_follows_the_environment() -> None:
    assert default_data_dir({"ELASTANE_DATA_DIR": "/data"}) == Path("/data")
    assert default_data_dir({"XDG_DATA_HOME": "/xdg", "HOME": "/home/a"}) == Path("/xdg/elastane")
    assert default_data_dir({"HOME": "/home/a"}) == Path("/home/a/.local/share/elastane")


def test_engine_paths_are_separated_as_path_is() -> None:
    assert engine_paths({"ELASTANE_ENGINES": "/a:/b"}) == (Path("/a"), Path("/b"))
    assert engine_paths({}) == ()


def test_the_shared_engine_store_follows_the_environment() -> None:
    assert shared_engines({"ELASTANE_ENGINE_STORE": "/engines"}) == Path("/engines")
    assert shared_engines({"XDG_CACHE_HOME": "/xdg", "HOME": "/home/a"}) == Path("/xdg/elastane/engines")
    assert shared_engines({"HOME": "/home/a"}) == Path("/home/a/.cache/elastane/engines")


def test_the_key_of_the_store_is_in_the_data_directory_unless_the_environment_names_a_file() -> None:
    assert store_key_file({}) is None
    assert store_key_file({"ELASTANE_STORE_KEY_FILE": ""}) is None
    assert store_key_file({"ELASTANE_STORE_KEY_FILE": "/etc/elastane.key"}) == Path("/etc/elastane.key")


def test_engines_are_fetched_unless_the_environment_says_no() -> None:
    assert may_fetch_engines({})
    assert may_fetch_engines({"ELASTANE_FETCH_ENGINES": "YES"})
    assert not may_fetch_engines({"ELASTANE_FETCH_ENGINES": "no"})
    with pytest.raises(ConfigError, match="must be yes or no; got 'maybe'"):
        may_fetch_engines({"ELASTANE_FETCH_ENGINES": "maybe"})


def test_an_account_id_has_twelve_digits() -> None:
    assert account_id({}) == "000000000000"
    assert account_id({"ELASTANE_ACCOUNT_ID": "123456789012"}) == "123456789012"
    for wrong in ("1234", "12345678901a", "١٢٣٤٥٦٧٨٩٠١٢"):
        with pytest.raises(ConfigError):
            account_id({"ELASTANE_ACCOUNT_ID": wrong})


def test_limits_are_names_and_numbers() -> None:
    assert raised_limits({"ELASTANE_LIMITS": "nodes_per_region=500, subnet_groups=400"}) == {
        "nodes_per_region": 500,
        "subnet_groups": 400,
    }
    assert raised_limits({}) == {}
    with pytest.raises(ConfigError):
        raised_limits({"ELASTANE_LIMITS": "nodes_per_region=many"})


def test_what_counts_something_is_a_whole_number_within_its_bounds() -> None:
    def read(text: str) -> int:
        return whole_number({"ELASTANE_AUDIT_RETENTION_DAYS": text}, name, 90, minimum=1, maximum=36_500)

    name = "ELASTANE_AUDIT_RETENTION_DAYS"
    assert whole_number({}, name, 90, minimum=1, maximum=36_500) == 90
    assert [read(text) for text in ("1", " 30 ", "36500", "")] == [1, 30, 36_500, 90]
    for wrong in ("0", "-1", "36501", "1.5", "many", "٣", "9" * 5_000):
        with pytest.raises(ConfigError, match="must be a whole number from 1 to 36500"):
            read(wrong)
