/** In which order the pages of the list of caches are asked for. How one is asked for is told by who calls. */

import type { Form } from "../caches";
import {
  type AnsweredPage,
  FORMS,
  formsToExtend,
  isComplete,
  type Known,
  lastPlace,
  mergedCaches,
  type Place,
  placeBefore,
  START,
  withPage,
} from "../reckoning/knownCaches";

export type AskPage = (form: Form, marker: string | undefined, size: number) => Promise<AnsweredPage>;

export interface Gathering {
  ask: AskPage;
  learn: (change: (known: Known) => Known) => void;
  latest: () => Known;
}

/** AWS's limits of what one page may have. */
const PAGE_MIN = 20;
const PAGE_MAX = 100;
/** Where all are asked for: a longer page would keep the browser for so long that one notices. */
const PAGE_OF_MANY = 50;

/** Those from `first` on, anew where they are known; and one more, which tells whether any follow. */
export async function gatherByName(gathering: Gathering, first: number, count: number): Promise<void> {
  const { latest } = gathering;
  const size = Math.min(PAGE_MAX, Math.max(PAGE_MIN, count + 1));
  const shown = mergedCaches(latest()).slice(first, first + count);
  const begin = shown[0]?.id;
  if (begin !== undefined) {
    // The last page is asked for to its end, where new ones may have come.
    const last = shown.length < count ? undefined : shown.at(-1)?.id;
    await Promise.all(FORMS.map((form) => askFrom(gathering, form, placeBefore(latest()[form], begin), size, last)));
  } else if (isComplete(latest())) {
    // Nothing is shown: there was none at all, or fewer than this page begins with. Some may have come since.
    await Promise.all(FORMS.map((form) => askFrom(gathering, form, lastPlace(latest()[form]), size, undefined)));
  }
  while (!isComplete(latest()) && mergedCaches(latest()).length <= first + count) await extend(gathering, size);
}

/** All of them: what is not known yet, or where all are known, all of them anew. */
export async function gatherAll(gathering: Gathering): Promise<void> {
  if (isComplete(gathering.latest())) {
    for (const form of FORMS) await askFrom(gathering, form, START, PAGE_OF_MANY, undefined);
  }
  while (!isComplete(gathering.latest())) await extend(gathering, PAGE_OF_MANY);
}

async function extend({ ask, learn, latest }: Gathering, size: number): Promise<void> {
  await Promise.all(
    formsToExtend(latest()).map(async (form) => {
      const place = lastPlace(latest()[form]);
      const page = await ask(form, place.marker, size);
      learn((known) => withPage(known, form, place, page));
    }),
  );
}

/** Pages from a place on, until the one that has the cache called `last` on it; to the end where there is no such name. */
async function askFrom(
  { ask, learn }: Gathering,
  form: Form,
  place: Place,
  size: number,
  last: string | undefined,
): Promise<void> {
  let from: Place | undefined = place;
  while (from !== undefined) {
    const here: Place = from;
    const page = await ask(form, here.marker, size);
    learn((known) => withPage(known, form, here, page));
    const end = page.caches.at(-1)?.id;
    const isThere = page.marker === undefined || end === undefined || (last !== undefined && end >= last);
    from = isThere ? undefined : { after: end, marker: page.marker };
  }
}
