import { expect, test } from "vitest";
import { type SubnetChoice, subnetChoices, subnetsRefusal, subnetsWarning } from "./subnetChoices";

const choice = (id: string, zone: string, vpcId?: string): SubnetChoice => ({ id, zone, vpcId });

test("choices are listed by VPC, then by zone", () => {
  const known = [
    { SubnetId: "subnet-3", AvailabilityZone: "us-east-1b", VpcId: "vpc-1" },
    { SubnetId: "subnet-1", AvailabilityZone: "us-east-1a", VpcId: "vpc-2" },
    { SubnetId: "subnet-2", AvailabilityZone: "us-east-1a", VpcId: "vpc-1" },
  ];
  expect(subnetChoices(known).map(({ id }) => id)).toEqual(["subnet-2", "subnet-3", "subnet-1"]);
});

test("a subnet that only the group knows can be kept, and one that both know is listed once", () => {
  const known = [{ SubnetId: "subnet-1", AvailabilityZone: "us-east-1a", VpcId: "vpc-1" }];
  const had = [choice("subnet-1", "us-east-1a"), choice("subnet-foreign", "us-east-1c")];
  expect(subnetChoices(known, had).map(({ id, vpcId }) => [id, vpcId])).toEqual([
    ["subnet-1", "vpc-1"],
    ["subnet-foreign", undefined],
  ]);
});

test("none, too many, and those of two VPCs are refused", () => {
  const many = Array.from({ length: 21 }, (_, index) => choice(`subnet-${index}`, "us-east-1a", "vpc-1"));
  expect(subnetsRefusal([])).toMatch(/one subnet/);
  expect(subnetsRefusal(many)).toMatch(/20/);
  expect(subnetsRefusal(many.slice(1))).toBeUndefined();
  expect(subnetsRefusal([choice("subnet-1", "a", "vpc-1"), choice("subnet-2", "b", "vpc-2")])).toMatch(/one VPC/);
  expect(subnetsRefusal([choice("subnet-1", "a", "vpc-1"), choice("subnet-2", "b")])).toBeUndefined();
});

test("one zone alone is warned of", () => {
  expect(subnetsWarning([choice("subnet-1", "a"), choice("subnet-2", "a")])).toMatch(/Multi-AZ/);
  expect(subnetsWarning([choice("subnet-1", "a"), choice("subnet-2", "b")])).toBeUndefined();
  expect(subnetsWarning([])).toBeUndefined();
});
