"""How far a change of users has come, told from two revisions."""

import pytest
from msgspec.structs import replace

from elastane.model.access import Access, FormerAccess
from elastane.model.acl_changes import EngineAcl, is_acl_changing, is_known_still, pending_from
from elastane.model.engine_names import EngineName
from elastane.model.ids import UserGroupId, UserId
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.statuses import (
    CacheClusterStatus,
    ReplicationGroupStatus,
    UserGroupStatus,
    UserStatus,
    cache_cluster_status,
    replication_group_status,
    user_group_status,
    user_status,
)
from elastane.model.user_groups import UserGroup, UserGroupDeletion
from elastane.model.users import UserDeletion, default_user
from tests.kit import groups
from tests.kit.groups import REGION

OPEN = groups.group()
CONTROLLED = groups.group(access=Access(user_group_id=UserGroupId("readers")))
FOLLOWED = EngineAcl(observed="new", desired="new")
BEHIND = EngineAcl(observed="old", desired="new")


@pytest.mark.parametrize(
    ("group", "seen", "desired", "expected"),
    [
        (OPEN, "", "open", False),  # made by a version that never looked
        (OPEN, "open", "open", False),
        (OPEN, "users", "open", True),  # access control was taken away
        (CONTROLLED, "", "users", True),
        (CONTROLLED, "open", "users", True),
        (CONTROLLED, "users", "users", False),
    ],
)
def test_users_change_until_engines_are_seen_with_them(
    group: ReplicationGroup, seen: str, desired: str, expected: bool
) -> None:
    observed = replace(groups.observed(group), acl_revision=seen)

    assert is_acl_changing(group, observed, desired) is expected


def test_a_cache_with_other_users_than_it_shall_have_is_modifying() -> None:
    observed = groups.observed(OPEN)
    node = OPEN.nodes[0]

    assert replication_group_status(OPEN, observed) is ReplicationGroupStatus.AVAILABLE
    assert replication_group_status(OPEN, observed, is_acl_changing=True) is ReplicationGroupStatus.MODIFYING
    assert cache_cluster_status(OPEN, node, observed) is CacheClusterStatus.AVAILABLE
    assert cache_cluster_status(OPEN, node, observed, is_acl_changing=True) is CacheClusterStatus.MODIFYING


def test_what_was_before_is_told_for_as_long_as_engines_have_it() -> None:
    former = FormerAccess(has_auth_tokens=True, user_group_id=None, acl_revision="old")
    group = replace(CONTROLLED, access=replace(CONTROLLED.access, former=former))
    seen = groups.observed(group)

    assert pending_from(group, replace(seen, acl_revision="old"), is_changing=True) == former
    assert pending_from(group, replace(seen, acl_revision="old"), is_changing=False) is None
    assert pending_from(group, replace(seen, acl_revision="another"), is_changing=True) is None
    assert pending_from(CONTROLLED, replace(seen, acl_revision="old"), is_changing=True) is None


def test_engines_know_somebody_until_they_have_other_users_than_then() -> None:
    assert is_known_still({"orders": "old"}, {"orders": BEHIND})
    assert not is_known_still({"orders": "old"}, {"orders": FOLLOWED})
    assert not is_known_still({"orders": "older"}, {"orders": BEHIND})
    assert not is_known_still({"orders": "new"}, {"orders": FOLLOWED})
    assert not is_known_still({"orders": "old"}, {})
    assert not is_known_still({}, {"orders": BEHIND})
    assert is_known_still({"orders": "old", "others": "old"}, {"orders": FOLLOWED, "others": BEHIND})


def test_users_and_user_groups_are_modifying_while_an_engine_is_behind() -> None:
    user = default_user(REGION)
    user_group = UserGroup(
        region=REGION, id=UserGroupId("readers"), engine=EngineName.VALKEY, user_ids=(UserId("lea"),)
    )

    assert user_status(user, ()) is UserStatus.ACTIVE
    assert user_status(user, (FOLLOWED,)) is UserStatus.ACTIVE
    assert user_status(user, (FOLLOWED, BEHIND)) is UserStatus.MODIFYING
    assert user_status(replace(user, deletion=UserDeletion(known_to={})), ()) is UserStatus.DELETING
    assert user_group_status(user_group, (FOLLOWED,)) is UserGroupStatus.ACTIVE
    assert user_group_status(user_group, (BEHIND,)) is UserGroupStatus.MODIFYING
    deleted = replace(user_group, deletion=UserGroupDeletion(known_to={}))
    assert user_group_status(deleted, (BEHIND,)) is UserGroupStatus.DELETING
