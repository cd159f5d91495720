/** The subnets that can be chosen for a subnet group, and what speaks against a choice. */

import type { Subnet } from "@aws-sdk/client-ec2";

export interface SubnetChoice {
  id: string;
  zone: string;
  /** Absent of a subnet that EC2 does not know: an operator may let any id be used. */
  vpcId?: string;
  cidr?: string;
}

const COUNT_MAX = 20;

/** Those that EC2 knows, and those that the group has anyway; by VPC, then by zone. */
export function subnetChoices(known: readonly Subnet[], had: readonly SubnetChoice[] = []): SubnetChoice[] {
  const choices = known.map(({ SubnetId = "", AvailabilityZone = "", VpcId, CidrBlock }) => ({
    id: SubnetId,
    zone: AvailabilityZone,
    vpcId: VpcId,
    cidr: CidrBlock,
  }));
  const foreign = had.filter(({ id }) => !choices.some((choice) => choice.id === id));
  return [...choices, ...foreign].sort((one, other) => orderOf(one).localeCompare(orderOf(other), "en"));
}

/** Why these cannot be a group's subnets; undefined where nothing speaks against it. */
export function subnetsRefusal(chosen: readonly SubnetChoice[]): string | undefined {
  if (chosen.length === 0) return "It needs one subnet at least.";
  if (chosen.length > COUNT_MAX) return `${COUNT_MAX} subnets at most.`;
  const vpcIds = new Set(chosen.flatMap(({ vpcId }) => vpcId ?? []));
  return vpcIds.size > 1 ? `All of them must be in one VPC, and these are in ${[...vpcIds].join(" and ")}.` : undefined;
}

/** What the choice means for caches; undefined where there is nothing to say. */
export function subnetsWarning(chosen: readonly SubnetChoice[]): string | undefined {
  const zones = new Set(chosen.map(({ zone }) => zone));
  if (zones.size !== 1) return undefined;
  return `All in ${[...zones][0]}: a cache with this group cannot be Multi-AZ.`;
}

function orderOf({ vpcId, zone, id }: SubnetChoice): string {
  return `${vpcId === undefined ? 1 : 0} ${vpcId} ${zone} ${id}`; // what EC2 does not know comes last
}
