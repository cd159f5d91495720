/** Where an access string is typed: every rule is explained while it is, and what all of them come to is said. */

import Box from "@cloudscape-design/components/box";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import LiveRegion from "@cloudscape-design/components/live-region";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useMemo, useState } from "react";
import { TEMPLATES } from "../reckoning/accessBuilder";
import { type ExplainedAccess, explainAccessString } from "../reckoning/accessExplanations";
import type { UserEngine } from "../reckoning/accessVocabulary";
import { Builder } from "./accessStrings/Builder";
import { Rules } from "./accessStrings/Rules";
import { Summary } from "./accessStrings/Summary";

interface Props {
  value: string;
  onChange: (text: string) => void;
  engine: UserEngine;
  /** What is wrong with it although each of its rules is right: that there is none. */
  problem?: string;
}

export function AccessStringEditor({ value, onChange, engine, problem }: Props) {
  const [isBuilding, setIsBuilding] = useState(false);
  const explained = useMemo(() => explainAccessString(value, engine), [value, engine]);
  return (
    <SpaceBetween size="m">
      <ButtonDropdown
        items={TEMPLATES.map(({ id, name, description }) => ({ id, text: name, description }))}
        onItemClick={({ detail }) => onChange(TEMPLATES.find(({ id }) => id === detail.id)?.text ?? value)}
      >
        Begin with a template
      </ButtonDropdown>
      <ExpandableSection
        headerText="Make it from a few choices"
        expanded={isBuilding}
        onChange={({ detail }) => setIsBuilding(detail.expanded)}
      >
        <Builder
          onBuild={(text) => {
            onChange(text);
            setIsBuilding(false);
          }}
        />
      </ExpandableSection>
      <FormField
        label="Access string"
        description="Rules that count from left to right: a later one overrules those before it."
        errorText={explained.problem === undefined ? problem : `Invalid: ${explained.problem}`}
        stretch
      >
        <Textarea
          value={value}
          // The API takes no line's end, which would be a line of its own in an engine's file.
          onChange={({ detail }) => onChange(detail.value.replaceAll(/\r?\n/g, " "))}
          rows={3}
          spellcheck={false}
          autoComplete={false}
          placeholder="on ~app:* -@all +@read"
        />
      </FormField>
      <AccessExplanation explained={explained} value={value} />
    </SpaceBetween>
  );
}

/** What it comes to, then rule by rule; also for a string that is only looked at. */
export function AccessExplanation({ explained, value }: { explained: ExplainedAccess; value: string }) {
  const { summary, rules, normalForm, minimumVersion } = explained;
  return (
    <SpaceBetween size="m">
      {summary.length > 0 && (
        <div>
          <Box variant="h3">What this user may do</Box>
          <LiveRegion>
            <Summary sentences={summary} />
          </LiveRegion>
          {minimumVersion !== undefined && (
            <Box color="text-body-secondary">These rules need engine version {minimumVersion} or later.</Box>
          )}
        </div>
      )}
      {rules.length > 0 && (
        <div>
          <Box variant="h3">Rule by rule</Box>
          <Rules rules={rules} label="Rules, explained" />
        </div>
      )}
      {normalForm !== undefined && normalForm !== value.trim() && (
        <Box color="text-body-secondary">
          It is kept as <Box variant="code">{normalForm}</Box>
        </Box>
      )}
    </SpaceBetween>
  );
}
