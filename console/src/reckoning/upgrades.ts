/**
 * Which engine a cache can be upgraded to. Versions only go forward, and from Redis OSS to Valkey: no engine reads what a
 * newer one has written.
 */

import type { CacheEngineVersion } from "@aws-sdk/client-elasticache";

export interface Upgrade {
  engine: string;
  version: string;
  /** Of parameter groups. */
  family: string;
  /** ``Valkey 9.1``. */
  title: string;
  isOtherEngine: boolean;
}

/** The newest first, the engine's own before the other engine's. */
export function upgradesFor(engine: string, version: string, offers: readonly CacheEngineVersion[]): Upgrade[] {
  return offers
    .filter((offer) => isForward(engine, version, offer))
    .map(({ Engine = "", EngineVersion = "", CacheParameterGroupFamily = "" }) => ({
      engine: Engine,
      version: EngineVersion,
      family: CacheParameterGroupFamily,
      title: engineTitle(Engine, EngineVersion),
      isOtherEngine: Engine !== engine,
    }))
    .sort((one, other) => {
      if (one.isOtherEngine !== other.isOtherEngine) return one.isOtherEngine ? 1 : -1;
      return compareVersions(other.version, one.version);
    });
}

/** As offers spell it: ``8.0`` for a node that says ``8.0.1``. Itself where that version is offered no more. */
export function offeredVersion(engine: string, version: string, offers: readonly CacheEngineVersion[]): string {
  const offer = offers.find(
    (one) => one.Engine === engine && comparePrefix(one.EngineVersion ?? "", version) === 0 && one.EngineVersion !== "",
  );
  return offer?.EngineVersion ?? version;
}

const ENGINE_TITLES: Record<string, string> = { valkey: "Valkey", redis: "Redis OSS", memcached: "Memcached" };

export function engineTitle(engine: string, version?: string): string {
  const title = ENGINE_TITLES[engine] ?? engine;
  return version ? `${title} ${version}` : title;
}

export function compareVersions(one: string, other: string): number {
  const [left, right] = [numbers(one), numbers(other)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function isForward(engine: string, version: string, offer: CacheEngineVersion): boolean {
  if (offer.Engine === engine) return comparePrefix(offer.EngineVersion ?? "", version) > 0;
  return engine === "redis" && offer.Engine === "valkey";
}

/** Compares as far as the offer goes: ``8.0`` is no newer than ``8.0.1``, and no older. */
function comparePrefix(offered: string, version: string): number {
  const length = offered.split(".").length;
  return compareVersions(offered, version.split(".").slice(0, length).join("."));
}

function numbers(version: string): number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
