/** Regions that are offered by name; any other of AWS's form can be typed, for there is no list that stays true. */

export const REGIONS = [
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
  "ca-central-1",
  "sa-east-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "eu-central-1",
  "eu-central-2",
  "eu-north-1",
  "eu-south-1",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
] as const;

export const DEFAULT_REGION = "us-east-1";

const REGION = /^[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2}$/;

export function isRegion(text: string): boolean {
  return REGION.test(text);
}
