import { expect, test } from "vitest";
import { askEach, Stopped } from "./askEach";

const refused = (code: string, status = 400) =>
  Object.assign(new Error(`said ${code}`), { name: code, $metadata: { httpStatusCode: status } });

async function outcomesOf(answers: Record<string, Error | undefined>, isStopped = () => false) {
  const asked: string[] = [];
  const outcomes = await askEach({
    items: Object.keys(answers),
    ask: async (item) => {
      asked.push(item);
      const answer = answers[item];
      if (answer !== undefined) throw answer;
    },
    isStopped,
    onOutcomes: () => {},
  });
  return { asked, outcomes: outcomes.map(({ item, refusal }) => [item, refusal?.kind]) };
}

test("who is refused keeps nobody else from it", async () => {
  const { outcomes } = await outcomesOf({ a: undefined, b: refused("InvalidReplicationGroupState"), c: undefined });
  expect(outcomes).toEqual([
    ["a", undefined],
    ["b", "refused"],
    ["c", undefined],
  ]);
});

test("once the API is away nobody else is asked for, and of all of them it is told", async () => {
  const { asked, outcomes } = await outcomesOf({ a: undefined, b: new TypeError("Failed to fetch"), c: undefined });
  expect(asked).toEqual(["a", "b"]);
  expect(outcomes).toEqual([
    ["a", undefined],
    ["b", "away"],
    ["c", "away"],
  ]);
});

test("once the key is not accepted nobody else is asked for", async () => {
  const { asked } = await outcomesOf({ a: refused("InvalidClientTokenId", 403), b: undefined });
  expect(asked).toEqual(["a"]);
});

test("who was not asked for any more, because it was stopped, has no outcome", async () => {
  expect((await outcomesOf({ a: undefined, b: new Stopped(), c: undefined })).outcomes).toEqual([["a", undefined]]);
  let looks = 0;
  const { asked } = await outcomesOf({ a: undefined, b: undefined }, () => looks++ > 0);
  expect(asked).toEqual(["a"]);
});
