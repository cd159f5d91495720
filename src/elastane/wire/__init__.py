"""AWS's protocols as bytes in and values out; nothing here reads a socket, a clock or a file of ours.

The published service models, read from botocore at run time, say how each action is spelled on the
wire. That is why adding an action never touches this room.

    models       what AWS publishes: actions, shapes, faults, pagination
    protocols    which of them a service speaks, and what each can do, as a table
    asked        what a request asks for, in whatever protocol
    query        an AWS Query form, or one of EC2's → an action and its typed parameters
    json         an AWS JSON object → the same, and a result or a fault → an object
    cbor         the same in Smithy's CBOR, which CloudWatch speaks
    objects      what JSON and CBOR have in common
    scalars      single values of forms and XML, both ways
    constraints  where those parameters break the limits the model declares
    xml          a result or a fault → the XML that SDKs parse
    fault_shapes what a fault is called in the service that refuses
    content_encoding  a body that was sent compressed
    masking      parameters without their secrets, for the audit trail
    canonical    a request as AWS's signature version 4 writes it down for signing
    claims       what a request says about its own signature
    sigv4        who signed a request, or why we do not believe it

Only `api` calls this room. It never decides what an action does, never looks anything up except
through an argument, and answers every hostile byte with a `Fault`.
"""
