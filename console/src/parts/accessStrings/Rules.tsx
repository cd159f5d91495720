/** Each rule of an access string beside a sentence that explains it; wrong ones with the reason. */

import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ExplainedRule } from "../../reckoning/accessExplanations";
import styles from "./Rules.module.css";

export function Rules({ rules, label }: { rules: readonly ExplainedRule[]; label: string }) {
  return (
    <ol className={styles.rules} aria-label={label}>
      {rules.map((rule, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a rule's place is its name, for order matters.
        <li key={place} className={styles.rule}>
          <div className={styles.text}>
            <Box variant="code">{rule.inner === undefined ? rule.text : "( … )"}</Box>
          </div>
          <div>
            <Explained rule={rule} />
            {rule.inner !== undefined && <Rules rules={rule.inner} label={`Rules of the selector ${rule.text}`} />}
          </div>
        </li>
      ))}
    </ol>
  );
}

function Explained({ rule }: { rule: ExplainedRule }) {
  if (rule.problem !== undefined) return <StatusIndicator type="error">{rule.problem}</StatusIndicator>;
  return (
    <>
      <Box color={rule.note === undefined ? "inherit" : "text-body-secondary"}>
        {rule.sentence}
        {rule.version !== undefined && ` From engine version ${rule.version} on.`}
      </Box>
      {rule.note !== undefined && <StatusIndicator type="info">{rule.note}</StatusIndicator>}
    </>
  );
}
