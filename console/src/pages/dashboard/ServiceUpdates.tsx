/** Service updates that could be applied now, each with the number of caches that it is for. */

import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Spinner from "@cloudscape-design/components/spinner";

import { TextLink } from "../../parts/TextLink";
import { paths } from "../../paths";
import { useUpdateActions } from "../../questions/useUpdateActions";
import { countsByUpdate } from "../../reckoning/updateStatus";
import { counted } from "../../words/numbers";
import { PanelRefusal } from "./PanelRefusal";

const UPDATES_SECONDS = 60;

export function ServiceUpdates() {
  const { answer, refusal, isWaiting, askAgain } = useUpdateActions({ isOpen: true, everySeconds: UPDATES_SECONDS });
  const counts = countsByUpdate(answer ?? []);
  return (
    <Container
      header={
        <Header variant="h2">
          <TextLink to={paths.serviceUpdates()} fontSize="inherit">
            Service updates
          </TextLink>
        </Header>
      }
    >
      <PanelRefusal refusal={refusal} hasAnswer={answer !== undefined} onRetry={askAgain} />
      {isWaiting && <Spinner />}
      {answer !== undefined && counts.length === 0 && (
        <Box color="text-body-secondary">
          Every cache is up to date. An update appears when a newer patch of an engine that runs here can be had.
        </Box>
      )}
      {counts.length > 0 && (
        <ul>
          {counts.map(({ name, severity, count }) => (
            <li key={name}>
              <TextLink to={paths.serviceUpdates()}>{name}</TextLink>
              {severity !== undefined && `, ${severity}`}: can be applied to {counted(count, "cache")}
            </li>
          ))}
        </ul>
      )}
    </Container>
  );
}
