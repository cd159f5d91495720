"""CreateTags, DeleteTags and DescribeTags, and the tags that other actions of EC2 give and show.

What may have tags: VPCs, subnets, security groups and their rules. They are kept by ARN as all tags are here, and
go with what they are on.
"""

from collections.abc import Iterable, Mapping

import msgspec

from elastane.model import faults
from elastane.model.ids import Arn, ec2_arn
from elastane.service import networks
from elastane.service.context import Context, Result
from elastane.service.ec2 import dry_runs
from elastane.service.ec2.filters import Filters, filtered, requested_results
from elastane.service.parameters import Parameters
from elastane.store import Transaction, tags

RESOURCE_TYPES: Mapping[str, str] = {
    "vpc": "vpc",
    "subnet": "subnet",
    "sg": "security-group",
    "sgr": "security-group-rule",
}
"""By what ids begin with."""

_NOT_FOUND: Mapping[str, tuple[type[faults.Fault], str]] = {
    "vpc": (faults.InvalidVpcIdNotFound, "The vpc ID '{id}' does not exist"),
    "subnet": (faults.InvalidSubnetIdNotFound, "The subnet ID '{id}' does not exist"),
    "sg": (faults.InvalidGroupNotFound, "The security group '{id}' does not exist"),
    "sgr": (faults.InvalidSecurityGroupRuleIdNotFound, "The security group rule ID '{id}' does not exist"),
}


async def create_tags(ctx: Context, parameters: Parameters) -> Result:
    new_tags = _checked(parameters.structures("Tags") or (), ctx)
    if not new_tags:
        raise faults.MissingParameter("The request must contain the parameter Tag.")

    def create(tx: Transaction) -> Result:
        for resource_id in parameters.texts("Resources") or ():
            resource = resource_arn(tx, ctx, resource_id)
            _save(tx, ctx, resource, tags.get_tags(tx, resource) | new_tags)
        return {}

    return await dry_runs.decide(ctx, parameters, create)


async def delete_tags(ctx: Context, parameters: Parameters) -> Result:
    """All of them where none is named; one named with a value only where it has that value."""
    named = {tag.text("Key"): tag.text("Value") for tag in parameters.structures("Tags") or ()}

    def delete(tx: Transaction) -> Result:
        for resource_id in parameters.texts("Resources") or ():
            resource = resource_arn(tx, ctx, resource_id)
            kept = {
                key: value
                for key, value in tags.get_tags(tx, resource).items()
                if named and (key not in named or named[key] not in (None, value))
            }
            tags.save_tags(tx, resource, kept)
        return {}

    return await dry_runs.decide(ctx, parameters, delete)


class _Tag(msgspec.Struct, frozen=True, kw_only=True):
    resource_id: str
    key: str
    value: str

    @property
    def resource_type(self) -> str:
        return RESOURCE_TYPES[_kind(self.resource_id)]


_FILTERS: Filters[_Tag] = {
    "key": lambda tag: (tag.key,),
    "value": lambda tag: (tag.value,),
    "resource-id": lambda tag: (tag.resource_id,),
    "resource-type": lambda tag: (tag.resource_type,),
}


async def describe_tags(ctx: Context, parameters: Parameters) -> Result:
    def describe(tx: Transaction) -> Result:
        every = (
            _Tag(resource_id=resource_id, key=key, value=value)
            for resource_id in _resource_ids(tx, ctx)
            for key, value in tags_of(tx, ctx, resource_id).items()
        )
        found = filtered(parameters, every, _FILTERS, lambda tag: {tag.key: tag.value})
        page = requested_results(parameters, found, key=lambda tag: f"{tag.resource_id} {tag.key}")
        answers = [
            {"ResourceId": tag.resource_id, "ResourceType": tag.resource_type, "Key": tag.key, "Value": tag.value}
            for tag in page.items
        ]
        return {"Tags": answers, "NextToken": page.marker}

    return await dry_runs.read(ctx, parameters, describe)


