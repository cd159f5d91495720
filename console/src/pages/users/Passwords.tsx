/** One or two passwords, seen by nobody unless asked for, and kept nowhere once the form is gone. */

import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { generatedPassword, PASSWORD_COUNT_MAX, passwordProblem } from "../../reckoning/users";

interface Props {
  passwords: readonly string[];
  onChange: (passwords: string[]) => void;
  /** Of both together, as that they are the same. */
  problem: string | undefined;
  /** Whether problems of what is not typed yet are shown. */
  isTold: boolean;
}

export function Passwords({ passwords, onChange, problem, isTold }: Props) {
  const [isShown, setIsShown] = useState(false);
  const changed = (place: number, text: string) => passwords.map((password, at) => (at === place ? text : password));
  const isRepeated = passwords.length === 2 && passwords[0] !== "" && passwords[0] === passwords[1];
  return (
    <SpaceBetween size="s">
      {passwords.map((password, place) => (
        <FormField
          // biome-ignore lint/suspicious/noArrayIndexKey: a password has no other name than its place.
          key={place}
          label={passwords.length === 1 ? "Password" : `Password ${place + 1}`}
          constraintText={'16 to 128 printable ASCII characters, without the comma, ", / and @.'}
          errorText={
            password === "" && !isTold ? undefined : (passwordProblem(password) ?? (isRepeated ? problem : undefined))
          }
          secondaryControl={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                formAction="none"
                ariaLabel={`Generate password ${place + 1}`}
                onClick={() => onChange(changed(place, generatedPassword()))}
              >
                Generate
              </Button>
              {password !== "" && (
                <CopyToClipboard
                  variant="icon"
                  textToCopy={password}
                  copyButtonAriaLabel={`Copy password ${place + 1}`}
                  copySuccessText="Copied"
                  copyErrorText="The browser does not let this page copy"
                />
              )}
              {passwords.length > 1 && (
                <Button
                  formAction="none"
                  variant="icon"
                  iconName="remove"
                  ariaLabel={`Remove password ${place + 1}`}
                  onClick={() => onChange(passwords.filter((_, at) => at !== place))}
                />
              )}
            </SpaceBetween>
          }
        >
          <Input
            value={password}
            type={isShown ? "text" : "password"}
            autoComplete="new-password"
            spellcheck={false}
            onChange={({ detail }) => onChange(changed(place, detail.value))}
          />
        </FormField>
      ))}
      <Checkbox checked={isShown} onChange={({ detail }) => setIsShown(detail.checked)}>
        Show what is typed
      </Checkbox>
      {passwords.length < PASSWORD_COUNT_MAX && (
        <Button formAction="none" iconName="add-plus" onClick={() => onChange([...passwords, ""])}>
          Add a second password
        </Button>
      )}
    </SpaceBetween>
  );
}
