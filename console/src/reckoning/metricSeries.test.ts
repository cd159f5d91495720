import { describe, expect, it } from "vitest";
import {
  chartWords,
  latestWords,
  type Point,
  piecesOf,
  scaleOf,
  summaryOf,
  summaryWords,
  valueWords,
} from "./metricSeries";

const at = (seconds: number, value: number): Point => ({ at: new Date(seconds * 1000), value });

describe("a line", () => {
  it("has a gap where a period is absent, not a line across it", () => {
    const points = [at(0, 1), at(60, 2), at(180, 3), at(240, 4)];
    expect(piecesOf(points, 60).map((piece) => piece.map((point) => point.value))).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("is one piece where nothing is absent, and none where nothing was measured", () => {
    expect(piecesOf([at(0, 1), at(5, 1), at(10, 1)], 5)).toHaveLength(1);
    expect(piecesOf([], 5)).toEqual([]);
  });

  it("is told by its latest, lowest and highest value", () => {
    expect(summaryOf([at(0, 4), at(60, 0.5), at(120, 2)])).toEqual({ latest: 2, min: 0.5, max: 4 });
    expect(latestWords({ latest: 2, min: 0.5, max: 4 }, "Percent")).toBe("2 %");
    expect(summaryWords({ latest: 2, min: 0.5, max: 4 }, "Percent")).toBe("latest 2 %, between 0.5 % and 4 %");
    expect(summaryWords({ latest: 0, min: 0, max: 0 }, "Count")).toBe("always 0");
    expect(summaryWords({ latest: 4001, min: 4000, max: 4001 }, "Count")).toBe("about 4 k");
  });

  it("that was not measured says so, and not zero", () => {
    expect(summaryOf([])).toBeUndefined();
    expect(chartWords([{ name: "orders-001", points: [] }], "Count")).toBe("orders-001: not measured.");
  });
});

describe("a value", () => {
  it("is told in the unit that people read", () => {
    expect(valueWords(12.34, "Percent")).toBe("12.3 %");
    expect(valueWords(1536, "Bytes")).toBe("1.5 KiB");
    expect(valueWords(12.4, "Bytes")).toBe("12 bytes");
    expect(valueWords(840, "Microseconds")).toBe("840 µs");
    expect(valueWords(2500, "Microseconds")).toBe("2.5 ms");
    expect(valueWords(3_000_000, "Microseconds")).toBe("3 s");
    expect(valueWords(0.25, "Seconds")).toBe("250 ms");
    expect(valueWords(0, "Seconds")).toBe("0 s");
    expect(valueWords(12_300, "Count")).toBe("12.3 k");
  });
});

describe("the axis", () => {
  it("has round numbers of a unit that fits", () => {
    const scale = scaleOf(700_000, "Bytes");
    expect(scale.divisor).toBe(1024);
    expect(scale.max).toBe(800 * 1024);
    expect(scale.tick(400)).toBe("400 KiB");
    expect(scaleOf(0.004, "Seconds").tick(4)).toBe("4 ms");
  });

  it("holds what is shown, and ends at 100 % unless something is above", () => {
    for (const highest of [0.003, 1, 1.77, 9.99, 10, 87, 99, 100, 130, 4321]) {
      expect(scaleOf(highest, "Percent").max).toBeGreaterThanOrEqual(highest);
      expect(scaleOf(highest, "Count").max).toBeGreaterThanOrEqual(highest);
    }
    expect(scaleOf(99.5, "Percent").max).toBe(100);
    expect(scaleOf(130, "Percent").max).toBeGreaterThan(130);
  });

  it("is there also when all is zero", () => {
    expect(scaleOf(0, "Count").max).toBe(1);
    expect(scaleOf(0, "Bytes").max).toBe(1);
  });
});
