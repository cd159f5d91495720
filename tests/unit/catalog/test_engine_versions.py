"""Engine versions: what a request means, and what the present binaries offer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elastane.catalog import engine_versions
from elastane.catalog.engine_versions import PatchSelectionError, UnknownVersionError, VersionError
from elastane.model.versions import minor_version


@pytest.mark.parametrize(
    ("engine", "requested", "meant"),
    [
        ("valkey", "9.1", "9.1"),
        ("redis", "7.1", "7.1"),
        ("redis", "6.x", "6.2"),
        ("redis", "5.0.6", "5.0.6"),
        ("memcached", "1.6.22", "1.6.22"),
        ("memcached", "1.6.38", "1.6.38"),
    ],
)
def test_a_version_means_what_it_means_on_aws(engine: str, requested: str, meant: str) -> None:
    assert engine_versions.normalise(engine, requested) == meant


def test_a_patch_is_refused_in_aws_words_where_aws_chooses_it() -> None:
    with pytest.raises(PatchSelectionError) as refused:
        engine_versions.normalise("redis", "6.2.6")

    assert str(refused.value) == "Specific version selection is not allowed for '6.2.6', please use '6.2'"


@pytest.mark.parametrize(
    ("engine", "requested"),
    [
        ("redis", "4.0.13"),
        ("redis", "5.0"),
        ("redis", "7"),
        ("redis", "7.x"),
        ("redis", "8.0"),
        ("valkey", "9.x"),
        ("valkey", ""),
        ("memcached", "1.6"),
        ("memcached", "1.6.5"),
        ("memcached", "1.7.1"),
        ("dragonfly", "1.0"),
    ],
)
def test_an_unknown_version_is_refused_in_aws_words(engine: str, requested: str) -> None:
    with pytest.raises(UnknownVersionError) as refused:
        engine_versions.normalise(engine, requested)

    assert str(refused.value) == f"Cannot find version {requested} for {engine}"


@given(engine=st.sampled_from(["valkey", "redis", "memcached", "other"]), requested=st.text(max_size=20))
def test_whatever_is_asked_for_is_known_or_refused(engine: str, requested: str) -> None:
    try:
        version = engine_versions.normalise(engine, requested)
    except VersionError:
        return

    known = [known.version for known in engine_versions.known_versions(engine)]
    assert version in known or (engine, minor_version(version)) in [("memcached", minor_version(one)) for one in known]
    assert engine_versions.normalise(engine, version) == version


@pytest.mark.parametrize(
    ("engine", "version", "family"),
    [
        ("valkey", "7.2", "valkey7"),
        ("valkey", "8.2", "valkey8"),
        ("valkey", "9.1.2", "valkey9"),
        ("redis", "7.0.15", "redis7"),
        ("redis", "6.0", "redis6.x"),
        ("redis", "5.0.6", "redis5.0"),
        ("memcached", "1.6.22", "memcached1.6"),
        ("memcached", "1.6.38", "memcached1.6"),
        ("memcached", "1.5.16", "memcached1.5"),
    ],
)
def test_a_version_has_a_family_with_or_without_its_patch(engine: str, version: str, family: str) -> None:
    assert engine_versions.family(engine, version) == family


def test_a_version_without_family_is_refused() -> None:
    with pytest.raises(UnknownVersionError):
        engine_versions.family("redis", "7.2.4")


def test_a_present_binary_offers_its_version_and_says_its_patch() -> None:
    offers = engine_versions.offered([("valkey", "9.1.2"), ("redis", "7.0.15")])

    assert [(offer.engine, offer.version, offer.family, offer.version_description) for offer in offers] == [
        ("valkey", "9.1", "valkey9", "Valkey version 9.1.2"),
        ("redis", "7.0", "redis7", "redis version 7.0.15"),
    ]


def test_nothing_present_offers_nothing() -> None:
    assert engine_versions.offered([]) == ()


def test_of_two_patches_of_a_version_the_newer_is_offered() -> None:
    offers = engine_versions.offered([("valkey", "8.1.10"), ("valkey", "8.1.9")])

    assert [(offer.version, offer.patch) for offer in offers] == [("8.1", "8.1.10")]


@pytest.mark.parametrize(
    "binary", [("redis", "7.2.4"), ("redis", "8.0.1"), ("redis", "5.0.14"), ("valkey", "9.1.0-rc1"), ("keydb", "6.3.4")]
)
def test_a_binary_that_aws_has_no_version_for_offers_nothing(binary: tuple[str, str]) -> None:
    assert engine_versions.offered([binary]) == ()


def test_before_redis_6_only_the_very_patch_is_offered() -> None:
    offers = engine_versions.offered([("redis", "5.0.6")])

    assert [(offer.version, offer.patch) for offer in offers] == [("5.0.6", "5.0.6")]


@pytest.mark.parametrize(
    ("binaries", "versions", "runs"),
    [
        (["1.6.38"], ["1.6.6", "1.6.12", "1.6.17", "1.6.22", "1.6.38"], "1.6.38"),
        (["1.6.18"], ["1.6.6", "1.6.12", "1.6.17", "1.6.18"], "1.6.18"),
        (["1.6.18", "1.6.38"], ["1.6.6", "1.6.12", "1.6.17", "1.6.22", "1.6.38"], "1.6.38"),
        (["1.6.22"], ["1.6.6", "1.6.12", "1.6.17", "1.6.22"], "1.6.22"),
        (["1.6.5"], [], ""),
        (["1.7.0"], [], ""),
    ],
)
def test_a_memcached_offers_every_version_that_it_is_not_older_than_and_itself(
    binaries: list[str], versions: list[str], runs: str
) -> None:
    offers = engine_versions.offered([("memcached", version) for version in binaries])

    assert [offer.version for offer in offers] == versions
    assert {(offer.patch, offer.family) for offer in offers} <= {(runs, "memcached1.6")}
    assert {offer.version_description for offer in offers} <= {f"memcached version {runs}"}


def test_the_default_memcached_is_the_one_that_is_here_and_not_a_newer_one_that_would_be_installed() -> None:
    offers = engine_versions.creatable([("memcached", "1.6.18")], [("memcached", "1.6.38")])

    default = engine_versions.default_version(offers, "memcached")
    assert default is not None and (default.version, default.patch) == ("1.6.18", "1.6.18")
    assert [(offer.version, offer.is_present) for offer in offers] == [
        ("1.6.6", True),
        ("1.6.12", True),
        ("1.6.17", True),
        ("1.6.18", True),
        ("1.6.22", False),
        ("1.6.38", False),
    ]


def test_the_default_is_the_newest_offered_by_number_not_by_letter() -> None:
    offers = engine_versions.offered([("redis", "5.0.6"), ("redis", "4.0.10"), ("valkey", "8.0.1")])

    default = engine_versions.default_version(offers, "redis")

    assert default is not None
    assert default.version == "5.0.6"
    assert engine_versions.default_version(offers, "memcached") is None


def test_an_offer_is_found_by_engine_and_version() -> None:
    offers = engine_versions.offered([("valkey", "9.1.2")])

    assert engine_versions.find_offered(offers, "valkey", "9.1") == offers[0]
    assert engine_versions.find_offered(offers, "valkey", "9.0") is None
    assert engine_versions.find_offered(offers, "redis", "9.1") is None


def test_versions_of_an_engine_are_listed_oldest_first() -> None:
    for engine in ("valkey", "redis", "memcached"):
        keys = [engine_versions.sort_key(known.version) for known in engine_versions.known_versions(engine)]

        assert keys == sorted(keys)
        assert keys
