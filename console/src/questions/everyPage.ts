/** All pages of a list, one after the other. Raises where there is no end to them, for no page of the console shows more. */

const PAGE_COUNT_MAX = 500;

export async function everyPage<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  let count = 0;
  for await (const page of pages) {
    items.push(...(itemsOf(page) ?? []));
    count += 1;
    if (count >= PAGE_COUNT_MAX) throw new Error(`The list has more than ${PAGE_COUNT_MAX} pages.`);
  }
  return items;
}
