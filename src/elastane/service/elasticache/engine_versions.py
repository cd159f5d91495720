"""Engine versions: those that run here, because a binary of them is present or would be installed for who asks.

AWS lists all it knows. We list what a create call would accept, so that a client which picks from
this list is never refused afterwards.
"""

from collections.abc import Sequence

from elastane.catalog import engine_versions
from elastane.catalog.engine_versions import EngineVersion
from elastane.model.engine_names import EngineName
from elastane.service.context import Context, Result
from elastane.service.elasticache.requested_page import requested_page
from elastane.service.parameters import Parameters


async def describe_cache_engine_versions(ctx: Context, parameters: Parameters) -> Result:
    """The model declares no fault for this action: an engine or version that is not here is an empty list."""
    offers = _matching(engine_versions.creatable(ctx.offered_engines(), ctx.installable_engines()), parameters)
    if parameters.flag("DefaultOnly"):
        offers = _defaults(offers)
    page = requested_page(
        parameters,
        offers,
        key=_order,
    )
    return {"CacheEngineVersions": [_answer(offer) for offer in page.items], "Marker": page.marker}


def _matching(offers: Sequence[EngineVersion], parameters: Parameters) -> tuple[EngineVersion, ...]:
    engine = parameters.text("Engine")
    version = parameters.text("EngineVersion")
    family = parameters.text("CacheParameterGroupFamily")
    return tuple(
        offer
        for offer in offers
        if (engine is None or offer.engine == engine.lower())
        and (version is None or _is_version(offer, version))
        and (family is None or offer.family == family.lower())
    )


def _is_version(offer: EngineVersion, wanted: str) -> bool:
    """``9``, ``9.1`` and ``9.1.2`` all name Valkey 9.1.2: clients ask with what any other answer gave them.

    A version of Memcached is not named by what runs for it: that is the same for several.
    """
    parts = wanted.split(".")
    full = offer.version if offer.engine == EngineName.MEMCACHED else offer.patch
    return full.split(".")[: len(parts)] == parts


def _defaults(offers: Sequence[EngineVersion]) -> tuple[EngineVersion, ...]:
    """One for each engine among the offers: what a create call that names no version would get."""
    engines = dict.fromkeys(offer.engine for offer in offers)
    defaults = (engine_versions.default_version(offers, engine) for engine in engines)
    return tuple(offer for offer in defaults if offer is not None)


def _order(offer: EngineVersion) -> str:
    """By engine, then by the numbers of the version: 4.0.10 follows 4.0.9."""
    numbers = engine_versions.sort_key(offer.version)
    return "/".join((offer.engine, *(f"{number:05d}" for number in numbers)))


def _answer(offer: EngineVersion) -> Result:
    return {
        "Engine": offer.engine,
        "EngineVersion": offer.version,
        "CacheParameterGroupFamily": offer.family,
        "CacheEngineDescription": offer.engine_description,
        "CacheEngineVersionDescription": offer.version_description,
    }
