/** Labels of the customer's own. */

import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import TagEditor from "@cloudscape-design/components/tag-editor";
import { TAG_COUNT_MAX } from "../../reckoning/newCacheTags";
import type { Wizard } from "./useNewCache";

export function Tags({ wizard }: { wizard: Wizard }) {
  const { draft, change } = wizard;
  return (
    <Container header={<Header variant="h2">Tags</Header>}>
      <TagEditor
        tags={draft.tags.map((tag) => ({ ...tag, existing: false }))}
        onChange={({ detail }) => change({ tags: detail.tags.map(({ key, value }) => ({ key, value })) })}
        tagLimit={TAG_COUNT_MAX}
      />
    </Container>
  );
}
