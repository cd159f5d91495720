"""Attacks below the API: bytes that two readers could read differently, paths, hosts, sizes.

Slow, endless and unread ones are in tests/unit/test_http_server.py, where deadlines are short. All are listed in
docs/explanation/attacks-tried.md.
"""

import gzip

import httpx
import pytest
from botocore.awsrequest import AWSRequest

from tests.conformance.wire import (
    FORM_TYPE,
    RIGHT,
    fault_of,
    form,
    get_request,
    raw,
    request,
    send,
    send_bytes,
    signed,
    statuses,
)
from tests.kit.elastane import RunningElastane

ASK = form("DescribeCacheSubnetGroups")


def smuggled(url: str) -> bytes:
    """What is to be taken for a second request: answered, it would be a second answer on the connection."""
    return raw(request(url, ASK))


# --- two readings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 0\r\n",
        b"Content-Length: 4, 4\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x4\r\n",
        b"Content-Length: 4 4\r\n",
        b"Content-Length: 99999999999999999999999\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
        b"Content-Length\r\n: 4\r\n",
    ],
)
def test_no_second_request_is_smuggled_behind_a_length_that_can_be_read_twice(
    elastane: RunningElastane, framing: bytes
) -> None:
    sent = b"POST / HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n0\r\n\r\n" + smuggled(elastane.url)

    answer = send_bytes(elastane.url, sent)

    assert statuses(answer) == [400]
    assert b"CacheSubnetGroup" not in answer


@pytest.mark.parametrize(
    "chunks",
    [
        b"ffffffffffffffffff\r\nx",
        b"-1\r\nx",
        b"0x1\r\nx",
        b"1\nx\n0\n\n",
        b"1;a=\x00\r\nx\r\n0\r\n\r\n",
        b"1 \r\nx\r\n0\r\n\r\n",
        b"g\r\n",
    ],
)
def test_a_chunk_that_can_be_read_twice_is_refused(elastane: RunningElastane, chunks: bytes) -> None:
    sent = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + smuggled(elastane.url)

    answer = send_bytes(elastane.url, sent)

    assert set(statuses(answer)) <= {400, 403}, "the first one is unsigned at best"
    assert b"CacheSubnetGroup" not in answer


@pytest.mark.parametrize(
    "header",
    [
        b"X-Folded: a\r\n b\r\n",
        b"X-Folded: a\r\n\tb\r\n",
        b"X-Line: a\nX-Second: b\r\n",
        b"X-Return: a\rb\r\n",
        b"X-Null: a\x00b\r\n",
        b"X Blank: a\r\n",
        b"X-Blank : a\r\n",
        b": nameless\r\n",
        b"no colon\r\n",
        b"X-\xff: a\r\n",
    ],
)
def test_a_header_that_can_be_read_twice_is_refused(elastane: RunningElastane, header: bytes) -> None:
    answer = send_bytes(elastane.url, raw(request(elastane.url, ASK), headers=header))

    assert statuses(answer) == [400]


