"""An update action as DescribeUpdateActions shows it. Pure: a service update and a cache in, AWS's shape out.

When each node was replaced is not kept, so NodeUpdateStartDate, NodeUpdateEndDate and NodeDeletionDate are not told.
"""

from elastane.model import update_actions
from elastane.model.ids import CACHE_NODE_ID
from elastane.model.replication_groups import Form, Node, RequestedUpdate
from elastane.model.service_updates import ServiceUpdate, service_update_status, updated_count, versions_seen
from elastane.model.update_actions import UpdateActionStatus
from elastane.service.context import Result
from elastane.service.elasticache.service_updates import ESTIMATED_TIME, SERVICE_UPDATE_TYPE
from elastane.service.elasticache.stored_groups import StoredGroup


def answer_update_action(
    update: ServiceUpdate, found: StoredGroup, known: tuple[ServiceUpdate, ...], *, shows_nodes: bool
) -> Result:
    group, observed = found.group, found.observed
    status = update_actions.update_action_status(update, group, observed)
    return {
        **name_cache(group.form, group.id),
        "ServiceUpdateName": update.name,
        "ServiceUpdateReleaseDate": update.released_at,
        "ServiceUpdateSeverity": update.severity,
        "ServiceUpdateStatus": service_update_status(update, known),
        "ServiceUpdateRecommendedApplyByDate": update.apply_by,
        "ServiceUpdateType": SERVICE_UPDATE_TYPE,
        "UpdateActionAvailableDate": update_actions.available_at(update, group),
        "UpdateActionStatus": status,
        "NodesUpdated": f"{updated_count(group, observed, update)}/{len(versions_seen(group, observed))}",
        "UpdateActionStatusModifiedDate": update_actions.status_modified_at(update, status, group, observed),
        "SlaMet": update_actions.sla_met(update, group, observed),
        "EstimatedUpdateTime": ESTIMATED_TIME,
        "Engine": update.engine,
        **(_answer_nodes(update, status, found) if shows_nodes else {}),
    }


def name_cache(form: Form, name: str) -> Result:
    """In the member that has the names of caches of that form."""
    return {"ReplicationGroupId" if form is Form.REPLICATION_GROUP else "CacheClusterId": name}


def _answer_nodes(update: ServiceUpdate, status: UpdateActionStatus, found: StoredGroup) -> Result:
    request = update_actions.find_request(update, found.group)
    is_group = found.group.form is Form.REPLICATION_GROUP

    def node_status(node: Node) -> dict[str, object]:
        return {
            "CacheNodeId": CACHE_NODE_ID,
            "NodeUpdateStatus": update_actions.node_update_status(update, status, node, found.observed),
            **_answer_request(request),
        }

    if not is_group:
        return {"CacheNodeUpdateStatus": [node_status(node) for node in found.group.staying_nodes]}
    return {
        "NodeGroupUpdateStatus": [
            {
                "NodeGroupId": part.id,
                "NodeGroupMemberUpdateStatus": [
                    {"CacheClusterId": node.id, **node_status(node)}
                    for node in part.nodes
                    if node in found.group.staying_nodes
                ],
            }
            for part in found.group.node_groups
        ]
    }


def _answer_request(request: RequestedUpdate | None) -> dict[str, object]:
    if request is None:
        return {}
    return {"NodeUpdateInitiatedBy": request.initiated_by, "NodeUpdateInitiatedDate": request.requested_at}
