// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest";
import { forgetKey, isExpired, keepKey, keptKey, SESSION_HOURS } from "./session";

const NOW = Date.UTC(2026, 10, 30, 12);
const HOUR = 3_600_000;
const KEY = {
  accessKeyId: "AKIA1",
  secretAccessKey: "a-secret",
  region: "eu-central-1",
  signedInAt: NOW,
  clockAheadMs: 1500,
};

beforeEach(() => sessionStorage.clear());

test("a key that was kept is read back", () => {
  keepKey(sessionStorage, KEY);

  expect(keptKey(sessionStorage, NOW + HOUR)).toEqual(KEY);
});

test("a key that was forgotten is gone, and nothing is left of it", () => {
  keepKey(sessionStorage, KEY);

  forgetKey(sessionStorage);

  expect(keptKey(sessionStorage, NOW)).toBeNull();
  expect(sessionStorage.length).toBe(0);
});

test("a key is too old after twelve hours, whoever kept it", () => {
  keepKey(sessionStorage, KEY);

  expect(isExpired(KEY, NOW + SESSION_HOURS * HOUR - 1)).toBe(false);
  expect(isExpired(KEY, NOW + SESSION_HOURS * HOUR)).toBe(true);
  expect(keptKey(sessionStorage, NOW + SESSION_HOURS * HOUR)).toBeNull();
});

test("what cannot be read is no key", () => {
  keepKey(sessionStorage, KEY);
  const place = sessionStorage.key(0) ?? "";
  const broken = [
    "",
    "{",
    "null",
    "7",
    "[]",
    JSON.stringify({ ...KEY, secretAccessKey: "" }),
    JSON.stringify({ ...KEY, region: undefined }),
    JSON.stringify({ ...KEY, signedInAt: "now" }),
  ];

  for (const text of broken) {
    sessionStorage.setItem(place, text);

    expect(keptKey(sessionStorage, NOW), text).toBeNull();
  }
});

test("what else is stored beside a key is not taken for a part of it", () => {
  keepKey(sessionStorage, { ...KEY, sessionToken: "x" } as typeof KEY);

  expect(keptKey(sessionStorage, NOW)).toEqual(KEY);
});
