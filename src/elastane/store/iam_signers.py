"""Which access keys may sign in to a cache as which users of IAM, at this moment: put together from what is stored.

Called by the reconciler in each pass over a cache that has such users. So a key that is made, revoked or whose policy
speaks of the time is heard of with the next pass, whichever process wrote it. The policy is asked for
elasticache:Connect on the cache's ARN and on the user's, each with its tags.

Whoever signs in has not connected yet when this is decided. What nobody can know then (from which address, with which
client) is missing, and so allows nothing that hangs on it; a key that such a condition may deny is let in nowhere.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

from elastane.model import ids
from elastane.model.callers import CONNECT, Caller, Surroundings, general_values
from elastane.model.iam_tokens import Cache, Signer, allotted
from elastane.model.ids import AccountId, Arn
from elastane.model.policies import Decision, Policy, asked_keys, decide
from elastane.model.policy_keys import RESOURCE_TAG, tag_values
from elastane.store import access_keys, tags
from elastane.store.database import Transaction

_UNKNOWN_KEYS: Final = frozenset({"aws:sourceip", "aws:useragent"})


def find_signers(
    tx: Transaction,
    account_id: AccountId,
    root: Caller | None,
    cache: Cache,
    user_names: Iterable[str],
    now: datetime,
) -> tuple[Signer, ...]:
    """Of each user as many as engines can bear, in the order of the keys' names, the root last.

    Raises StoreUnusable where secrets cannot be opened.
    """
    callers = (*access_keys.list_callers(tx, account_id), *(() if root is None else (root,)))
    cache_arn = ids.arn(cache.region, account_id, "replicationgroup", cache.id)
    surroundings = Surroundings(now=now, region=cache.region, source_ip=None, is_encrypted=True, user_agent=None)
    # To the cache: asked once for all users.
    admitted = [caller for caller in callers if _may_connect(tx, account_id, caller, cache_arn, surroundings)]
    return allotted(
        {
            name: tuple(
                Signer(user_name=name, access_key_id=caller.access_key_id, secret=caller.secret)
                for caller in admitted
                if _may_connect(tx, account_id, caller, ids.arn(cache.region, account_id, "user", name), surroundings)
            )
            for name in user_names
        }
    )


def _may_connect(
    tx: Transaction, account_id: AccountId, caller: Caller, resource: Arn, surroundings: Surroundings
) -> bool:
    policy = caller.policy
    if policy is None:
        return True  # the root
    values = general_values(caller, account_id, surroundings)
    if policy.asks_for_resource_tags:
        values |= tag_values(RESOURCE_TAG, tags.get_tags(tx, resource).items())
    asked = asked_keys(policy)
    return _is_allowed(policy, resource, tuple((key, said) for key, said in values.items() if key in asked))


@lru_cache(maxsize=8192)
def _is_allowed(policy: Policy, resource: Arn, values: tuple[tuple[str, tuple[str, ...]], ...]) -> bool:
    """Remembered, because it is asked every two seconds for every key, and answered alike until something changes.

    `values` are those that the policy asks for: the moment is among them only where it matters.
    """
    if policy.may_deny_by(CONNECT, _UNKNOWN_KEYS):
        return False
    return decide(policy, action=CONNECT, resource=resource, values=dict(values)) is Decision.ALLOWED
