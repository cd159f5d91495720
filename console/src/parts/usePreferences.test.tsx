// @vitest-environment jsdom
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Preferences, usePreferences } from "./usePreferences";

const COLUMNS = [
  { id: "name", isHidden: false },
  { id: "status", isHidden: false },
  { id: "arn", isHidden: true },
];

let root: Root;
let shown: ReturnType<typeof usePreferences>;

function Table({ columns }: { columns: typeof COLUMNS }) {
  shown = usePreferences("tests", columns);
  return null;
}

/** A page with the table, opened anew: what it begins with is what was kept. */
async function opened(columns = COLUMNS): Promise<Preferences> {
  await act(async () => root.unmount());
  root = createRoot(document.createElement("div"));
  await act(async () => root.render(<Table columns={columns} />));
  return shown[0];
}

beforeEach(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  localStorage.clear();
  root = createRoot(document.createElement("div"));
});

afterEach(() => act(async () => root.unmount()));

test("at first all columns are shown but those that are hidden at first", async () => {
  expect(await opened()).toMatchObject({
    pageSize: 20,
    contentDisplay: [
      { id: "name", visible: true },
      { id: "status", visible: true },
      { id: "arn", visible: false },
    ],
  });
});

test("what a person wants is there at once, and when the page is opened anew", async () => {
  await opened();

  await act(async () => shown[1]({ ...shown[0], pageSize: 50, wrapLines: false }));

  expect(shown[0]).toMatchObject({ pageSize: 50, wrapLines: false });
  expect(await opened()).toMatchObject({ pageSize: 50, wrapLines: false });
});

test("columns that are new since then come last, and those that are gone do not come", async () => {
  await opened();
  await act(async () =>
    shown[1]({
      ...shown[0],
      contentDisplay: [
        { id: "status", visible: false },
        { id: "gone", visible: true },
        { id: "name", visible: true },
      ],
    }),
  );

  const { contentDisplay } = await opened([...COLUMNS, { id: "engine", isHidden: false }]);

  expect(contentDisplay).toEqual([
    { id: "status", visible: false },
    { id: "name", visible: true },
    { id: "arn", visible: false },
    { id: "engine", visible: true },
  ]);
});

test("what was kept and cannot be read is as if nothing had been", async () => {
  await opened();
  await act(async () => shown[1]({ ...shown[0], pageSize: 50 }));
  localStorage.setItem(localStorage.key(0) ?? "", "{");

  expect(await opened()).toMatchObject({ pageSize: 20 });
});
