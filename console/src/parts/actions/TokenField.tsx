/** Where an AUTH token is typed: hidden, unless the person wants to see it. */

import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { refusalOfToken } from "../../reckoning/access";

interface Props {
  label: string;
  token: string;
  onChange: (token: string) => void;
}

export function TokenField({ label, token, onChange }: Props) {
  const [isShown, setIsShown] = useState(false);
  return (
    <SpaceBetween size="xs">
      <FormField
        label={label}
        constraintText='16 to 128 characters: printable ASCII without / " @ and %. It cannot be read back: keep it where your applications have their secrets.'
        errorText={token === "" ? undefined : refusalOfToken(token)}
      >
        <Input
          value={token}
          type={isShown ? "text" : "password"}
          onChange={({ detail }) => onChange(detail.value)}
          autoComplete="new-password"
          spellcheck={false}
        />
      </FormField>
      <Checkbox checked={isShown} onChange={({ detail }) => setIsShown(detail.checked)}>
        Show it
      </Checkbox>
    </SpaceBetween>
  );
}
