/** The last step: all that was chosen, the same as a command, and what the API said where it refused. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef } from "react";
import { CodeBlock } from "../../parts/CodeBlock";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { cliCommand, STARS } from "../../reckoning/cliCommand";
import { inputOf } from "../../reckoning/newCacheInput";
import { type StepId, stepOf } from "../../reckoning/newCacheProblems";
import { fieldOfRefusal } from "../../reckoning/newCacheRefusals";
import { reviewOf } from "../../reckoning/newCacheWords";
import type { Refusal } from "../../refusals";
import { useSignedIn } from "../../SignedIn";
import type { Wizard } from "./useNewCache";

interface Props {
  wizard: Wizard;
  refusal: Refusal | undefined;
  goTo: (step: StepId) => void;
  onRetry: () => void;
}

/** What may be gone the next time, without a change. */
const PASSING = new Set<Refusal["kind"]>(["away", "busy", "broken"]);

export function ReviewStep({ wizard, refusal, goTo, onRetry }: Props) {
  const { cache, choices } = wizard;
  return (
    <SpaceBetween size="l">
      {refusal !== undefined && <Refused refusal={refusal} wizard={wizard} goTo={goTo} onRetry={onRetry} />}
      {reviewOf(cache, choices.nodeTypes.answer ?? [], choices.family).map(({ title, step, items }) => (
        <Container
          key={title}
          header={
            <Header
              variant="h2"
              actions={
                <Button ariaLabel={`Edit ${title.toLowerCase()}`} onClick={() => goTo(step)}>
                  Edit
                </Button>
              }
            >
              {title}
            </Header>
          }
        >
          <KeyValuePairs columns={3} minColumnWidth={200} items={items} />
        </Container>
      ))}
      <Command wizard={wizard} />
    </SpaceBetween>
  );
}

/** Above all that was chosen, and so out of sight of the button: whoever pressed it is led there. */
function Refused({ refusal, wizard, goTo, onRetry }: { refusal: Refusal } & Omit<Props, "refusal">) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    place.current?.focus();
    place.current?.scrollIntoView({ block: "center" });
  }, []);
  const field = fieldOfRefusal(refusal, wizard.cache.engine);
  const step = field === undefined ? undefined : stepOf(field, wizard.cache.method);
  return (
    <SpaceBetween size="s">
      <div ref={place} tabIndex={-1}>
        <RefusalAlert refusal={refusal} onRetry={PASSING.has(refusal.kind) ? onRetry : undefined} />
      </div>
      {step !== undefined && (
        <Button iconName="edit" onClick={() => goTo(step)}>
          Change it in the step {STEP_TITLES[step]}
        </Button>
      )}
    </SpaceBetween>
  );
}

function Command({ wizard }: { wizard: Wizard }) {
  const { region } = useSignedIn();
  const call = inputOf(wizard.cache);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            <>
              Does the same as the button below, from a shell in which <Box variant="code">elastane env</Box> has said
              where the API is.
            </>
          }
        >
          AWS CLI command
        </Header>
      }
    >
      <SpaceBetween size="s">
        <CodeBlock text={cliCommand(call, region)} label="AWS CLI command" />
        {wizard.cache.access === "token" && (
          <Box color="text-body-secondary">Put your AUTH token in the place of {STARS}: it is shown nowhere.</Box>
        )}
      </SpaceBetween>
    </Container>
  );
}

export const STEP_TITLES: Record<StepId, string> = {
  engine: "Engine and deployment",
  settings: "Settings",
  advanced: "Advanced settings",
  review: "Review and create",
};
