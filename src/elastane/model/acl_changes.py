"""How far a change of users has come, from what engines were last seen to have. Pure: two revisions are compared.

Nothing is kept of a change but what it began from. It is over when the engines are seen with other users than then, so
a control plane that was away in between knows as much as one that was not.
"""

from collections.abc import Mapping

import msgspec

from elastane.model.access import FormerAccess
from elastane.model.observed_replication_groups import ObservedReplicationGroup
from elastane.model.replication_groups import ReplicationGroup
from elastane.model.users import AclRevisions


class EngineAcl(msgspec.Struct, frozen=True, kw_only=True):
    """`acls.revision` of the users that a replication group's engines have, and shall have."""

    observed: str
    desired: str

    @property
    def is_changing(self) -> bool:
        return self.observed != self.desired


def is_acl_changing(group: ReplicationGroup, observed: ObservedReplicationGroup, desired_revision: str) -> bool:
    """Whether an engine has other users than it shall have.

    Engines whose users were never looked at, since an older version made them, let everybody in.
    """
    if not observed.acl_revision and not group.access.is_controlled:
        return False
    return observed.acl_revision != desired_revision


def pending_from(
    group: ReplicationGroup, observed: ObservedReplicationGroup, *, is_changing: bool
) -> FormerAccess | None:
    """What access was before the change that is under way; None when none is, or engines changed for another reason."""
    former = group.access.former
    return former if is_changing and former is not None and former.acl_revision == observed.acl_revision else None


def is_known_still(known_to: AclRevisions, engines: Mapping[str, EngineAcl]) -> bool:
    """Whether some engine that is to have other users has still those of that moment.

    A group that is gone has no engines. One that is to have just what it has is through, or was never concerned.
    """
    return any(
        key in engines and engines[key].is_changing and engines[key].observed == revision
        for key, revision in known_to.items()
    )
