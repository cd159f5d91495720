"""Access control as Describe shows it. While engines follow a change, what they have still, what comes as pending."""

from elastane.model.access import AuthTokens, FormerAccess
from elastane.model.acl_changes import pending_from
from elastane.model.ids import UserGroupId
from elastane.service.context import Result
from elastane.service.elasticache.stored_groups import StoredGroup


def answer_tokens(found: StoredGroup) -> Result:
    """Of groups and cache clusters alike."""
    access, former = found.group.access, _pending_from(found)
    tokens = access.auth_tokens
    return {
        "AuthTokenEnabled": (tokens is not None) if former is None else former.has_auth_tokens,
        "AuthTokenLastModifiedDate": None if tokens is None else tokens.modified_at,
    }


def answer_user_group_ids(found: StoredGroup) -> list[UserGroupId]:
    former = _pending_from(found)
    user_group_id = found.group.access.user_group_id if former is None else former.user_group_id
    return [] if user_group_id is None else [user_group_id]


def answer_pending_tokens(found: StoredGroup) -> Result:
    """AWS has a word for tokens that come, and none for those that go."""
    tokens = found.group.access.auth_tokens
    if tokens is None or _pending_from(found) is None:
        return {}
    return {"AuthTokenStatus": "ROTATING" if _is_rotated(tokens) else "SETTING"}


def answer_pending_user_groups(found: StoredGroup) -> Result:
    former, coming = _pending_from(found), found.group.access.user_group_id
    if former is None or former.user_group_id == coming:
        return {}
    return {
        "UserGroups": {
            "UserGroupIdsToAdd": [] if coming is None else [coming],
            "UserGroupIdsToRemove": [] if former.user_group_id is None else [former.user_group_id],
        }
    }


def _is_rotated(tokens: AuthTokens) -> bool:
    return tokens.is_optional or len(tokens.sealed_digests) > 1


def _pending_from(found: StoredGroup) -> FormerAccess | None:
    return pending_from(found.group, found.observed, is_changing=found.is_acl_changing)
