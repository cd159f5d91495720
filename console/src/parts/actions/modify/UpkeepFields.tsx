/** When maintenance may happen, whether newer patches come by themselves, and who is told of events. */

import Autosuggest from "@cloudscape-design/components/autosuggest";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { isMemcached } from "../../../caches";
import { useTopics } from "../../../questions/useTopics";
import type { FieldsProps } from "../ModifyDialog";
import { SnapshotWindowField, WindowField } from "./WindowField";

export function UpkeepFields({ subject, wanted, change }: FieldsProps) {
  const topics = useTopics();
  const ofMemcached = isMemcached(subject.cache);
  return (
    <SpaceBetween size="l">
      <WindowField text={wanted.maintenanceWindow} onChange={(maintenanceWindow) => change({ maintenanceWindow })} />
      {!ofMemcached && (
        <SnapshotWindowField text={wanted.snapshotWindow} onChange={(snapshotWindow) => change({ snapshotWindow })} />
      )}
      {!ofMemcached && (
        <Toggle
          checked={wanted.autoMinorVersionUpgrade}
          onChange={({ detail }) => change({ autoMinorVersionUpgrade: detail.checked })}
          description="A newer patch of the version it runs is put on in the maintenance window once its date is reached."
        >
          Minor upgrades by themselves
        </Toggle>
      )}
      <FormField
        label="Topic that is told of events"
        description="The ARN of a topic of SNS. Empty for none."
        constraintText={
          topics.refusal === undefined ? undefined : `Its topics cannot be listed: ${topics.refusal.sentence}`
        }
      >
        <Autosuggest
          value={wanted.topicArn}
          onChange={({ detail }) => change({ topicArn: detail.value.trim() })}
          options={(topics.answer ?? []).map(({ TopicArn = "" }) => ({ value: TopicArn }))}
          enteredTextLabel={(value) => `Use ${value}`}
          placeholder="arn:aws:sns:…"
          empty="There is no topic here."
          ariaLabel="Topic that is told of events"
        />
      </FormField>
      {wanted.topicArn !== "" && (
        <Toggle checked={wanted.isTopicActive} onChange={({ detail }) => change({ isTopicActive: detail.checked })}>
          Messages to the topic
        </Toggle>
      )}
    </SpaceBetween>
  );
}
