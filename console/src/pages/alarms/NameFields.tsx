/** How an alarm is called. */

import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import type { Part } from "./AlarmForm";

export function NameFields({ draft, problems, onChange, isNew }: Part & { isNew: boolean }) {
  return (
    <Container header={<Header variant="h2">Name</Header>}>
      <ColumnLayout columns={2} minColumnWidth={240}>
        <FormField
          label="Name"
          constraintText={isNew ? "It cannot be changed later." : "The name of an alarm cannot be changed."}
          errorText={problems.name}
        >
          <Input
            value={draft.name}
            readOnly={!isNew}
            onChange={({ detail }) => onChange({ ...draft, name: detail.value })}
            spellcheck={false}
          />
        </FormField>
        <FormField
          label={
            <>
              Description <i>– optional</i>
            </>
          }
          constraintText="It is in the messages: what to do when the alarm goes off."
          errorText={problems.description}
        >
          <Input
            value={draft.description}
            onChange={({ detail }) => onChange({ ...draft, description: detail.value })}
          />
        </FormField>
      </ColumnLayout>
    </Container>
  );
}
