/**
 * Elastane's own small service, for what AWS has no action for (docs/reference/elastane-api.md). It is signed, allowed
 * or refused, and written into the audit trail like the others; only an SDK there is none.
 */

import { Sha256 } from "@aws-crypto/sha256-js";
import { HttpRequest } from "@smithy/protocol-http";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Form } from "./caches";
import type { AccessKey } from "./session";

const TARGET = "Elastane_20261130";

export class ElastaneFault extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export class ElastaneClient {
  private readonly endpoint: URL;
  private readonly signer: SignatureV4;
  private readonly clockAheadMs: number;

  constructor({ endpoint, key }: { endpoint: string; key: AccessKey }) {
    this.endpoint = new URL(endpoint);
    this.clockAheadMs = key.clockAheadMs;
    this.signer = new SignatureV4({
      service: "elastane",
      region: key.region,
      credentials: { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
      sha256: Sha256,
    });
  }

  explainCache(input: { CacheId: string; Form?: Form }, options: { abortSignal: AbortSignal }): Promise<Explanation> {
    return this.call("ExplainCache", input, options);
  }

  describeLoops(options: { abortSignal: AbortSignal }): Promise<{ Loops: Loop[] }> {
    return this.call("DescribeLoops", {}, options);
  }

  previewShardConfiguration(
    input: ShardConfiguration,
    options: { abortSignal: AbortSignal },
  ): Promise<ShardConfigurationPreview> {
    return this.call("PreviewShardConfiguration", input, options);
  }

  private async call<Answer>(action: string, input: object, options: { abortSignal: AbortSignal }): Promise<Answer> {
    const body = JSON.stringify(input);
    const signed = await this.signer.sign(
      new HttpRequest({
        method: "POST",
        protocol: this.endpoint.protocol,
        hostname: this.endpoint.hostname,
        port: this.endpoint.port === "" ? undefined : Number(this.endpoint.port),
        path: "/",
        headers: {
          host: this.endpoint.host,
          "content-type": "application/x-amz-json-1.1",
          "x-amz-target": `${TARGET}.${action}`,
        },
        body,
      }),
      { signingDate: new Date(Date.now() + this.clockAheadMs) },
    );
    const { host: _, ...headers } = signed.headers; // the browser's own to send
    const answer = await fetch(this.endpoint, { method: "POST", headers, body, signal: options.abortSignal });
    if (!answer.ok) throw faultOf(await answer.text(), answer.status);
    return (await answer.json()) as Answer;
  }
}

/** A proxy in front of Elastane may answer in its own name, and not in JSON. */
export function faultOf(body: string, status: number): ElastaneFault {
  try {
    const said = JSON.parse(body) as { __type?: string; message?: string; Message?: string };
    const code = (said.__type ?? "InternalFailure").replace(/^.*#/, "");
    return new ElastaneFault(code, said.message ?? said.Message ?? "", status);
  } catch {
    return new ElastaneFault("InternalFailure", "", status);
  }
}

/** Times are seconds since 1970, as JSON has them. What is not known is absent. */
export interface Explanation {
  CacheId: string;
  /** A Memcached cluster's own, though AWS calls it a cache cluster, too. */
  Form: "replication-group" | "cache-cluster" | "memcached-cluster";
  Status: string;
  Sections: { Title: string; Sentences: string[] }[];
  Generation: number;
  ConvergedGeneration: number;
  Verdict?: { Kind: string; Rule: string; Sentence: string; Since: number };
  Waiting?: string[];
  Failure?: { Sentence: string; Count: number; At: number; NextTryAt?: number; IsPermanent: boolean };
  NodeGroups: ExplainedNodeGroup[];
  Nodes: ExplainedNode[];
  Resharding?: { MovedSlotCount: number; SlotCount: number; RequestedAt: number };
  /** Of a Memcached cluster: what clients are to be told. */
  Publication?: { Version: number; NodeIds: string[] };
  /** Of a Memcached cluster: the process that tells them. */
  ConfigurationEndpoint?: ExplainedEndpoint;
}

export interface ExplainedEndpoint {
  Address: string;
  Port: number;
  Health: string;
  Sentence?: string;
  /** Of the list that it told when it last answered. */
  Version?: number;
}

export interface ExplainedNodeGroup {
  NodeGroupId: string;
  /** What it was last seen to own, as ``0-99,200``. */
  Slots?: string;
  TargetSlots?: string;
  TargetPrimary?: string;
  Primaries?: string[];
  Epoch?: number;
  IsLeaving?: boolean;
  Sentence?: string;
}

export interface ExplainedNode {
  NodeId: string;
  /** Absent in a Memcached cluster, which has none. */
  NodeGroupId?: string;
  Role?: string;
  Health: string;
  Sentence?: string;
  Zone: string;
  Address: string;
  Port: number;
  IsLeaving?: boolean;
  /** There for as long as the others' engines are replaced, and no cache cluster of the customer's. */
  IsTemporary?: boolean;
  IsLinkUp?: boolean;
  Follows?: string;
  SyncProgressPercent?: number;
  ReplicationOffset?: number;
  ReplicationLagSeconds?: number;
  EngineVersion?: string;
  /** Of a Memcached cluster: clients are to be told of it. */
  IsPublished?: boolean;
  /** Of a Memcached cluster: while a rollout has not come to it, still the one before. */
  NodeType?: string;
  /** Of a Memcached cluster: AWS's word. */
  Status?: string;
}

export interface Loop {
  Name: string;
  Sentence: string;
  Since?: number;
  IsTroubled?: boolean;
}

export interface ShardConfiguration {
  ReplicationGroupId: string;
  NodeGroupCount: number;
  NodeGroupsToRemove?: string[];
  NodeGroupsToRetain?: string[];
}

export interface ShardConfigurationPreview {
  NodeGroups: {
    NodeGroupId: string;
    SlotsBefore?: string;
    SlotsAfter?: string;
    IsNew?: boolean;
    IsLeaving?: boolean;
    NodeCount?: number;
  }[];
  Moves: { From: string; To: string; Slots: string; SlotCount: number }[];
  MovedSlotCount: number;
}
