/** The frame of a page that is one form: what is asked for, what is wrong or was refused, and two ways out. */

import Button from "@cloudscape-design/components/button";
import Form from "@cloudscape-design/components/form";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, type SubmitEvent, useState } from "react";
import { href } from "../paths";
import type { Refusal } from "../refusals";
import { RefusalAlert } from "./RefusalAlert";
import { useFollow } from "./useFollow";

/** What a form hands on to its frame, from the page that sends it. */
export interface Sending {
  title: string;
  submitText: string;
  /** Why nothing can be sent although nothing is wrong. */
  idle?: string;
  backPath: string;
  isPending: boolean;
  refusal: Refusal | undefined;
  onSubmit: () => void;
}

interface Props extends Sending {
  isGood: boolean;
  /** What is not typed yet is not called wrong before somebody wants to send it: then it `isTold`. */
  children: (isTold: boolean) => ReactNode;
}

export function FormPage(props: Props) {
  const { title, submitText, idle, backPath, isPending, refusal, onSubmit, isGood, children } = props;
  const follow = useFollow();
  const [isTold, setIsTold] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setIsTold(true);
    if (isGood && idle === undefined && !isPending) onSubmit();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Form
        header={<Header variant="h1">{title}</Header>}
        errorText={isTold && !isGood ? "Something above is not right yet." : undefined}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" href={href(backPath)} onFollow={follow}>
              Cancel
            </Button>
            <Button
              variant="primary"
              formAction="submit"
              loading={isPending}
              disabled={idle !== undefined}
              disabledReason={idle}
            >
              {submitText}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          {children(isTold)}
          <RefusalAlert refusal={refusal} />
        </SpaceBetween>
      </Form>
    </form>
  );
}
