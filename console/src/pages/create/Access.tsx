/** Who reaches the cache, and who of them is let in. */

import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Multiselect from "@cloudscape-design/components/multiselect";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { isMemcached } from "../../caches";
import { TextLink } from "../../parts/TextLink";
import { paths } from "../../paths";
import { useSecurityGroups } from "../../questions/useSecurityGroups";
import type { NewCache } from "../../reckoning/newCache";
import { fitOfUserGroup } from "../../reckoning/newCacheUserGroups";
import { Choice, TextField } from "./fields";
import { choosing, type Wizard } from "./useNewCache";

export function Access({ wizard }: { wizard: Wizard }) {
  const { cache, draft, change, problem } = wizard;
  const isGroup = cache.form === "replication-group";
  return (
    <Container header={<Header variant="h2">Access</Header>}>
      <SpaceBetween size="m">
        <SecurityGroups wizard={wizard} />
        {!isMemcached(cache) && (
          <FormField label="Access control" errorText={problem("access")}>
            <RadioGroup
              value={cache.access}
              onChange={({ detail }) => change({ access: detail.value as NewCache["access"] })}
              items={[
                { value: "open", label: "None", description: "Everybody who reaches the cache is let in." },
                {
                  value: "token",
                  label: "An AUTH token",
                  description: "One password for all. Needs encryption in transit.",
                },
                ...(isGroup ? [USERS] : []),
              ]}
            />
          </FormField>
        )}
        {cache.access === "token" && (
          <TextField
            label="AUTH token"
            description="Nobody can read it again, here or anywhere: keep it where your applications get it from."
            constraint="16 to 128 letters, digits and ! & # $ ^ < > -"
            type="password"
            value={draft.authToken}
            onChange={(authToken) => change({ authToken })}
            error={problem("authToken")}
          />
        )}
        {cache.access === "users" && <UserGroupChoice wizard={wizard} />}
      </SpaceBetween>
    </Container>
  );
}

function SecurityGroups({ wizard }: { wizard: Wizard }) {
  const { cache, change, problem, choices } = wizard;
  const answered = useSecurityGroups();
  const vpcId = choices.subnetGroups.answer?.find(
    ({ CacheSubnetGroupName }) => CacheSubnetGroupName === cache.subnetGroup,
  )?.VpcId;
  const options = (answered.answer ?? [])
    .filter((group) => group.VpcId === vpcId)
    .map((group) => ({ value: group.GroupId ?? "", label: group.GroupName, description: group.GroupId }));
  return (
    <FormField
      label="Security groups"
      description={`Whose addresses reach the cache, up to five. Without one it is the default group of ${vpcId ?? "the VPC"}.`}
      errorText={problem("securityGroups")}
    >
      <Multiselect
        selectedOptions={cache.securityGroups.map(
          (id) => options.find((option) => option.value === id) ?? { value: id, label: id },
        )}
        options={options}
        onChange={({ detail }) => change({ securityGroups: detail.selectedOptions.map(({ value = "" }) => value) })}
        filteringType="auto"
        filteringAriaLabel="Find in security groups"
        placeholder="The default one"
        empty="This VPC has none"
        deselectAriaLabel={(option) => `Take ${option.label} away`}
        {...choosing(answered)}
      />
    </FormField>
  );
}

function UserGroupChoice({ wizard }: { wizard: Wizard }) {
  const { cache, change, problem, choices } = wizard;
  return (
    <Choice
      label="User group"
      description={
        <>
          Only its users sign in. <TextLink to={paths.userGroups()}>All user groups</TextLink>
        </>
      }
      value={cache.userGroup}
      onChange={(userGroup) => change({ userGroup })}
      options={(choices.userGroups.answer ?? []).map((group) => {
        const refusal = fitOfUserGroup(group, cache);
        return {
          value: group.UserGroupId ?? "",
          label: group.UserGroupId,
          description: `${group.Engine}: ${(group.UserIds ?? []).join(", ") || "no users"}`,
          disabled: refusal !== undefined,
          disabledReason: refusal,
        };
      })}
      answered={choices.userGroups}
      empty="There is no user group yet"
      error={problem("userGroup")}
    />
  );
}

const USERS = {
  value: "users",
  label: "The users of a user group",
  description: "With passwords and rights of their own. Needs encryption in transit.",
};
