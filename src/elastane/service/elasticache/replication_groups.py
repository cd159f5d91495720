"""The actions on replication groups. Each writes what is desired in one transaction; the reconciler makes it true.

CreateReplicationGroup      from nothing, or around a cache cluster (`new_replication_groups`)
DescribeReplicationGroups   (`replication_group_answers`)
ModifyReplicationGroup      (`replication_group_changes`)
DeleteReplicationGroup      all of it, or without cluster mode all but its primary
"""

from datetime import datetime

from msgspec.structs import replace

from elastane.model import faults
from elastane.model.access import Access
from elastane.model.handovers import carry_observation, retain_primary
from elastane.model.ids import NodeId
from elastane.model.observations import Role
from elastane.model.observed_replication_groups import NodeHealth
from elastane.model.replication_groups import Deletion, Form, GroupKey, ReplicationGroup
from elastane.model.statuses import ReplicationGroupStatus, is_rebuilding
from elastane.service.context import Context, Result
from elastane.service.elasticache import control_credentials, new_replication_groups, node_placement, stored_groups
from elastane.service.elasticache.control_credentials import DrawToken, draw_token
from elastane.service.elasticache.decisions import decide
from elastane.service.elasticache.inherited_tags import save_group_tags
from elastane.service.elasticache.refused_features import refuse_features
from elastane.service.elasticache.replication_group_answers import answer_replication_group
from elastane.service.elasticache.replication_group_changes import changed_group, requested_description
from elastane.service.elasticache.requested_access import changed_access, refuse_unencrypted
from elastane.service.elasticache.requested_cluster_mode import requested_availability
from elastane.service.elasticache.requested_encryption import changed_encryption
from elastane.service.elasticache.requested_layout import requested_layout
from elastane.service.elasticache.requested_page import requested_page
from elastane.service.elasticache.requested_parameter_group import (
    names_clustered_parameter_group,
    requested_parameter_group,
)
from elastane.service.elasticache.requested_security_groups import requested_security_group_ids, tell_of_change
from elastane.service.elasticache.requested_software import current_offers
from elastane.service.elasticache.software_changes import lookups
from elastane.service.elasticache.stored_groups import StoredGroup, StoredNode
from elastane.service.elasticache.tags import requested_tags
from elastane.service.parameters import Parameters
from elastane.store import Transaction, replication_groups


async def create_replication_group(ctx: Context, parameters: Parameters, *, draw: DrawToken = draw_token) -> Result:
    refuse_features(parameters)
    is_clustered = await names_clustered_parameter_group(ctx, parameters.text("CacheParameterGroupName"))
    layout = requested_layout(parameters, ctx.limits, has_clustered_parameters=is_clustered)
    request = new_replication_groups.Request(
        group_id=stored_groups.new_replication_group_id(parameters.required_text("ReplicationGroupId")),
        description=requested_description(parameters, ctx.limits),
        layout=layout,
        availability=requested_availability(parameters, layout.cluster_mode),
        parameters=parameters,
        offers=current_offers(ctx),
        now=ctx.now(),
    )
    new_tags = requested_tags(ctx, parameters)
    primary_cluster_id = parameters.text("PrimaryClusterId")

    def create(tx: Transaction) -> Result:
        key = GroupKey(ctx.region, Form.REPLICATION_GROUP, request.group_id)
        if stored_groups.find_group(tx, key) is not None:
            raise faults.ReplicationGroupAlreadyExists(f"Replication group {key.id} already exists.")
        if primary_cluster_id:
            cluster = new_replication_groups.get_primary_cluster(tx, ctx, primary_cluster_id)
            group = new_replication_groups.group_around_cluster(tx, ctx, request, cluster)
            _save_in_place_of(tx, group, cluster)
        else:
            credential_id = control_credentials.save_new_secret(tx, draw)
            group = new_replication_groups.group_from_nothing(tx, ctx, request, credential_id=credential_id)
            replication_groups.save_replication_group(tx, group)
        save_group_tags(tx, ctx, group, new_tags)
        return _answer(tx, ctx, group)

    return await decide(ctx.store, create)


async def describe_replication_groups(ctx: Context, parameters: Parameters) -> Result:
    name = parameters.text("ReplicationGroupId")

    def describe(tx: Transaction) -> Result:
        if name:
            found = stored_groups.get_replication_group(tx, ctx, name)
            return {"ReplicationGroups": [answer_replication_group(ctx, found)]}
        listed = replication_groups.list_replication_groups(tx, ctx.region, Form.REPLICATION_GROUP)
        page = requested_page(
            parameters,
            (stored.body for stored in listed),
            key=lambda group: group.id,
        )
        groups = [_answer(tx, ctx, group)["ReplicationGroup"] for group in page.items]
        return {"ReplicationGroups": groups, "Marker": page.marker}

    return await ctx.store.read(describe)


async def modify_replication_group(ctx: Context, parameters: Parameters) -> Result:
    refuse_features(parameters)
    offers = current_offers(ctx)

    def modify(tx: Transaction) -> Result:
        found = stored_groups.get_replication_group(tx, ctx, parameters.required_text("ReplicationGroupId"))
        changed = changed_group(
            found,
            parameters,
            ctx.limits,
            now=ctx.now(),
            security_group_ids=requested_security_group_ids(tx, ctx, parameters, found.group.network.subnet_group_name),
            at=lookups(tx, ctx, offers),
            take_address=lambda: node_placement.take_endpoint_addresses(tx, ctx, 1)[0],
            choose_parameter_group=lambda family, is_cluster: requested_parameter_group(
                tx, ctx, parameters.text("CacheParameterGroupName"), family, is_cluster=is_cluster
            ),
            change_access=lambda group: _changed_access(tx, ctx, group, parameters),
        )
        saved = stored_groups.save_change(tx, found, changed)
        tell_of_change(tx, ctx, found.group, changed)
        return {"ReplicationGroup": answer_replication_group(ctx, saved)}

    return await decide(ctx.store, modify)


