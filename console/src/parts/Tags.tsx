/** The tags of a cache, a user or a user group, to be changed together and saved at once. */

import type { Tag } from "@aws-sdk/client-elasticache";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TagEditor from "@cloudscape-design/components/tag-editor";
import { useState } from "react";
import { useTagsChange } from "../changes/useTagsChange";
import { useTags } from "../questions/useTags";
import { type EditedTag, isNoChange, tagsDiff } from "../reckoning/tagsDiff";
import { RefusalAlert } from "./RefusalAlert";

const TAG_COUNT_MAX = 50;

interface Props {
  arn: string;
  /** What they count for, besides what they are on. */
  description?: string;
}

export function Tags({ arn, description }: Props) {
  const { answer, refusal, askAgain, isWaiting } = useTags(arn);
  return (
    <Container
      header={
        <Header variant="h2" description={description}>
          Tags
        </Header>
      }
    >
      <RefusalAlert refusal={refusal} onRetry={askAgain} />
      {isWaiting && <Box>Asking for the tags.</Box>}
      {answer !== undefined && <Editor arn={arn} told={answer} />}
    </Container>
  );
}

/** What is typed stays until it is saved or given up, whatever the API tells meanwhile. */
function Editor({ arn, told }: { arn: string; told: readonly Tag[] }) {
  const before = told.map(({ Key = "", Value = "" }): EditedTag => ({ key: Key, value: Value, existing: true }));
  const [edited, setEdited] = useState<readonly EditedTag[]>();
  const [isValid, setIsValid] = useState(true);
  const { change, isPending, refusal, reset } = useTagsChange();
  const tags = edited ?? before;
  const diff = tagsDiff(before, tags);
  const isUntouched = edited === undefined || isNoChange(diff);
  const save = async () => {
    if ((await change({ arn, ...diff })) !== undefined) setEdited(undefined);
  };
  const giveUp = () => {
    setEdited(undefined);
    setIsValid(true);
    reset();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isUntouched && isValid && !isPending) void save();
      }}
    >
      <SpaceBetween size="m">
        <TagEditor
          tags={tags}
          tagLimit={TAG_COUNT_MAX}
          onChange={({ detail }) => {
            setEdited(detail.tags);
            setIsValid(detail.valid);
          }}
        />
        <RefusalAlert refusal={refusal} />
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="primary" formAction="submit" loading={isPending} disabled={isUntouched || !isValid}>
            Save tags
          </Button>
          <Button formAction="none" disabled={edited === undefined} onClick={giveUp}>
            Give up the changes
          </Button>
        </SpaceBetween>
      </SpaceBetween>
    </form>
  );
}
