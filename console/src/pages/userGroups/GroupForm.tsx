/** The form of a user group, for one that is made and for one that is modified. */

import type { User } from "@aws-sdk/client-elasticache";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { FormPage, type Sending } from "../../parts/FormPage";
import { useUsers } from "../../questions/useUsers";
import type { UserEngine } from "../../reckoning/accessVocabulary";
import { membersProblems } from "../../reckoning/userGroups";
import { idProblem } from "../../reckoning/users";
import { Members } from "./Members";

export interface GroupDraft {
  id: string;
  engine: UserEngine;
  userIds: readonly string[];
}

interface Props extends Sending {
  draft: GroupDraft;
  onChange: (changed: Partial<GroupDraft>) => void;
  isNew: boolean;
  children?: ReactNode;
}

export function GroupForm({ draft, onChange, isNew, children, ...sending }: Props) {
  const users = useUsers();
  const wrongId = isNew ? idProblem(draft.id) : undefined;
  const wrongMembers = users.answer === undefined ? [] : membersProblems(draft.engine, membersOf(draft, users.answer));
  const isGood = wrongId === undefined && wrongMembers.length === 0;
  return (
    <FormPage {...sending} isGood={isGood}>
      {(isTold) => (
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">User group</Header>}>
            <SpaceBetween size="m">
              {isNew && (
                <FormField label="User group id" errorText={draft.id === "" && !isTold ? undefined : wrongId}>
                  <Input
                    value={draft.id}
                    onChange={({ detail }) => onChange({ id: detail.value })}
                    spellcheck={false}
                    autoFocus
                  />
                </FormField>
              )}
              <Engine engine={draft.engine} onChange={(engine) => onChange({ engine })} />
              <Members
                engine={draft.engine}
                chosenIds={draft.userIds}
                onChoose={(userIds) => onChange({ userIds })}
                answered={users}
                problems={wrongMembers}
                isTold={isTold}
              />
            </SpaceBetween>
          </Container>
          {children}
        </SpaceBetween>
      )}
    </FormPage>
  );
}

function Engine({ engine, onChange }: { engine: UserEngine; onChange: (engine: UserEngine) => void }) {
  return (
    <FormField label="Engine">
      <RadioGroup
        value={engine}
        onChange={({ detail }) => onChange(detail.value as UserEngine)}
        items={[
          {
            value: "valkey",
            label: "Valkey",
            description: "For caches that run Valkey. All of its users authenticate.",
          },
          {
            value: "redis",
            label: "Redis OSS",
            description:
              "For caches of either engine. It needs a user with the name default: whoever comes without a name.",
          },
        ]}
      />
    </FormField>
  );
}

function membersOf(draft: GroupDraft, users: readonly User[]): User[] {
  return users.filter((user) => draft.userIds.includes(user.UserId ?? ""));
}
