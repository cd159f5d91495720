"""What may be wrong with a request, layer by layer: each table holds changes, and a draft suffers any number of them.

Changes of the first three layers come before it is signed, so that the signature holds and what is behind it is
reached; the others come after.
"""

from collections.abc import Callable
from random import Random

from tests.fuzz.drafts import Draft
from tests.fuzz.values import NASTY

Change = Callable[[Random, Draft], None]

REGIONS = ("us-east-1", "eu-west-1", "mars", "", "us east", "x" * 100, "\x00", "us-east-1/../..")
SERVICES = (
    "elasticache", "sts", "cloudtrail", "s3", "ec2", "monitoring", "cloudwatch", "sns", "logs", "elastane", "",
    "ELASTICACHE", "elasticache/x",
)  # fmt: skip
METHODS = ("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND")
PATHS = (
    b"//",
    b"/../..",
    b"/%2e%2e/%2f",
    b"/%",
    b"/%00",
    b"/\xff",
    b"/a/b/c?x",
    b"*",
    b"/_elastane/health/",
    b"/" + b"a" * 5_000,
    b"/./",
    b"/;x=y",
    b"/service/GraniteServiceVersion20100801/operation/PutMetricData",
    b"/service/GraniteServiceVersion20100801/operation/",
    b"/service//operation/x",
    b"/#",
)
TYPES = (
    b"application/json",
    b"text/xml",
    b"multipart/form-data; boundary=x",
    b"",
    b"application/x-amz-json-1.1",
    b"application/x-amz-json-1.0",
    b"application/cbor",
    b"\xff",
)
HEADERS = (
    (b"x-http-method-override", b"DELETE"),
    (b"x-forwarded-for", b"203.0.113.9"),
    (b"x-forwarded-host", b"evil.example"),
    (b"host", b"evil.example"),
    (b"transfer-encoding", b"chunked"),
    (b"content-length", b"5"),
    (b"expect", b"100-continue"),
    (b"content-encoding", b"gzip"),
    (b"x-amz-date", b"20200101T000000Z"),
    (b"x-amz-security-token", b"token"),
    (b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD"),
    (b"authorization", b"Basic eDp5"),
    (b"cookie", b"a=" + b"b" * 4_000),
    (b"x-amz-target", b"CloudTrail_20131101.LookupEvents"),
    (b"x-amz-target", b"Logs_20140328.DescribeLogGroups"),
    (b"smithy-protocol", b"rpc-v2-cbor"),
    (b"smithy-protocol", b"\xff"),
    (b"content-encoding", b"br"),
    (b"user-agent", b"\x1b[2J\xff" * 50),
    (b"x-original-url", b"/x"),
    (b"date", b"yesterday"),
    (b"", b""),
    (b"\xff\xfe", b"\x00"),
    (b"content-type", b"application/x-amz-json-1.1"),
)


# --- parameters -----------------------------------------------------------------------------------


def _repeat_a_field(dice: Random, made: Draft) -> None:
    if made.fields:
        made.fields.insert(dice.randint(0, len(made.fields)), dice.choice(made.fields))


def _drop_a_field(dice: Random, made: Draft) -> None:
    if made.fields:
        made.fields.pop(dice.randrange(len(made.fields)))


def _spoil_a_value(dice: Random, made: Draft) -> None:
    if made.fields:
        position = dice.randrange(len(made.fields))
        made.fields[position] = (made.fields[position][0], dice.choice(NASTY))


def _spoil_a_name(dice: Random, made: Draft) -> None:
    if made.fields:
        position = dice.randrange(len(made.fields))
        name, value = made.fields[position]
        ending = dice.choice(
            (".", "..", ".member", ".member.0", ".member.1", ".1", ".member.999999999", ".x" * 300, "\x00")
        )
        made.fields[position] = (name + ending, value)


def _add_sparse_members(dice: Random, made: Draft) -> None:
    name = dice.choice(("Tags.member", "TagKeys.member", "Tags.Tag", "SecurityGroupIds.SecurityGroupId", "X"))
    for _ in range(dice.randint(1, 5)):
        index = dice.choice(("1", "2", "99999", "999999999", "9999999999", "-1", "01", "1e3", "٣", ""))
        made.fields.append((f"{name}.{index}{dice.choice(('', '.Key', '.Value'))}", "v"))


def _add_many_members(dice: Random, made: Draft) -> None:
    if dice.random() < 0.1:
        count = dice.choice((100, 1_001, 3_000))
        made.fields += [(f"TagKeys.member.{number}", "k") for number in range(1, count)]


def _add_nonsense(dice: Random, made: Draft) -> None:
    made.fields.append((dice.choice(NASTY), dice.choice(NASTY)))


def _nest_deeply(dice: Random, made: Draft) -> None:
    made.fields.append((".".join(["NodeGroupConfiguration", "member", "1"] * dice.choice((2, 50, 1_000))), "x"))
    if isinstance(made.content, dict):
        inner: object = dice.choice(([], {}, 1, None))
        for _ in range(dice.choice((3, 100, 400))):
            inner = [inner] if dice.random() < 0.5 else {"LookupAttributes": inner}
        made.content["LookupAttributes"] = inner


def _spoil_content(dice: Random, made: Draft) -> None:
    if isinstance(made.content, dict):
        name = dice.choice((*made.content, "NextToken", "MaxResults", "StartTime", "LookupAttributes", "é"))
        made.content[name] = dice.choice((*NASTY, *(0, -1, 1e308, True, None, [], {}, [[]], [None], {"a": {}}, 2**70)))


PARAMETERS: tuple[Change, ...] = (
    _repeat_a_field,
    _drop_a_field,
    _spoil_a_value,
    _spoil_a_name,
    _add_sparse_members,
    _add_many_members,
    _add_nonsense,
    _nest_deeply,
    _spoil_content,
)


# --- protocol -------------------------------------------------------------------------------------


def _another_method(dice: Random, made: Draft) -> None:
    made.method = dice.choice(METHODS)


def _another_protocol(dice: Random, made: Draft) -> None:
    made.is_json, made.is_cbor = dice.choice(((True, False), (False, True), (False, False)))
    made.content = made.content if made.content is not None else {"Action": "DescribeEvents"}


def _another_version(dice: Random, made: Draft) -> None:
    made.fields = [(name, dice.choice(NASTY) if name == "Version" else value) for name, value in made.fields]


def _another_action(dice: Random, made: Draft) -> None:
    action = dice.choice((*NASTY, "describeEvents", "GetCallerIdentity", "LookupEvents", "DescribeEvents"))
    made.fields = [(name, action if name == "Action" else value) for name, value in made.fields]


def _another_path(dice: Random, made: Draft) -> None:
    made.path = dice.choice(PATHS)


def _fields_in_both_places(dice: Random, made: Draft) -> None:
    made.query = dice.choice(
        (b"Action=DeleteReplicationGroup&ReplicationGroupId=r1", b"X-Amz-Algorithm=x", b"=&&;%", b"\xff")
    )


def _compressed(dice: Random, made: Draft) -> None:
    made.is_compressed = True


PROTOCOL: tuple[Change, ...] = (
    _compressed,
    _another_method,
    _another_protocol,
    _another_version,
    _another_action,
    _another_path,
    _fields_in_both_places,
)


# --- signature ------------------------------------------------------------------------------------


def _another_region(dice: Random, made: Draft) -> None:
    made.signing.region = dice.choice(REGIONS)


def _another_service(dice: Random, made: Draft) -> None:
    made.signing.service = dice.choice(SERVICES)


def _unsigned(dice: Random, made: Draft) -> None:
    """As a link in one of SNS's messages: a GET that claims nothing. What else it is, is for other changes to say."""
    made.is_signed = False
    if dice.random() < 0.7:
        made.method, made.is_json, made.is_cbor = "GET", False, False
        action = dice.choice(("ConfirmSubscription", "Unsubscribe", "DescribeEvents"))
        made.fields = [("Action", action), *(pair for pair in made.fields if pair[0] != "Action")]
        made.fields += [(name, dice.choice(NASTY)) for name in ("TopicArn", "Token", "SubscriptionArn")]


def _another_key(dice: Random, made: Draft) -> None:
    made.signing.access_key_id = dice.choice(("AKIASOMEBODYELSE0000", "", "a/b", "\x00", "x" * 200, "ключ", "\udcff"))


def _another_secret(dice: Random, made: Draft) -> None:
    made.signing.secret = dice.choice(("", "wrong", "\x00", "é" * 50))


def _another_time(dice: Random, made: Draft) -> None:
    made.signing.at_text = dice.choice(
        ("20200101T000000Z", "29990101T000000Z", "20261332T256199Z", "now", "", "9" * 16)
    )
    if dice.random() < 0.7:
        made.signing.date_text = made.signing.at_text[:8]


def _other_signed_headers(dice: Random, made: Draft) -> None:
    made.signing.signed_headers = dice.choice(
        (
            ["host"],
            ["x-amz-date"],
            [""],
            ["host", "x-amz-date", "absent"],
            ["host"] * 500,
            ["HOST", "X-Amz-Date"],
            ["é"],
        )
    )


def _presigned(dice: Random, made: Draft) -> None:
    made.signing.is_presigned = True
    made.signing.expires_text = dice.choice(("60", "60", "0", "-1", "604800", "604801", "9" * 400, "x", "", "٣"))


SIGNATURE: tuple[Change, ...] = (
    _another_region,
    _another_service,
    _unsigned,
    _another_key,
    _another_secret,
    _another_time,
    _other_signed_headers,
    _presigned,
)


# --- headers --------------------------------------------------------------------------------------


def _add_a_header(dice: Random, made: Draft) -> None:
    made.headers.insert(dice.randint(0, len(made.headers)), dice.choice(HEADERS))


def _add_many_headers(dice: Random, made: Draft) -> None:
    made.headers += [(b"x-many-%d" % number, b"v") for number in range(dice.choice((5, 150, 1_000)))]


def _repeat_a_header(dice: Random, made: Draft) -> None:
    if made.headers:
        made.headers.append(dice.choice(made.headers))


def _drop_a_header(dice: Random, made: Draft) -> None:
    if made.headers:
        made.headers.pop(dice.randrange(len(made.headers)))


def _another_type(dice: Random, made: Draft) -> None:
    kind = dice.choice(TYPES)
    made.headers = [(name, kind if name == b"content-type" else value) for name, value in made.headers]


def _spoil_a_header(dice: Random, made: Draft) -> None:
    if made.headers:
        position = dice.randrange(len(made.headers))
        name, value = made.headers[position]
        made.headers[position] = (name, _spoilt(dice, value))


HEADER: tuple[Change, ...] = (
    _add_a_header,
    _add_many_headers,
    _repeat_a_header,
    _drop_a_header,
    _another_type,
    _spoil_a_header,
)


# --- bytes ----------------------------------------------------------------------------------------


def _spoil_the_body(dice: Random, made: Draft) -> None:
    made.body = _spoilt(dice, made.body)


def _spoil_the_query(dice: Random, made: Draft) -> None:
    made.query = _spoilt(dice, made.query)


def _spoil_the_path(dice: Random, made: Draft) -> None:
    made.path = _spoilt(dice, made.path)


def _swell_the_body(dice: Random, made: Draft) -> None:
    if dice.random() < 0.05:
        made.body += b"&x=" + b"y" * dice.choice((10_000, 1024 * 1024))


BYTES: tuple[Change, ...] = (_spoil_the_body, _spoil_the_query, _spoil_the_path, _swell_the_body)


def _spoilt(dice: Random, text: bytes) -> bytes:
    """With some octets changed, taken out, put in, or said twice."""
    spoilt = bytearray(text)
    for _ in range(dice.randint(1, 4)):
        position = dice.randint(0, len(spoilt))
        match dice.randrange(4):
            case 0 if position < len(spoilt):
                spoilt[position] = dice.randrange(256)
            case 1:
                del spoilt[position : position + dice.randint(1, 8)]
            case 2:
                spoilt[position:position] = dice.randbytes(dice.randint(1, 8))
            case 3:
                spoilt[position:position] = spoilt[position : position + dice.randint(1, 64)]
    return bytes(spoilt)


# --- arrival --------------------------------------------------------------------------------------


def _in_pieces(dice: Random, made: Draft) -> None:
    pieces: list[bytes] = []
    rest = made.body
    while rest and len(pieces) < 50:
        length = dice.randint(0, 1 + len(rest) // 2)
        pieces.append(rest[:length])
        rest = rest[length:]
    made.pieces = [*pieces, rest]


def _cut_off(dice: Random, made: Draft) -> None:
    _in_pieces(dice, made)
    assert made.pieces is not None
    made.pieces = made.pieces[: dice.randint(0, len(made.pieces))]
    made.is_cut_off = True


ARRIVAL: tuple[Change, ...] = (_in_pieces, _cut_off)

BEFORE_SIGNING = (PARAMETERS, PROTOCOL, SIGNATURE)
AFTER_SIGNING = (HEADER, BYTES, ARRIVAL)


def suffer(dice: Random, made: Draft, layers: tuple[tuple[Change, ...], ...], likelihood: float) -> None:
    """At each layer nothing, one change, or a few."""
    for layer in layers:
        while dice.random() < likelihood:
            change = dice.choice(layer)
            made.changes.append(change.__name__.removeprefix("_"))
            change(dice, made)
