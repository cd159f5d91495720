"""Who calls: the account's root, or a user that an access key stands for, with the policy that says what it may do."""

from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from typing import Final

import msgspec

from elastane.model.ids import AccountId, Arn, Region
from elastane.model.policies import Decision, Policy, Values, decide
from elastane.model.secrets import AccessKeyId, Secret

CONNECT: Final = "elasticache:Connect"
"""To sign in to an engine as a user whose authentication is IAM: asked about the cache's ARN and the user's."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    access_key_id: AccessKeyId
    secret: Secret
    arn: Arn
    user_id: str
    """AWS's internal id of a user; of the root its access key's, the only thing it is known by here."""
    username: str | None
    policy: Policy | None
    """None for the root, who may do everything and whom nothing can be forbidden."""

    @property
    def is_root(self) -> bool:
        return self.policy is None


def root_of(account_id: AccountId, access_key_id: AccessKeyId, secret: Secret) -> Caller:
    return Caller(
        access_key_id=access_key_id,
        secret=secret,
        arn=Arn(f"arn:aws:iam::{account_id}:root"),
        user_id=access_key_id,
        username=None,
        policy=None,
    )


def user_arn(account_id: AccountId, name: str) -> Arn:
    return Arn(f"arn:aws:iam::{account_id}:user/{name}")


def may(caller: Caller, action: str, resource: Arn, values: Values) -> Decision:
    """Whether the caller may do this to one resource, in a call that says `values` of itself."""
    if caller.policy is None:
        return Decision.ALLOWED
    return decide(caller.policy, action=action, resource=resource, values=values)


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a request besides who makes it and what is in it."""

    now: datetime
    region: Region
    source_ip: str | None
    """Of whoever connected to us: a proxy's, where there is one. None where the transport has no addresses."""
    is_encrypted: bool
    user_agent: str | None


def general_values(caller: Caller, account_id: AccountId, surroundings: Surroundings) -> dict[str, tuple[str, ...]]:
    """AWS's global condition keys: who asks, when, where and from where."""
    values: dict[str, tuple[str, ...]] = {
        "aws:currenttime": (surroundings.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),),
        "aws:epochtime": (str(int(surroundings.now.timestamp())),),
        "aws:principalaccount": (str(account_id),),
        "aws:principalarn": (str(caller.arn),),
        "aws:principaltype": ("Account" if caller.is_root else "User",),
        "aws:requestedregion": (str(surroundings.region),),
        "aws:securetransport": ("true" if surroundings.is_encrypted else "false",),
        "aws:userid": (caller.user_id,),
    }
    if caller.username is not None:
        values["aws:username"] = (caller.username,)
    if surroundings.source_ip is not None:
        values["aws:sourceip"] = (_plain_address(surroundings.source_ip),)
    if surroundings.user_agent is not None:
        values["aws:useragent"] = (surroundings.user_agent,)
    return values


def _plain_address(text: str) -> str:
    """An IPv4 address that came in through an IPv6 socket is the IPv4 address that policies name."""
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
