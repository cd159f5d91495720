"""Bodies that were sent compressed: botocore does so with what PutMetricData puts, from ten kilobytes on.

`api` calls this after the signature was verified: what is signed is what was sent. Only gzip is understood, as by AWS,
and only for a service whose model says that SDKs compress; for others the header says nothing, as it always did.
"""

import zlib

from msgspec.structs import replace

from elastane.model import faults
from elastane.wire import models
from elastane.wire.claims import SignedRequest
from elastane.wire.models import Service

_GZIP = 16 + zlib.MAX_WBITS
"""zlib's number for gzip's heading and checksum, and no others."""


def decoded(service: Service, request: SignedRequest, body_bytes_max: int) -> SignedRequest:
    """The request with its body as it was before. Never more than `body_bytes_max` of it come into being.

    Raises RequestEntityTooLarge beyond that, MalformedInput for another encoding or what is no gzip.
    """
    encodings = [value.strip(" \t").lower() for name, value in request.headers if name.lower() == "content-encoding"]
    if encodings in ([], ["identity"], [""]) or not models.takes_compressed_requests(service):
        return request
    if encodings != ["gzip"]:
        raise faults.MalformedInput("The only content encoding that is understood is gzip.")
    decompression = zlib.decompressobj(_GZIP)
    try:
        body = decompression.decompress(request.body, body_bytes_max + 1)
    except zlib.error:
        raise faults.MalformedInput("The body of the request is not compressed with gzip.") from None
    if len(body) > body_bytes_max:
        raise faults.RequestEntityTooLarge(f"A request's body may have {body_bytes_max} bytes at most.")
    if not decompression.eof or decompression.unused_data:
        raise faults.MalformedInput("The body of the request does not end where its gzip ends.")
    return replace(request, body=body)
