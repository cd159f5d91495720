/** How a user signs in: with one or two passwords, with IAM, or with nothing at all. */

import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup, { type RadioGroupProps } from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Draft, Problems } from "./draft";
import { Passwords } from "./Passwords";

interface Props {
  draft: Draft;
  onChange: (changed: Partial<Draft>) => void;
  problems: Problems;
  isTold: boolean;
  /** How a user that there is signs in now: ``2 passwords``. */
  kept?: string;
}

export function Authentication({ draft, onChange, problems, isTold, kept }: Props) {
  const hasPasswords = draft.authentication === "password";
  return (
    <SpaceBetween size="m">
      <FormField label="How the user signs in" errorText={problems.authentication}>
        <RadioGroup
          value={draft.authentication}
          onChange={({ detail }) => onChange({ authentication: detail.value as Draft["authentication"] })}
          items={itemsFor(draft, kept)}
        />
      </FormField>
      {hasPasswords && kept !== undefined && (
        <Alert type="info">
          These take the place of the passwords there are. To change one without a moment in which it fails, give the
          old one and the new one, change the applications, then give the new one alone.
        </Alert>
      )}
      {hasPasswords && (
        <Passwords
          passwords={draft.passwords}
          onChange={(passwords) => onChange({ passwords })}
          problem={problems.passwords}
          isTold={isTold}
        />
      )}
    </SpaceBetween>
  );
}

function itemsFor(draft: Draft, kept: string | undefined): RadioGroupProps.RadioButtonDefinition[] {
  const isValkey = draft.engine === "valkey";
  const items: RadioGroupProps.RadioButtonDefinition[] = [
    {
      value: "password",
      label: kept === undefined ? "Passwords" : "New passwords",
      description: "One or two. Nobody can read them again: only a digest is kept.",
    },
    {
      value: "iam",
      label: "IAM",
      description:
        "With a token that an access key signs, whose policy allows elasticache:Connect. Needs Valkey, or Redis OSS 7.0.",
    },
    {
      value: "no-password",
      label: "No password",
      description: isValkey ? "Not for a user of Valkey." : "Whoever gives the name is let in.",
      disabled: isValkey,
    },
  ];
  return kept === undefined ? items : [{ value: "kept", label: `As it is: ${kept}` }, ...items];
}
