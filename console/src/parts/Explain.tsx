/** The Explain panel: what the control plane thinks of the cache on this page, and what each of its loops thinks. */

import Box from "@cloudscape-design/components/box";
import Drawer from "@cloudscape-design/components/drawer";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Form } from "../caches";
import type { Loop } from "../elastane";
import { useExplanation } from "../questions/useExplanation";
import { useLoops } from "../questions/useLoops";
import { nestedSentences } from "../words/sentences";
import { ago } from "../words/times";
import { RefusalAlert } from "./RefusalAlert";

export function Explain({ cacheId, form }: { cacheId: string | undefined; form?: Form }) {
  return (
    <Drawer header={<h2>Explain</h2>}>
      <SpaceBetween size="l">
        {cacheId !== undefined && <OfCache cacheId={cacheId} form={form} />}
        <OfLoops isAlone={cacheId === undefined} />
      </SpaceBetween>
    </Drawer>
  );
}

function OfCache({ cacheId, form }: { cacheId: string; form: Form | undefined }) {
  const { answer, refusal, isWaiting, askAgain } = useExplanation(cacheId, { form });
  return (
    <SpaceBetween size="s">
      <RefusalAlert refusal={refusal} onRetry={askAgain} />
      {isWaiting && <Spinner />}
      {answer?.Sections.map(({ Title, Sentences }) =>
        Title === "" ? (
          <Lines key="what it is" sentences={Sentences} />
        ) : (
          <ExpandableSection key={Title} headerText={Title} headingTagOverride="h3" defaultExpanded>
            <Lines sentences={Sentences} />
          </ExpandableSection>
        ),
      )}
    </SpaceBetween>
  );
}

function OfLoops({ isAlone }: { isAlone: boolean }) {
  const { answer = [], refusal, isWaiting, askAgain } = useLoops();
  const isTroubled = answer.some((loop) => loop.IsTroubled);
  return (
    <ExpandableSection
      headerText="The control plane's loops"
      headingTagOverride="h3"
      headerInfo={isTroubled ? <StatusIndicator type="warning">One is troubled</StatusIndicator> : undefined}
      defaultExpanded={isAlone}
    >
      <RefusalAlert refusal={refusal} onRetry={askAgain} />
      {isWaiting && <Spinner />}
      <SpaceBetween size="s">
        {answer.map((loop) => (
          <OneLoop key={loop.Name} loop={loop} />
        ))}
      </SpaceBetween>
    </ExpandableSection>
  );
}

function OneLoop({ loop: { Name, Sentence, Since, IsTroubled } }: { loop: Loop }) {
  return (
    <div>
      <Box variant="strong">{Name}</Box>{" "}
      {IsTroubled && <StatusIndicator type="warning">Needs somebody</StatusIndicator>}
      <Box>{Sentence}</Box>
      {Since !== undefined && (
        <Box variant="small" color="text-body-secondary">
          {`Since ${ago(new Date(Since * 1000), new Date())}`}
        </Box>
      )}
    </div>
  );
}

/** A sentence about the one before it stands below that one. */
function Lines({ sentences }: { sentences: readonly string[] }) {
  const nested = nestedSentences(sentences);
  if (nested.length === 1 && nested[0]?.below.length === 0) return <Box>{nested[0].sentence}</Box>;
  return (
    <ul style={{ margin: 0, paddingInlineStart: 20 }}>
      {nested.map(({ sentence, below }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sentences have no other name, and come in their order.
        <li key={index}>
          {sentence}
          {below.map((line) => (
            <Box key={line} variant="small" display="block" color="text-body-secondary">
              {line}
            </Box>
          ))}
        </li>
      ))}
    </ul>
  );
}
