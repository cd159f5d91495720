/** Who is signed in, for every page: the key, the clients that sign with it, and how it ends. */

import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { type Aws, awsFor } from "./aws";
import type { Refusal } from "./refusals";
import { type AccessKey, forgetKey, isExpired, keepKey, keptKey } from "./session";

const EXPIRY_LOOK_SECONDS = 15;

export interface SignedIn {
  accessKeyId: string;
  region: string;
  aws: Aws;
}

interface Session {
  /** Null while nobody is. */
  signedIn: SignedIn | null;
  /** Why somebody who was signed in no longer is. */
  ended: string | null;
  signIn: (key: AccessKey, isKept: boolean) => void;
  signOut: (reason?: string) => void;
  changeRegion: (region: string) => void;
}

const SessionContext = createContext<Session | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [key, setKey] = useState<AccessKey | null>(() => keptKey(sessionStorage, Date.now()));
  const [ended, setEnded] = useState<string | null>(null);
  const queries = useQueryClient();

  const signIn = useCallback((given: AccessKey, isKept: boolean) => {
    if (isKept) keepKey(sessionStorage, given);
    setEnded(null);
    setKey(given);
  }, []);
  const signOut = useCallback(
    (reason?: string) => {
      forgetKey(sessionStorage);
      setKey(null);
      setEnded(reason ?? null);
      queries.clear(); // what one key was shown is not the next one's to see
    },
    [queries],
  );
  const changeRegion = useCallback(
    (region: string) => {
      queries.clear();
      setKey((current) => {
        if (current === null) return null;
        const changed = { ...current, region };
        if (keptKey(sessionStorage, Date.now()) !== null) keepKey(sessionStorage, changed);
        return changed;
      });
    },
    [queries],
  );

  useEffect(() => {
    if (key === null) return;
    const look = () => {
      if (isExpired(key, Date.now())) signOut("This session is twelve hours old. Sign in anew to go on.");
    };
    const timer = setInterval(look, EXPIRY_LOOK_SECONDS * 1000);
    return () => clearInterval(timer);
  }, [key, signOut]);

  const signedIn = useMemo(
    () =>
      key === null
        ? null
        : { accessKeyId: key.accessKeyId, region: key.region, aws: awsFor(key, window.location.origin) },
    [key],
  );
  const session = useMemo(
    () => ({ signedIn, ended, signIn, signOut, changeRegion }),
    [signedIn, ended, signIn, signOut, changeRegion],
  );
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("there is no SessionProvider above");
  return session;
}

/** For pages, which are only shown to who is signed in. */
export function useSignedIn(): SignedIn {
  const { signedIn } = useSession();
  if (signedIn === null) throw new Error("nobody is signed in");
  return signedIn;
}

/** Ends the session where the API no longer knows the key; every question and change is told here when it fails. */
export function useEndWhereSignedOut(): (refusal: Refusal) => void {
  const { signOut } = useSession();
  return useCallback(
    (refusal) => {
      if (refusal.kind === "signed-out") signOut(`The API no longer accepts this access key: ${refusal.sentence}`);
    },
    [signOut],
  );
}
