"""DescribeAvailabilityZones: the region's three, which are labels on one machine."""

from elastane.catalog import endpoint_names, network
from elastane.model import faults
from elastane.model.ids import Region, Zone
from elastane.service.context import Context, Result
from elastane.service.ec2 import dry_runs
from elastane.service.ec2.filters import Filters, filtered
from elastane.service.parameters import Parameters
from elastane.store import Transaction


async def describe_availability_zones(ctx: Context, parameters: Parameters) -> Result:
    names = parameters.texts("ZoneNames") or ()
    ids = parameters.texts("ZoneIds") or ()

    def describe(tx: Transaction) -> Result:
        every = network.zones(ctx.region)
        for wanted in (*names, *ids):
            if wanted not in (*every, *(zone_id(ctx.region, zone) for zone in every)):
                raise faults.InvalidParameterValue(f"Invalid availability zone: [{wanted}]")
        named = [zone for zone in every if not (names or ids) or zone in names or zone_id(ctx.region, zone) in ids]
        found = filtered(parameters, named, _filters(ctx.region), lambda _: {})
        return {"AvailabilityZones": [_answer(ctx.region, zone) for zone in found]}

    return await dry_runs.read(ctx, parameters, describe)


def zone_id(region: Region, zone: Zone) -> str:
    """``use1-az1``. On AWS which zone has which id differs from account to account; here it is the alphabet."""
    return f"{endpoint_names.short_region(region)}-az{network.zones(region).index(zone) + 1}"


def _answer(region: Region, zone: Zone) -> Result:
    return {
        "State": "available",
        "OptInStatus": "opt-in-not-required",
        "Messages": [],
        "RegionName": region,
        "ZoneName": zone,
        "ZoneId": zone_id(region, zone),
        "GroupName": f"{region}-zg-1",
        "NetworkBorderGroup": region,
        "ZoneType": "availability-zone",
    }


def _filters(region: Region) -> Filters[Zone]:
    return {
        "group-name": lambda zone: (f"{region}-zg-1",),
        "message": lambda zone: (),
        "opt-in-status": lambda zone: ("opt-in-not-required",),
        "region-name": lambda zone: (region,),
        "state": lambda zone: ("available",),
        "zone-id": lambda zone: (zone_id(region, zone),),
        "zone-name": lambda zone: (zone,),
        "zone-type": lambda zone: ("availability-zone",),
    }
