"""What is published: checked, and written down together with whom it is to be delivered to."""

import math
import re
import sys
from collections.abc import Mapping
from typing import Final

import msgspec

from elastane.model import sns_faults
from elastane.model.faults import Fault
from elastane.model.ids import Arn
from elastane.model.notifications import MESSAGE_BYTES_MAX, Message, MessageAttribute, binary_value, size_bytes
from elastane.service.context import Context, Result
from elastane.service.elasticache.decisions import decide
from elastane.service.parameters import Parameters
from elastane.service.sns.stored_topics import get_topic, refuse_foreign_topic
from elastane.store import Transaction, topics

ENTRY_COUNT_MAX: Final = 10
SUBJECT_LENGTH_MAX: Final = 100

_SUBJECT = re.compile(r"[!-~][ -~]*\Z")
_ATTRIBUTE_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}\Z")
_DATA_TYPE = re.compile(r"(String|Number|Binary|String\.Array)(\.[^.].*)?\Z")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")


class _Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a call wants to publish, checked."""

    text: str
    subject: str | None
    texts: Mapping[str, str]
    attributes: Mapping[str, MessageAttribute]

    def size_bytes(self, ctx: Context) -> int:
        message = Message(
            id="", topic_arn=Arn(""), at=ctx.now(), text=self.text, texts=self.texts, attributes=self.attributes
        )
        return size_bytes(message)


async def publish(ctx: Context, parameters: Parameters) -> Result:
    if parameters.text("PhoneNumber"):
        raise sns_faults.InvalidParameter(
            "Invalid parameter: PhoneNumber Reason: no telephone can be reached from here"
        )
    topic_arn = parameters.text("TopicArn") or parameters.text("TargetArn")
    if not topic_arn:
        raise sns_faults.InvalidParameter(
            "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"
        )
    refuse_foreign_topic(ctx, topic_arn, "TopicArn" if parameters.text("TopicArn") else "TargetArn")
    draft = _draft(ctx, parameters)
    return {"MessageId": await decide(ctx.store, lambda tx: _publish(tx, ctx, topic_arn, draft))}


async def publish_batch(ctx: Context, parameters: Parameters) -> Result:
    """Those that can be published are, in one transaction; each of the others is told why not."""
    topic_arn = parameters.required_text("TopicArn")
    refuse_foreign_topic(ctx, topic_arn)
    entries = parameters.structures("PublishBatchRequestEntries") or ()
    ids = [entry.required_text("Id") for entry in entries]
    _refuse_bad_batch(ids)
    drafts: dict[str, _Draft] = {}
    failed: list[Result] = []
    for entry in entries:
        try:
            drafts[entry.required_text("Id")] = _draft(ctx, entry)
        except Fault as fault:
            said = {"Code": fault.code, "Message": fault.message, "SenderFault": True}
            failed.append({"Id": entry.required_text("Id"), **said})
    if sum(draft.size_bytes(ctx) for draft in drafts.values()) > MESSAGE_BYTES_MAX:
        raise sns_faults.BatchRequestTooLong(
            f"All messages of a batch together have {MESSAGE_BYTES_MAX} bytes at most."
        )

    def publish_all(tx: Transaction) -> list[Result]:
        get_topic(tx, topic_arn)
        return [{"Id": id, "MessageId": _publish(tx, ctx, topic_arn, draft)} for id, draft in drafts.items()]

    return {"Successful": await decide(ctx.store, publish_all), "Failed": failed}


def _publish(tx: Transaction, ctx: Context, topic_arn: str, draft: _Draft) -> str:
    get_topic(tx, topic_arn)
    message_id = topics.publish(
        tx,
        topic_arn=topic_arn,
        message=draft.text,
        subject=draft.subject,
        texts=draft.texts,
        attributes=draft.attributes,
        now=ctx.now(),
    )
    assert message_id is not None, "the topic was there in this transaction"
    return message_id


# --- what is asked for ---------------------------------------------------------------------------


def _draft(ctx: Context, parameters: Parameters) -> _Draft:
    """Raises InvalidParameter."""
    if parameters.text("MessageGroupId") or parameters.text("MessageDeduplicationId"):
        raise sns_faults.InvalidParameter(
            "Invalid parameter: MessageGroupId, MessageDeduplicationId Reason: they are of FIFO topics, which are not "
            "built"
        )
    text = parameters.required_text("Message")
    if not text:
        raise sns_faults.InvalidParameter("Invalid parameter: Empty message")
    texts: Mapping[str, str] = {}
    if parameters.text("MessageStructure"):
        text, texts = _structured(parameters.required_text("MessageStructure"), text)
    draft = _Draft(text=text, subject=_subject(parameters), texts=texts, attributes=_attributes(parameters))
    if draft.size_bytes(ctx) > MESSAGE_BYTES_MAX:
        raise sns_faults.InvalidParameter(f"Invalid parameter: Message too long: {MESSAGE_BYTES_MAX} bytes at most")
    return draft


def _structured(structure: str, text: str) -> tuple[str, Mapping[str, str]]:
    """A text for whoever has none of their own, and those by protocol."""
    if structure != "json":
        raise sns_faults.InvalidParameter("Invalid parameter: MessageStructure")
    try:
        said = msgspec.json.decode(text)  # which, other than json, takes no half of a surrogate pair
    except (msgspec.DecodeError, RecursionError):
        raise sns_faults.InvalidParameter(
            "Invalid parameter: Message Structure - JSON message body failed to parse"
        ) from None
    if not isinstance(said, dict) or not isinstance(said.get("default"), str):
        raise sns_faults.InvalidParameter(
            "Invalid parameter: Message Structure - No default entry in JSON message body"
        )
    return said["default"], {
        protocol: each for protocol, each in said.items() if protocol != "default" and isinstance(each, str)
    }


def _subject(parameters: Parameters) -> str | None:
    subject = parameters.text("Subject")
    if not subject:
        return None
    if len(subject) > SUBJECT_LENGTH_MAX or _SUBJECT.match(subject) is None:
        raise sns_faults.InvalidParameter(
            f"Invalid parameter: Subject Reason: {SUBJECT_LENGTH_MAX} characters of ASCII at most, in one line, "
            "and no blank first"
        )
    return subject


def _attributes(parameters: Parameters) -> Mapping[str, MessageAttribute]:
    sent = parameters.structure("MessageAttributes")
    if sent is None:
        return {}
    found: dict[str, MessageAttribute] = {}
    for name in sent:
        attribute = sent.structure(name)
        assert attribute is not None, "the model says that it is a structure"
        if _ATTRIBUTE_NAME.match(name) is None or name.startswith(".") or name.endswith("."):
            raise sns_faults.InvalidParameter(f"Invalid parameter: MessageAttributes Reason: {name[:40]} is no name")
        found[name] = _attribute(name, attribute)
    return found


def _attribute(name: str, attribute: Parameters) -> MessageAttribute:
    data_type = attribute.required_text("DataType")
    octets = attribute.octets("BinaryValue")
    value = attribute.text("StringValue") if octets is None else binary_value(octets)
    if _DATA_TYPE.match(data_type) is None or data_type.startswith("Binary") is (octets is None):
        raise _bad(name, f"{data_type[:40]} is no data type, or does not go with its value")
    if not value:
        raise _bad(name, "it must have a value that is not empty")
    if data_type.startswith("Number"):
        _refuse_bad_number(name, value)
    if data_type.startswith("String.Array"):
        _refuse_bad_array(name, value)
    return MessageAttribute(data_type=data_type, value=value)


def _refuse_bad_number(name: str, value: str) -> None:
    if _NUMBER.match(value) is None or not math.isfinite(float(value)):
        raise _bad(name, "it is no number")


def _refuse_bad_array(name: str, value: str) -> None:
    try:
        members = msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        members = None
    if not isinstance(members, list) or any(isinstance(each, list | dict) or _is_huge(each) for each in members):
        raise _bad(name, "it must be a JSON list of texts, numbers, true, false and null")


def _is_huge(member: object) -> bool:
    """JSON's whole numbers may be longer than any number that they could be compared with."""
    return isinstance(member, int) and abs(member) > sys.float_info.max


def _bad(name: str, reason: str) -> sns_faults.InvalidParameter:
    return sns_faults.InvalidParameter(f"Invalid parameter: MessageAttributes Reason: {name}: {reason}")


def _refuse_bad_batch(ids: list[str]) -> None:
    if not ids:
        raise sns_faults.EmptyBatchRequest("The batch request doesn't contain any entries.")
    if len(ids) > ENTRY_COUNT_MAX:
        raise sns_faults.TooManyEntriesInBatchRequest(f"A batch request has {ENTRY_COUNT_MAX} entries at most.")
    if any(_ENTRY_ID.match(each) is None for each in ids):
        raise sns_faults.InvalidBatchEntryId("The Id of an entry has 1 to 80 letters, digits, hyphens and underscores.")
    if len(set(ids)) != len(ids):
        raise sns_faults.BatchEntryIdsNotDistinct("Two or more entries of the batch request have the same Id.")
