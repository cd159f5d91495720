/** The commands of the AWS CLI that make the same group again, here under another name or elsewhere. */

import type { CacheParameterGroup } from "@aws-sdk/client-elasticache";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { CodeBlock } from "../../parts/CodeBlock";
import { RefusalAlert } from "../../parts/RefusalAlert";
import type { Answered } from "../../questions/useQuestion";
import { creationCommands } from "../../reckoning/parameterCommands";
import type { Parameter } from "../../reckoning/parameters";
import { useSignedIn } from "../../SignedIn";
import { isDefaultGroup } from "./groups";

interface Props {
  group: CacheParameterGroup;
  answered: Answered<Parameter[]>;
}

export function Commands({ group, answered }: Props) {
  const { region } = useSignedIn();
  const name = group.CacheParameterGroupName ?? "";
  if (isDefaultGroup(name)) return <Box>A default group is there wherever its family is: nothing has to make it.</Box>;
  const values = (answered.answer ?? []).flatMap(({ name, value, source }) =>
    source === "user" && value !== undefined ? [{ name, value }] : [],
  );
  const made = { name, family: group.CacheParameterGroupFamily ?? "", description: group.Description ?? "" };
  return (
    <SpaceBetween size="s">
      <Box>They make a group with the same values, where none of this name is yet.</Box>
      <RefusalAlert refusal={answered.refusal} onRetry={answered.askAgain} />
      {answered.answer === undefined ? (
        answered.isWaiting && <Spinner />
      ) : (
        <CodeBlock text={creationCommands(made, values, region)} label="AWS CLI commands" />
      )}
    </SpaceBetween>
  );
}