def _changed_access(tx: Transaction, ctx: Context, found: StoredGroup, parameters: Parameters) -> Access:
    """Who may sign in is judged by the encryption that there is, and by the one that is asked for: both must be on."""
    encryption = changed_encryption(ctx, found, parameters)
    changed = replace(changed_access(tx, ctx, found, parameters), transit_encryption=encryption)
    refuse_unencrypted(changed)
    return changed


async def delete_replication_group(ctx: Context, parameters: Parameters, *, draw: DrawToken = draw_token) -> Result:
    """Reads `deleting` in the very next Describe.

    AWS refuses while the group is `modifying` too. Here that may last for ever, on a machine where
    an engine cannot be started, and then deleting must be possible.
    """
    refuse_features(parameters)
    now = ctx.now()

    def delete(tx: Transaction) -> Result:
        found = stored_groups.get_replication_group(tx, ctx, parameters.required_text("ReplicationGroupId"))
        if parameters.flag("RetainPrimaryCluster"):
            _refuse_to_retain_of_cluster(found)
            _refuse_to_retain_with_user_group(found)
            return _delete_around_primary(tx, ctx, found, draw, now)
        _refuse_deletion(found)
        saved = stored_groups.save_change(tx, found, replace(found.group, deletion=Deletion(requested_at=now)))
        return {"ReplicationGroup": answer_replication_group(ctx, saved)}

    return await decide(ctx.store, delete)


def _answer(tx: Transaction, ctx: Context, group: ReplicationGroup) -> Result:
    found = stored_groups.find_group(tx, group.key)
    assert found is not None, "saved or listed in this transaction"
    return {"ReplicationGroup": answer_replication_group(ctx, found)}


# --- creation ------------------------------------------------------------------------------------


def _save_in_place_of(tx: Transaction, group: ReplicationGroup, cluster: StoredNode) -> None:
    """The cluster's document goes first: node ids and addresses can belong to one group only."""
    replication_groups.remove_replication_group(tx, cluster.group.key)
    replication_groups.save_replication_group(tx, group)
    known = carry_observation(cluster.within.observed, cluster.node.id, available_since=None)
    replication_groups.save_observed(tx, group.key, known)


# --- deletion ------------------------------------------------------------------------------------


def _refuse_deletion(found: StoredGroup) -> None:
    """AWS's sentence, quoted in crossplane-contrib/provider-aws#46. A creation that fails may be given up."""
    is_creating = found.status is ReplicationGroupStatus.CREATING and found.observed.failure is None
    if is_creating or found.status is ReplicationGroupStatus.DELETING:
        raise _not_valid_for_deletion(found)


def _refuse_to_retain_of_cluster(found: StoredGroup) -> None:
    """A cache cluster on its own holds all keys, and has cluster mode disabled."""
    if found.group.is_cluster:
        raise faults.InvalidParameterCombination(
            f"RetainPrimaryCluster cannot be given for replication group {found.group.id}, which has cluster mode "
            f"{found.group.cluster_mode}."
        )


def _refuse_to_retain_with_user_group(found: StoredGroup) -> None:
    """A cache cluster on its own has no user groups: nobody could take it away again, or see that it is there."""
    if found.group.access.user_group_id is not None:
        raise faults.InvalidParameterCombination(
            f"RetainPrimaryCluster cannot be given for replication group {found.group.id}, which has the user group "
            f"{found.group.access.user_group_id}. Remove it first (RemoveUserGroups)."
        )


def _delete_around_primary(tx: Transaction, ctx: Context, found: StoredGroup, draw: DrawToken, now: datetime) -> Result:
    """The primary lives on as a cache cluster. Only while the group is available is it known who that is."""
    if found.status is not ReplicationGroupStatus.AVAILABLE:
        raise _not_valid_for_deletion(found)
    primary_id = _lasting_primary(found)
    retained = retain_primary(
        found.group,
        primary_id,
        rest_credential_id=control_credentials.copy_secret(tx, found.group.credential_id, draw),
        now=now,
    )
    replication_groups.save_replication_group(tx, retained.remainder, revision=found.revision)
    replication_groups.save_replication_group(tx, retained.cluster)
    known = carry_observation(found.observed, primary_id, available_since=found.observed.available_since)
    replication_groups.save_observed(tx, retained.cluster.key, known)
    return _answer(tx, ctx, retained.remainder)


def _lasting_primary(found: StoredGroup) -> NodeId:
    """The primary of an available group, unless a test failover is about to move the role, or moves it just now.

    Retained before that, the node would be ended as a cluster on its own, with the only copy of the data.
    """
    for node in found.group.nodes:
        seen = found.observed.find_node(node.id)
        if seen is None or is_rebuilding(node, seen):
            continue
        if seen.role is Role.PRIMARY and seen.health is NodeHealth.READY:
            return node.id
    raise faults.InvalidReplicationGroupState(
        f"A test failover of replication group {found.group.id} is under way. Wait until its primary has changed."
    )


def _not_valid_for_deletion(found: StoredGroup) -> faults.Fault:
    return faults.InvalidReplicationGroupState(
        f"Replication group {found.group.id} has status {found.status} which is not valid for deletion."
    )
