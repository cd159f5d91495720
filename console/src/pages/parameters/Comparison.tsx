/** Another group beside this one: only what is different. */

import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { ListTable } from "../../parts/ListTable";
import { RefusalAlert } from "../../parts/RefusalAlert";
import { useParameterGroups } from "../../questions/useParameterGroups";
import { useParameters } from "../../questions/useParameters";
import type { Answered } from "../../questions/useQuestion";
import { differencesOf, type Parameter } from "../../reckoning/parameters";
import { ShownValue } from "./parameterColumns";

export function Comparison({ groupName, here }: { groupName: string; here: Answered<Parameter[]> }) {
  const groups = useParameterGroups();
  const [otherName, setOtherName] = useState<string>();
  const there = useParameters(otherName);
  const others = (groups.answer ?? []).filter((group) => group.CacheParameterGroupName !== groupName);
  const differences =
    here.answer === undefined || there.answer === undefined ? [] : differencesOf(here.answer, there.answer);
  return (
    <SpaceBetween size="m">
      <FormField label="Other group">
        <Select
          selectedOption={otherName === undefined ? null : { value: otherName, label: otherName }}
          placeholder="Choose a parameter group"
          options={others.map(({ CacheParameterGroupName = "", CacheParameterGroupFamily }) => ({
            value: CacheParameterGroupName,
            label: CacheParameterGroupName,
            description: CacheParameterGroupFamily,
          }))}
          onChange={({ detail }) => setOtherName(detail.selectedOption.value)}
          filteringType="auto"
          filteringAriaLabel="Find parameter groups"
          empty="There is no other group."
          statusType={groups.isWaiting ? "loading" : "finished"}
          loadingText="Asking for parameter groups"
        />
      </FormField>
      <RefusalAlert refusal={groups.refusal} onRetry={groups.askAgain} />
      {otherName !== undefined && (
        <ListTable
          noun="difference"
          id="parameter-differences"
          title="Differences"
          answered={{ ...there, isWaiting: there.isWaiting || here.isWaiting }}
          items={differences}
          idOf={(difference) => difference.name}
          columns={[
            {
              id: "name",
              header: "Parameter",
              text: (difference) => difference.name,
              cell: (difference) => difference.name,
              isRowHeader: true,
            },
            {
              id: "here",
              header: groupName,
              text: (difference) => difference.here ?? "",
              cell: (difference) => <ShownValue value={difference.here} />,
            },
            {
              id: "there",
              header: otherName,
              text: (difference) => difference.there ?? "",
              cell: (difference) => <ShownValue value={difference.there} />,
            },
          ]}
          empty={{ sentence: `Every parameter has the same value in ${groupName} and ${otherName}.` }}
        />
      )}
    </SpaceBetween>
  );
}
