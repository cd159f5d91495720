"""Whether a caller may do what it asks for: every call is asked about here, after its signature and before its action.

`needs` says which permissions a call takes, from the table in the catalog: one for each resource it creates, changes
or names, a second one where it tags what it creates or keeps a last snapshot. All of them must be allowed. The root is
asked nothing.
"""

from collections.abc import Callable, Iterator

import msgspec

from elastane.catalog import permissions
from elastane.catalog.permissions import ARN_PARAMETER, CACHE, Named, Permission
from elastane.model import faults, policy_keys, sns_faults
from elastane.model.callers import Caller, Surroundings, general_values, may
from elastane.model.faults import Fault
from elastane.model.ids import AccountId, Arn, Region, arn
from elastane.model.policies import Decision, Values
from elastane.model.policy_keys import RESOURCE_TAG
from elastane.service.condition_keys import keys_of_call, tag_values
from elastane.service.context import Context
from elastane.service.elastane.named_caches import find_named_cache
from elastane.service.parameters import Parameters
from elastane.store import tags

_ANY_RESOURCE = Arn("*")
_ADD_TAGS = "AddTagsToResource"

# A global datastore spans regions, so its ARN names none.
_GLOBAL_KIND = "globalreplicationgroup"

_DENIALS: dict[str, type[Fault]] = {
    "cloudtrail": faults.AccessDeniedException,
    "ec2": faults.UnauthorizedOperation,
    "logs": faults.AccessDeniedException,
    "sns": sns_faults.AuthorizationError,
}
"""What each service calls it; those that are not here speak of AccessDenied."""

_SPELLED: dict[str, str] = {"sns": "SNS"}
"""How a service spells itself before an action's name, in a sentence and nowhere else."""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """One permission that a call takes."""

    action: str
    """With its service: ``elasticache:CreateReplicationGroup``."""
    resource: Arn
    kind: str | None
    """None for a resource that is not known by its kind: ``*``, and an ARN that the call brings along."""


async def refuse_unauthorized(
    ctx: Context, caller: Caller, service: str, action: str, parameters: Parameters, surroundings: Surroundings
) -> None:
    """Raises what the service answers to a caller whose policy does not allow the call: AccessDenied, mostly."""
    if caller.policy is None or f"{service}:{action}" in permissions.ALWAYS_ALLOWED:
        return
    asked = permissions.get_permission(service, action)
    row = await _told_apart(ctx, asked, parameters)
    general = general_values(caller, ctx.account_id, surroundings) | tag_values(parameters)
    own = keys_of_call(row, parameters)
    for need in needs(row, service, action, parameters, region=ctx.region, account_id=ctx.account_id):
        values = general | _of_kind(own, need.kind)
        if caller.policy.asks_for_resource_tags:
            values |= await _resource_tags(ctx, need.resource)
        decision = may(caller, need.action, need.resource, values)
        if decision is not Decision.ALLOWED:
            told = need if row is asked else msgspec.structs.replace(need, resource=_of_any_kind(need.resource))
            raise _DENIALS.get(service, faults.AccessDenied)(denial_sentence(caller.arn, told, decision))


def needs(
    row: Permission, service: str, action: str, parameters: Parameters, *, region: Region, account_id: AccountId
) -> tuple[Need, ...]:
    """In the order in which they are asked for, so that of several that are missing the call's own is told first."""

    def to_arn(kind: str, name: str) -> Arn:
        return arn(Region("") if kind == _GLOBAL_KIND else region, account_id, kind, name)

    own = tuple(_resources(row, parameters, to_arn))
    found = [Need(action=f"{service}:{action}", resource=resource, kind=kind) for kind, resource in own]
    if row.makes is not None and parameters.structures("Tags"):
        made = [Need(action=f"{service}:{_ADD_TAGS}", resource=resource, kind=kind) for kind, resource in own[:1]]
        found.extend(made)
    if row.also is not None and parameters.text(row.also.given):
        found.extend(
            Need(action=f"{service}:{row.also.action}", resource=resource, kind=kind) for kind, resource in own
        )
    return tuple(found)


def denial_sentence(caller_arn: Arn, need: Need, decision: Decision) -> str:
    """AWS's, as callers meet it (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html)."""
    reason = (
        "with an explicit deny in an identity-based policy"
        if decision is Decision.DENIED
        else f"because no identity-based policy allows the {need.action} action"
    )
    service, _, name = need.action.partition(":")
    action = f"{_SPELLED.get(service, service)}:{name}"
    return f"User: {caller_arn} is not authorized to perform: {action} on resource: {need.resource} {reason}"


# --- the resources -------------------------------------------------------------------------------


def _resources(
    row: Permission, parameters: Parameters, to_arn: Callable[[str, str], Arn]
) -> Iterator[tuple[str | None, Arn]]:
    """Those that the call names; where it names none, any of the kinds; where there is no kind, ``*``."""
    named = [
        (None if named.kind == ARN_PARAMETER else named.kind, resource)
        for named in row.resources
        for resource in _named_resources(named, parameters, to_arn)
    ]
    if named:
        yield from named
    elif row.resources:
        yield from ((one.kind, to_arn(one.kind, "*")) for one in row.resources)
    else:
        yield None, _ANY_RESOURCE


def _named_resources(named: Named, parameters: Parameters, to_arn: Callable[[str, str], Arn]) -> Iterator[Arn]:
    """ElastiCache's names are stored in lower case, and found in any."""
    if named.parameter is None:
        yield to_arn(named.kind, "*")
        return
    for name in parameters.listed_texts(named.parameter):
        yield Arn(name.lower()) if named.kind == ARN_PARAMETER else to_arn(named.kind, name.lower())


async def _told_apart(ctx: Context, row: Permission, parameters: Parameters) -> Permission:
    """With the kind that the named cache has; a row that names no cache is given back as it is.

    One that there is not is asked about as a cache cluster.
    """
    if CACHE not in {named.kind for named in row.on}:
        return row
    found = await ctx.store.read(lambda tx: find_named_cache(tx, ctx.region, parameters))
    kind = "replicationgroup" if found is not None and found.is_replication_group else "cluster"
    on = tuple(Named(kind, named.parameter) if named.kind == CACHE else named for named in row.on)
    return msgspec.structs.replace(row, on=on)


def _of_any_kind(resource: Arn) -> Arn:
    """For a refusal: the kind was looked up, and who may not see a cache is not told that there is one."""
    *before, _, name = resource.split(":", 6)
    return Arn(":".join((*before, "*", name)))


# --- what is said of them ------------------------------------------------------------------------


def _of_kind(own: Values, kind: str | None) -> dict[str, tuple[str, ...]]:
    """Of what the call says, what AWS says of resources of this kind."""
    known = {f"elasticache:{key}".lower() for key in permissions.keys_of_kind(kind or "")}
    return {key: values for key, values in own.items() if key in known}


async def _resource_tags(ctx: Context, resource: Arn) -> dict[str, tuple[str, ...]]:
    found = await ctx.store.read(lambda tx: tags.get_tags(tx, resource))
    return policy_keys.tag_values(RESOURCE_TAG, found.items())
