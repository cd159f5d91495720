import { describe, expect, it } from "vitest";
import { timeOn } from "./chartTimes";

/** In the zone of whoever runs the tests, as the chart is in its reader's. */
const at = new Date(2026, 10, 30, 14, 3, 9);
const window = (hours: number) => ({ start: new Date(at.getTime() - hours * 3_600_000), end: at });

describe("a moment below a chart", () => {
  it("has seconds within an hour, and none beyond", () => {
    expect(timeOn(at, window(0.25))).toBe("14:03:09");
    expect(timeOn(at, window(1))).toBe("14:03:09");
    expect(timeOn(at, window(3))).toBe("14:03");
  });

  it("has its day where there is more than one", () => {
    expect(timeOn(at, window(24))).toBe("30 Nov, 14:03");
    expect(timeOn(at, undefined)).toBe("30 Nov, 14:03");
  });
});
