/** Gives a cache an AUTH token, rotates it, or ends the time of two tokens. The token is kept nowhere but in this dialog. */

import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";
import { useModify } from "../../changes/useModify";
import { refusalOfToken } from "../../reckoning/access";
import { FormDialog } from "../FormDialog";
import type { DialogProps } from "./dialogs";
import { TokenField } from "./TokenField";

type Strategy = "ROTATE" | "SET";

export function AuthTokenDialog({ subject: { cache }, onDismiss }: DialogProps) {
  const [strategy, setStrategy] = useState<Strategy>("ROTATE");
  const [token, setToken] = useState("");
  const modifying = useModify(cache);
  const hasToken = cache.access === "AUTH token";
  return (
    <FormDialog
      title={`AUTH token of ${cache.id}`}
      confirm={strategy === "ROTATE" ? "Rotate" : "Set"}
      isConfirmable={refusalOfToken(token) === undefined}
      onConfirm={() =>
        modifying.change({
          modifications: { AuthToken: token, AuthTokenUpdateStrategy: strategy, ApplyImmediately: true },
          said: `The AUTH token of ${cache.id} is being ${strategy === "ROTATE" ? "rotated" : "set"}.`,
        })
      }
      onDismiss={onDismiss}
      changing={modifying}
    >
      <FormField label="What for">
        <RadioGroup
          value={strategy}
          onChange={({ detail }) => setStrategy(detail.value as Strategy)}
          items={strategies(hasToken)}
        />
      </FormField>
      <TokenField
        label={strategy === "SET" && hasToken ? "The token that was rotated last" : "New token"}
        token={token}
        onChange={setToken}
      />
      {hasToken && (
        <Alert type="info">
          A token is taken away only along with a user group that takes its place: choose “Change who may sign in”.
        </Alert>
      )}
    </FormDialog>
  );
}

function strategies(hasToken: boolean): { value: Strategy; label: string; description: string }[] {
  return hasToken
    ? [
        {
          value: "ROTATE",
          label: "Rotate: a new token beside the present one",
          description:
            "Both are good, so that applications can be changed one after the other. An older one is not any more.",
        },
        {
          value: "SET",
          label: "Set: only the token that was rotated last",
          description: "Once all applications have it. Connections that are open stay open.",
        },
      ]
    : [
        {
          value: "ROTATE",
          label: "Rotate: who has the token, and still who has none",
          description: "For a cache in use. Set it once all applications have it.",
        },
        {
          value: "SET",
          label: "Set: only who has the token, at once",
          description: "Who has none is let in no more.",
        },
      ];
}
