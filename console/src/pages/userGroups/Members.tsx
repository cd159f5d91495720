/** Who is in a user group: chosen by id, with what the API would refuse said at once. */

import type { User } from "@aws-sdk/client-elasticache";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect, { type MultiselectProps } from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { TextLink } from "../../parts/TextLink";
import type { Answered } from "../../questions/useQuestion";
import type { UserEngine } from "../../reckoning/accessVocabulary";
import { letsInEverybody, memberProblem, neededVersion } from "../../reckoning/userGroups";
import { shortened } from "../../words/lists";
import { createUserPath } from "../users/addresses";
import { authenticationOf } from "../users/userColumns";

interface Props {
  engine: UserEngine;
  chosenIds: readonly string[];
  onChoose: (ids: string[]) => void;
  answered: Answered<User[]>;
  problems: readonly string[];
  isTold: boolean;
}

export function Members({ engine, chosenIds, onChoose, answered, problems, isTold }: Props) {
  const users = answered.answer ?? [];
  const members = users.filter((user) => chosenIds.includes(user.UserId ?? ""));
  const options = users.map((user) => optionOf(user, engine, chosenIds));
  return (
    <SpaceBetween size="s">
      <RefusalAlert refusal={answered.refusal} onRetry={answered.askAgain} />
      <FormField
        label="Users"
        description={
          <>
            Who is missing can be <TextLink to={createUserPath()}>created</TextLink>.
          </>
        }
        errorText={(isTold || chosenIds.length > 0) && problems.length > 0 ? problems.join(" ") : undefined}
        stretch
      >
        <Multiselect
          selectedOptions={chosenIds.map((id) => options.find(({ value }) => value === id) ?? { value: id, label: id })}
          onChange={({ detail }) => onChoose(detail.selectedOptions.map((option) => option.value ?? ""))}
          options={options}
          filteringType="auto"
          statusType={answered.isWaiting ? "loading" : "finished"}
          loadingText="Asking for users"
          placeholder="Choose users"
          empty="There is no user."
          noMatch="No user matches."
          virtualScroll
          tokenLimit={12}
        />
      </FormField>
      {letsInEverybody(members) && (
        <Alert type="warning">
          The user named default has no password: whoever reaches a cache with this user group is let in.
        </Alert>
      )}
      <Box color="text-body-secondary">
        Caches with this user group need engine version {neededVersion(engine, members)} or later
        {engine === "valkey" ? ", and Valkey." : "."}
      </Box>
    </SpaceBetween>
  );
}

function optionOf(user: User, engine: UserEngine, chosenIds: readonly string[]): MultiselectProps.Option {
  const problem = memberProblem(engine, user);
  const id = user.UserId ?? "";
  return {
    value: id,
    label: id,
    description: user.UserName === id ? authenticationOf(user) : `Name ${user.UserName}, ${authenticationOf(user)}`,
    tags: user.AccessString === undefined ? [] : [shortened(user.AccessString, 60)],
    // Whoever is chosen can always be taken out again.
    disabled: problem !== undefined && !chosenIds.includes(id),
    disabledReason: problem,
  };
}
