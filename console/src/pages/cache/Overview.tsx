/** The first tab: where it is reached, what runs at this moment, how to connect, and how it is configured. */

import SpaceBetween from "@cloudscape-design/components/space-between";
import { isMemcached, type Subject } from "../../caches";
import type { Explanation } from "../../elastane";
import type { Answered } from "../../questions/useQuestion";
import { CacheNodes } from "./CacheNodes";
import { Configuration } from "./Configuration";
import { Endpoints } from "./Endpoints";
import { MemcachedSnippets } from "./MemcachedSnippets";
import { Snippets } from "./Snippets";
import { Topology } from "./Topology";

export function Overview({ subject, explained }: { subject: Subject; explained: Answered<Explanation> }) {
  if (isMemcached(subject.cache)) {
    return (
      <SpaceBetween size="l">
        <Endpoints subject={subject} />
        <CacheNodes subject={subject} explained={explained} />
        <MemcachedSnippets subject={subject} />
        <Configuration subject={subject} />
      </SpaceBetween>
    );
  }
  return (
    <SpaceBetween size="l">
      <Endpoints subject={subject} />
      <Topology subject={subject} explained={explained} />
      <Snippets subject={subject} />
      <Configuration subject={subject} />
    </SpaceBetween>
  );
}
