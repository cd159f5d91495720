"""Finds the cache, or has one made: the address comes from CACHE_URL, or from an Elastane asked as AWS is asked.

    CACHE_URL is set              that cache is used, whatever runs it
    AWS_ENDPOINT_URL answers      the replication group `elc-tutorial` there; created when missing, and left there
    otherwise                     an Elastane of the demo's own, ephemeral: it and its nodes end with the demo

Without AWS_ENDPOINT_URL nothing is ever asked of AWS itself, where a replication group costs money.
"""

import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from urllib.parse import urlsplit

import botocore.session
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

REPLICATION_GROUP_ID = "elc-tutorial"
AVAILABLE_WITHIN_SECONDS = 180
SERVING_WITHIN_SECONDS = 60
ENDING_WITHIN_SECONDS = 60


class CacheUnavailableError(Exception):
    """There is no cache to use; the message is a sentence for the person at the terminal."""


@contextmanager
def cache_url(environment: Mapping[str, str]) -> Iterator[str]:
    """The cache's `valkey://host:port` for the length of a `with` block."""
    if url := environment.get("CACHE_URL"):
        yield url
        return
    endpoint_url = environment.get("AWS_ENDPOINT_URL_ELASTICACHE") or environment.get("AWS_ENDPOINT_URL")
    if endpoint_url and _accepts_connections(endpoint_url):
        print(f"Asking the Elastane at {endpoint_url} for the replication group {REPLICATION_GROUP_ID} ...")
        yield find_or_create_cache(_connect(endpoint_url, environment))
        return
    if endpoint_url:
        print(f"Nothing answers at {endpoint_url}.")
    print(f"Starting an Elastane for this run, with the replication group {REPLICATION_GROUP_ID} ...")
    keys = {
        "ELASTANE_ROOT_ACCESS_KEY_ID": f"AKIA{secrets.token_hex(8).upper()}",
        "ELASTANE_ROOT_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
    }
    port = _free_port()
    command = [sys.executable, "-m", "elastane", "serve", "--ephemeral", "--listen", f"127.0.0.1:{port}"]
    with serving(command, environment={**environment, **keys}, port=port) as own_endpoint_url:
        credentials = {
            "AWS_ACCESS_KEY_ID": keys["ELASTANE_ROOT_ACCESS_KEY_ID"],
            "AWS_SECRET_ACCESS_KEY": keys["ELASTANE_ROOT_SECRET_ACCESS_KEY"],
        }
        yield find_or_create_cache(_connect(own_endpoint_url, credentials))


def find_or_create_cache(elasticache: BaseClient) -> str:
    """The primary endpoint of the tutorial's replication group, once that is available."""
    try:
        try:
            elasticache.describe_replication_groups(ReplicationGroupId=REPLICATION_GROUP_ID)
        except elasticache.exceptions.ReplicationGroupNotFoundFault:
            _create_replication_group(elasticache)
        elasticache.get_waiter("replication_group_available").wait(
            ReplicationGroupId=REPLICATION_GROUP_ID,
            WaiterConfig={"Delay": 1, "MaxAttempts": AVAILABLE_WITHIN_SECONDS},
        )
        groups = elasticache.describe_replication_groups(ReplicationGroupId=REPLICATION_GROUP_ID)
    except WaiterError as error:
        raise CacheUnavailableError(f"{REPLICATION_GROUP_ID} did not become available: {error}") from error
    except (BotoCoreError, ClientError) as error:
        raise CacheUnavailableError(f"Elastane did not give us {REPLICATION_GROUP_ID}: {error}") from error
    group = groups["ReplicationGroups"][0]
    # The primary endpoint, not a node's: after a failover it leads to the new primary.
    endpoint = group["NodeGroups"][0]["PrimaryEndpoint"]
    scheme = "valkeys" if group.get("TransitEncryptionEnabled") else "valkey"
    return f"{scheme}://{endpoint['Address']}:{endpoint['Port']}"


@contextmanager
def serving(command: Sequence[str], *, environment: Mapping[str, str], port: int) -> Iterator[str]:
    """Run a server as a child for the length of a `with` block; yields its URL once it accepts connections."""
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, env=dict(environment), stdout=output, stderr=subprocess.STDOUT)
        try:
            deadline = monotonic() + SERVING_WITHIN_SECONDS
            while not _accepts_connections(url):
                # The wait between two tries is a wait for the child's end, which would make trying pointless.
                if _has_ended(process, within_seconds=0.1) or monotonic() > deadline:
                    output.seek(0)
                    last_words = output.read().decode(errors="replace")[-2000:].strip()
                    raise CacheUnavailableError(f"Elastane did not start. Its last words:\n{last_words}")
            yield url
        finally:
            process.terminate()
            if not _has_ended(process, within_seconds=ENDING_WITHIN_SECONDS):
                process.kill()
                process.wait()


def _create_replication_group(elasticache: BaseClient) -> None:
    elasticache.create_replication_group(
        ReplicationGroupId=REPLICATION_GROUP_ID,
        ReplicationGroupDescription="the cache of examples/database_caching",
        Engine="valkey",
        CacheNodeType="cache.t3.micro",
        NumCacheClusters=2,
        MultiAZEnabled=True,
        AutomaticFailoverEnabled=True,
        TransitEncryptionEnabled=False,
    )


def _connect(endpoint_url: str, environment: Mapping[str, str]) -> BaseClient:
    """A client for the endpoint; credentials that the environment lacks are found as every AWS SDK finds them."""
    return botocore.session.get_session().create_client(
        "elasticache",
        endpoint_url=endpoint_url,
        region_name=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1",
        aws_access_key_id=environment.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=environment.get("AWS_SECRET_ACCESS_KEY"),
        aws_session_token=environment.get("AWS_SESSION_TOKEN"),
        config=Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 5}),
    )


def _accepts_connections(url: str) -> bool:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=2).close()
    except OSError:
        return False
    return True


def _has_ended(process: "subprocess.Popen[bytes]", *, within_seconds: float) -> bool:
    try:
        process.wait(within_seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
