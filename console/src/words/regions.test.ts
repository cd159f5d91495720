import { expect, test } from "vitest";
import { DEFAULT_REGION, isRegion, REGIONS } from "./regions";

test("every region that is offered is one, and the first among them is the one that is offered first", () => {
  for (const region of REGIONS) expect(isRegion(region), region).toBe(true);
  expect(REGIONS).toContain(DEFAULT_REGION);
});

test.each(["us-gov-west-1", "mx-central-1", "us-iso-east-1", "eusc-de-east-1"])("%s is a region", (region) => {
  expect(isRegion(region)).toBe(true);
});

test.each(["", "us", "us-east", "us_east_1", "US-EAST-1", "us-east-1 ", "us-east-123", "us--east-1", "http://a-b-1"])(
  "%s is no region",
  (text) => {
    expect(isRegion(text)).toBe(false);
  },
);
