/** What stands in the place of something that the API has not answered, or does not have. */

import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Answered } from "../questions/useQuestion";
import { RefusalAlert } from "./RefusalAlert";
import { TextLink } from "./TextLink";

interface Props {
  title: string;
  /** ``the user``. */
  what: string;
  answered: Pick<Answered<unknown>, "isWaiting" | "refusal" | "askAgain">;
  listPath: string;
}

export function NotYet({ title, what, answered, listPath }: Props) {
  return (
    <SpaceBetween size="m">
      <Header variant="h1">{title}</Header>
      {answered.isWaiting && <StatusIndicator type="loading">Asking for {what}</StatusIndicator>}
      <RefusalAlert refusal={answered.refusal} onRetry={answered.askAgain} />
      <TextLink to={listPath}>To the list</TextLink>
    </SpaceBetween>
  );
}
