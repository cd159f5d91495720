/** The form of a user, for one that is made and for one that is modified. */

import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { AccessStringEditor } from "../../parts/AccessStringEditor";
import { FormPage, type Sending } from "../../parts/FormPage";
import type { UserEngine } from "../../reckoning/accessVocabulary";
import { Authentication } from "./Authentication";
import { type Draft, isGood, nameOf, type Problems } from "./draft";

interface Props extends Sending {
  draft: Draft;
  onChange: (changed: Partial<Draft>) => void;
  problems: Problems;
  /** How a user that there is signs in now; absent for one that is made. */
  kept?: string;
  children?: ReactNode;
}

export function UserForm({ draft, onChange, problems, kept, children, ...sending }: Props) {
  return (
    <FormPage {...sending} isGood={isGood(problems)}>
      {(isTold) => (
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">User</Header>}>
            <Identity
              draft={draft}
              onChange={onChange}
              problems={problems}
              isTold={isTold}
              isNew={kept === undefined}
            />
          </Container>
          <Container header={<Header variant="h2">Authentication</Header>}>
            <Authentication draft={draft} onChange={onChange} problems={problems} isTold={isTold} kept={kept} />
          </Container>
          <Container header={<Header variant="h2">Access</Header>}>
            <AccessStringEditor
              value={draft.accessString}
              onChange={(accessString) => onChange({ accessString })}
              engine={draft.engine}
              problem={problems.accessString}
            />
          </Container>
          {children}
        </SpaceBetween>
      )}
    </FormPage>
  );
}

interface IdentityProps {
  draft: Draft;
  onChange: (changed: Partial<Draft>) => void;
  problems: Problems;
  isTold: boolean;
  isNew: boolean;
}

function Identity({ draft, onChange, problems, isTold, isNew }: IdentityProps) {
  return (
    <SpaceBetween size="m">
      {isNew && (
        <FormField
          label="User id"
          description="What this API calls the user."
          errorText={draft.id === "" && !isTold ? undefined : problems.id}
        >
          <Input
            value={draft.id}
            onChange={({ detail }) => onChange({ id: detail.value })}
            spellcheck={false}
            autoFocus
          />
        </FormField>
      )}
      {isNew && (
        <FormField
          label="User name"
          description="What is sent to the engine. Several users may have one name, and a user group only one of them."
          errorText={nameOf(draft) === "" && !isTold ? undefined : problems.name}
        >
          <Input value={nameOf(draft)} onChange={({ detail }) => onChange({ name: detail.value })} spellcheck={false} />
        </FormField>
      )}
      <FormField label="Engine">
        <RadioGroup
          value={draft.engine}
          onChange={({ detail }) => onChange({ engine: detail.value as UserEngine })}
          items={[
            { value: "valkey", label: "Valkey", description: "For user groups of Valkey." },
            { value: "redis", label: "Redis OSS", description: "For user groups of either engine." },
          ]}
        />
      </FormField>
    </SpaceBetween>
  );
}
