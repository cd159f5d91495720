"""ExplainCache: what a cache shall be, what it is, and what the control plane does about the difference."""

from elastane.model import elastane_faults, explanations, memcached_explanations
from elastane.model.explanations import Section
from elastane.model.replication_groups import Form
from elastane.model.seen_groups import SeenGroup, Subject
from elastane.model.seen_memcached_clusters import MemcachedSubject, SeenMemcachedCluster
from elastane.service.context import Context, Result
from elastane.service.elastane.explained_groups import answer_group
from elastane.service.elastane.explained_memcached_clusters import answer_cluster
from elastane.service.elastane.named_caches import NamedCache, find_named_cache
from elastane.service.elasticache import stored_groups
from elastane.service.parameters import Parameters
from elastane.store import Transaction, events, memcached_clusters, security_groups


async def explain_cache(ctx: Context, parameters: Parameters) -> Result:
    now = ctx.now()

    def look(tx: Transaction) -> tuple[Subject | MemcachedSubject, tuple[Section, ...]]:
        subject = _get_subject(tx, ctx, parameters)
        history = events.list_recent_events(tx, subject, now, limit=explanations.EVENT_COUNT)
        enforcement = security_groups.get_enforcement(tx)
        if isinstance(subject, MemcachedSubject):
            return subject, memcached_explanations.explain(subject, history, now, enforcement)
        return subject, explanations.explain(subject, history, now, enforcement)

    subject, sections = await ctx.store.read(look)
    if isinstance(subject, MemcachedSubject):
        answer = answer_cluster(subject.cluster)
    else:
        answer = answer_group(subject, ctx.measured_nodes())
    return {**answer, "Sections": [{"Title": one.title, "Sentences": list(one.sentences)} for one in sections]}


def _get_subject(tx: Transaction, ctx: Context, parameters: Parameters) -> Subject | MemcachedSubject:
    """Raises ResourceNotFound."""
    named = find_named_cache(tx, ctx.region, parameters)
    found = None if named is None else _find_subject(tx, named)
    if found is None:
        # What there is instead, which `elastane explain` says, would name caches that the caller may not see.
        asked = parameters.required_text("CacheId").lower()
        raise elastane_faults.ResourceNotFound(f"There is no cache and no node named {asked} in {ctx.region}.")
    return found


def _find_subject(tx: Transaction, named: NamedCache) -> Subject | MemcachedSubject | None:
    if named.key.form is Form.MEMCACHED_CLUSTER:
        stored = memcached_clusters.find_memcached_cluster(tx, named.key)
        if stored is None:
            return None
        observed = memcached_clusters.get_observed(tx, named.key)
        return MemcachedSubject(cluster=SeenMemcachedCluster(desired=stored.body, observed=observed), node_id=None)
    found = stored_groups.find_group(tx, named.key)
    if found is None:
        return None
    seen = SeenGroup(desired=found.group, observed=found.observed, is_acl_changing=found.is_acl_changing)
    return Subject(group=seen, node_id=named.node_id)
