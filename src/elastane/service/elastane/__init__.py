"""The actions of our own service: what AWS has no action for. All of them read, and none changes anything.

Called as every other: signed, allowed by a policy, written to the audit trail. Its model is in `wire/published`.
"""

from elastane.service.context import Action
from elastane.service.elastane.explanations import explain_cache
from elastane.service.elastane.loops import describe_loops
from elastane.service.elastane.shard_previews import preview_shard_configuration

ACTIONS: dict[str, Action] = {
    "DescribeLoops": describe_loops,
    "ExplainCache": explain_cache,
    "PreviewShardConfiguration": preview_shard_configuration,
}
