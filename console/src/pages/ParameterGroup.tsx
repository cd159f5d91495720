/** One parameter group: its parameters and their values, another group beside it, and the commands that make it again. */

import type { CacheParameterGroup } from "@aws-sdk/client-elasticache";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router-dom";
import { CacheLinks } from "../parts/CacheLinks";
import { CopyText } from "../parts/CopyText";
import { Page } from "../parts/Page";
import { RefusalAlert } from "../parts/RefusalAlert";
import { TextLink } from "../parts/TextLink";
import { paths } from "../paths";
import { useDefaultParameters } from "../questions/useDefaultParameters";
import { useEveryCacheCluster } from "../questions/useEveryCacheCluster";
import { useParameterGroup } from "../questions/useParameterGroup";
import { useParameters } from "../questions/useParameters";
import { cachesBy, type NamedCache } from "../reckoning/cacheMembers";
import { Commands } from "./parameters/Commands";
import { Comparison } from "./parameters/Comparison";
import { DeleteParameterGroup } from "./parameters/DeleteParameterGroup";
import { isDefaultGroup, usedParameterGroup } from "./parameters/groups";
import { ParameterValues } from "./parameters/ParameterValues";

export default function ParameterGroup() {
  const { name = "" } = useParams();
  const group = useParameterGroup(name);
  const parameters = useParameters(name);
  const family = group.answer?.CacheParameterGroupFamily;
  const defaults = useDefaultParameters(family);
  const clusters = useEveryCacheCluster();
  const users = clusters.answer && (cachesBy(clusters.answer, usedParameterGroup).get(name) ?? []);
  const [isDeleting, setIsDeleting] = useState(false);
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const isDefault = isDefaultGroup(name);
  return (
    <Page title={name} above={[{ text: "Parameter groups", path: paths.parameterGroups() }]}>
      <SpaceBetween size="l">
        <Header
          variant="h1"
          description={group.answer?.Description}
          actions={
            <Button
              disabled={isDefault || group.answer === undefined}
              disabledReason={isDefault ? "A default group cannot be deleted." : "The group is not known yet."}
              onClick={() => setIsDeleting(true)}
            >
              Delete
            </Button>
          }
        >
          {name}
        </Header>
        <RefusalAlert refusal={group.refusal} onRetry={group.askAgain} />
        {group.refusal?.kind === "not-found" && <TextLink to={paths.parameterGroups()}>All parameter groups</TextLink>}
        {group.answer !== undefined && (
          <>
            <Details group={group.answer} isDefault={isDefault} users={users} />
            <Tabs
              ariaLabel="Of this group"
              activeTabId={search.get("tab") ?? "parameters"}
              onChange={({ detail }) => setSearch({ tab: detail.activeTabId }, { replace: true })}
              tabs={[
                {
                  id: "parameters",
                  label: "Parameters",
                  contentRenderStrategy: "lazy", // what was typed stays while another tab is looked at
                  content: (
                    <ParameterValues
                      key={name}
                      groupName={name}
                      family={family ?? ""}
                      isOwn={!isDefault}
                      answered={parameters}
                      defaults={defaults.answer}
                      userCount={users?.length}
                    />
                  ),
                },
                { id: "compare", label: "Compare", content: <Comparison groupName={name} here={parameters} /> },
                {
                  id: "commands",
                  label: "AWS CLI",
                  content: <Commands group={group.answer} answered={parameters} />,
                },
              ]}
            />
          </>
        )}
        {isDeleting && (
          <DeleteParameterGroup
            name={name}
            users={users}
            onDismiss={() => setIsDeleting(false)}
            onDeleted={() => navigate(paths.parameterGroups())}
          />
        )}
      </SpaceBetween>
    </Page>
  );
}

interface DetailsProps {
  group: CacheParameterGroup;
  isDefault: boolean;
  users: readonly NamedCache[] | undefined;
}

function Details({ group, isDefault, users }: DetailsProps) {
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        minColumnWidth={180}
        items={[
          { label: "Family", value: group.CacheParameterGroupFamily },
          {
            label: "Kind",
            value: isDefault ? "Default: nobody can change it" : "Own",
          },
          { label: "Used by", value: users === undefined ? "Not known yet" : <CacheLinks caches={users} /> },
          { label: "ARN", value: <CopyText text={group.ARN ?? ""} label="ARN" /> },
        ]}
      />
    </Container>
  );
}