@pytest.mark.parametrize(
    "line",
    [
        b"POST / HTTP/0.9",
        b"POST / HTTP/2.0",
        b"POST / HTTP/1.1 HTTP/1.1",
        b"POST /",
        b"POST  / HTTP/1.1 x",
        b"post / HTTP/1.1",
        b"POST / http/1.1",
        b"POST /\x00 HTTP/1.1",
        b"PRI * HTTP/2.0",
        b"CONNECT elastane:443 HTTP/1.1",
        b"POST http://evil.example HTTP/1.1",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_a_line_that_is_no_request_is_refused(elastane: RunningElastane, line: bytes) -> None:
    answer = send_bytes(elastane.url, raw(request(elastane.url, ASK), line=line))

    assert statuses(answer) == [400]


def test_nothing_is_upgraded_to_another_protocol(elastane: RunningElastane) -> None:
    for upgrade in (b"h2c", b"websocket"):
        sent = (
            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %b\r\nHTTP2-Settings: AA\r\n\r\n" % upgrade
        )
        assert statuses(send_bytes(elastane.url, sent))[0] in (400, 403)


# --- paths, methods and hosts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "//", "/../../etc/passwd", "/%2e%2e/%2e%2e/", "/..%2f", "/%2f", "/.%00", "/%", "/%zz", "/a//b", "/;/",
        "/_elastane", "/_elastane/health/..", "/_elastane/health/", "//_elastane/health", "/_ELASTANE/HEALTH",
        "/_elastane/../?x",
    ],
)  # fmt: skip
def test_no_path_leads_around_the_signature(elastane: RunningElastane, path: str) -> None:
    answer = send_bytes(elastane.url, b"GET " + path.encode() + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert statuses(answer) in ([403], [400])
    assert b"MissingAuthenticationToken" in answer or b"Invalid HTTP request" in answer


def test_the_only_unsigned_answer_says_that_it_lives_and_nothing_else(elastane: RunningElastane) -> None:
    for path in (b"/_elastane/health", b"/%5felastane/health", b"/_elastane/health?Action=DescribeEvents"):
        for method in (b"GET", b"POST", b"DELETE"):
            sent = method + b" " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            assert send_bytes(elastane.url, sent).endswith(b"\r\n\r\nok\n")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_signed_request_of_another_method_does_nothing(elastane: RunningElastane, method: str) -> None:
    answer = send(request(elastane.url, ASK, method=method))

    assert fault_of(answer) == (400, "InvalidAction")


def test_an_absolute_address_is_answered_as_its_path_and_its_host_is_not_believed(elastane: RunningElastane) -> None:
    asked = request(elastane.url, ASK)

    answer = send_bytes(elastane.url, raw(asked, line=b"POST http://evil.example/ HTTP/1.1"))

    assert statuses(answer) == [200]
    assert b"evil.example" not in answer


def test_the_host_is_the_one_that_was_signed(elastane: RunningElastane) -> None:
    asked = request(elastane.url, ASK)
    host = asked.headers["host"].encode()
    sent = raw(asked)

    for tampered in (
        sent.replace(b"Host: " + host, b"Host: evil.example").replace(b"host: " + host, b"host: evil.example"),
        raw(asked, headers=b"Host: evil.example\r\n"),
        raw(asked, headers=b"Host: " + host + b"\r\n"),
    ):
        answer = send_bytes(elastane.url, tampered)
        assert statuses(answer)[0] in (400, 403)
        assert b"evil.example" not in answer
    without = b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    assert statuses(send_bytes(elastane.url, without)) == [403]


# --- query and body -------------------------------------------------------------------------------


def test_a_query_says_nothing_where_a_body_does(elastane: RunningElastane) -> None:
    def posted(query: bytes, body: bytes) -> httpx.Response:
        unsigned = AWSRequest(method="POST", url=f"{elastane.url}/?{query.decode()}", data=body)
        return send(signed(unsigned, RIGHT, {"Content-Type": FORM_TYPE}))

    delete = form("DeleteCacheSubnetGroup", CacheSubnetGroupName="default")

    assert b"<DescribeCacheSubnetGroupsResult>" in posted(delete, ASK).content
    assert fault_of(posted(ASK, b"")) == (400, "MissingAction")
    assert fault_of(posted(b"CacheSubnetGroupName=nobody", form("DeleteCacheSubnetGroup"))) == (400, "MissingParameter")


def test_a_body_says_nothing_where_a_query_does(elastane: RunningElastane) -> None:
    asked = get_request(elastane.url, ASK)
    with_body = httpx.Request("GET", asked.url, headers=asked.headers, content=b"Action=DeleteReplicationGroup")

    assert fault_of(send(with_body)) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/xml",
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/x-www-form-urlencodedx",
    ],
)
def test_a_body_of_another_type_is_not_read(elastane: RunningElastane, content_type: str) -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>'
        b'<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/>&b;</x>'
    )

    answer = send(request(elastane.url, bomb, content_type=content_type))

    assert fault_of(answer) == (400, "MalformedInput")
    assert b"root:" not in answer.content


def test_a_compressed_body_is_not_unpacked(elastane: RunningElastane) -> None:
    bomb = gzip.compress(b"Action=" + b"x" * 50_000_000)
    asked = request(elastane.url, bomb)
    asked.headers["Content-Encoding"] = "gzip"

    assert fault_of(send(asked)) == (400, "MalformedInput")


# --- sizes ----------------------------------------------------------------------------------------


def test_a_body_that_is_announced_too_large_is_refused_and_so_is_one_that_grows(elastane: RunningElastane) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    growing = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert statuses(send_bytes(elastane.url, growing, *[chunk] * 40)) in ([413], [])
    large = httpx.Request("POST", elastane.url, content=b"x" * 2_000_000, headers={"Content-Type": FORM_TYPE})
    assert fault_of(send(large)) == (413, "RequestEntityTooLarge")
    assert send(request(elastane.url, ASK)).status_code == 200


def test_a_heading_beyond_the_bounds_is_refused_by_the_product_as_well(elastane: RunningElastane) -> None:
    """Its bounds are tried one by one in tests/unit/test_http_server.py; here, that they are set."""
    long = b"X-Long: " + b"a" * 100_000 + b"\r\n"
    many = b"".join(b"X-%d: a\r\n" % number for number in range(500))

    for headers in (long, many):
        assert statuses(send_bytes(elastane.url, raw(request(elastane.url, ASK), headers=headers))) in ([400], [])
    assert send(request(elastane.url, ASK)).status_code == 200