# --- asked by other actions ----------------------------------------------------------------------


def arn_of(ctx: Context, resource_id: str) -> Arn:
    return ec2_arn(ctx.region, ctx.account_id, RESOURCE_TYPES[_kind(resource_id)], resource_id)


def tags_of(tx: Transaction, ctx: Context, resource_id: str) -> Mapping[str, str]:
    return tags.get_tags(tx, arn_of(ctx, resource_id))


def answer_tags(tx: Transaction, ctx: Context, resource_id: str) -> list[Result]:
    return [{"Key": key, "Value": value} for key, value in tags_of(tx, ctx, resource_id).items()]


def requested_tags(ctx: Context, parameters: Parameters, resource_type: str) -> dict[str, str]:
    """Of the TagSpecifications of a call that makes one kind of resource. Raises InvalidParameterValue."""
    requested: dict[str, str] = {}
    for specification in parameters.structures("TagSpecifications") or ():
        if specification.text("ResourceType") != resource_type:
            raise faults.InvalidParameterValue(
                f"'{specification.text('ResourceType')}' is not a valid taggable resource type for this operation."
            )
        requested |= _checked(specification.structures("Tags") or (), ctx)
    return requested


def save_new_tags(tx: Transaction, ctx: Context, resource_id: str, new_tags: Mapping[str, str]) -> None:
    if new_tags:
        _save(tx, ctx, arn_of(ctx, resource_id), new_tags)


def forget_tags(tx: Transaction, ctx: Context, resource_ids: Iterable[str]) -> None:
    for resource_id in resource_ids:
        tags.remove_tags(tx, arn_of(ctx, resource_id))


def resource_arn(tx: Transaction, ctx: Context, resource_id: str) -> Arn:
    """Raises InvalidID for an id of no kind that may have tags, and the kind's NotFound."""
    kind = _kind(resource_id)
    if kind not in RESOURCE_TYPES:
        raise faults.InvalidId(f"The ID '{resource_id}' is not valid")
    if resource_id not in _resource_ids(tx, ctx):
        fault, sentence = _NOT_FOUND[kind]
        raise fault(sentence.format(id=resource_id))
    return arn_of(ctx, resource_id)


def _resource_ids(tx: Transaction, ctx: Context) -> tuple[str, ...]:
    groups = networks.list_security_groups(tx, ctx)
    return (
        *(vpc.vpc_id for vpc in networks.list_vpcs(tx, ctx)),
        *(subnet.subnet_id for subnet in networks.list_subnets(tx, ctx)),
        *(group.id for group in groups),
        *(rule.id for group in groups for rule in group.rules),
    )


def _kind(resource_id: str) -> str:
    return resource_id.partition("-")[0]


def _checked(requested: Iterable[Parameters], ctx: Context) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in requested:
        key, value = tag.text("Key") or "", tag.text("Value") or ""
        if not 1 <= len(key) <= ctx.limits.tag_key_length:
            raise faults.InvalidParameterValue(
                f"Tag keys must have 1 to {ctx.limits.tag_key_length} characters; got {len(key)}."
            )
        if len(value) > ctx.limits.tag_value_length:
            raise faults.InvalidParameterValue(
                f"Tag values must have at most {ctx.limits.tag_value_length} characters; got {len(value)}."
            )
        if key.startswith("aws:"):
            raise faults.InvalidParameterValue("Tag keys starting with 'aws:' are reserved for internal use")
        if key in found:
            raise faults.InvalidParameterValue(f"Duplicate tag key '{key}' specified.")
        found[key] = value
    return found


def _save(tx: Transaction, ctx: Context, resource: Arn, new_tags: Mapping[str, str]) -> None:
    if len(new_tags) > ctx.limits.tags_per_resource:
        raise faults.TagLimitExceeded(
            f"The maximum number of tags for a resource has been reached, which is {ctx.limits.tags_per_resource}."
        )
    tags.save_tags(tx, resource, new_tags)
