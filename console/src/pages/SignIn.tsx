/** The sign-in: an access key, as the AWS CLI has it, proved by asking the API who it belongs to. */

import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type SubmitEvent, useEffect, useState } from "react";
import { awsFor, deadline } from "../aws";
import { serverAheadMs } from "../clock";
import { RefusalAlert } from "../parts/RefusalAlert";
import { type Refusal, refusalOf } from "../refusals";
import { useSession } from "../SignedIn";
import { DEFAULT_REGION, isRegion } from "../words/regions";
import styles from "./SignIn.module.css";

export function SignIn() {
  const { signIn, ended } = useSession();
  const [accessKeyId, setAccessKeyId] = useState("");
  const [secretAccessKey, setSecretAccessKey] = useState("");
  const [region, setRegion] = useState(DEFAULT_REGION);
  const [isKept, setIsKept] = useState(true);
  const [isPending, setIsPending] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  useEffect(() => {
    document.title = "Sign in – Elastane";
  }, []);

  // What is pasted often has a space or a line's end about it, which no key and no region has.
  const typed = { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim(), region: region.trim() };
  const isComplete = typed.accessKeyId !== "" && typed.secretAccessKey !== "" && isRegion(typed.region);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!isComplete || isPending) return;
    setIsPending(true);
    setRefusal(undefined);
    try {
      const endpoint = window.location.origin;
      const clockAheadMs = await serverAheadMs(endpoint, deadline());
      const key = { ...typed, signedInAt: Date.now(), clockAheadMs };
      await awsFor(key, endpoint).sts.send(new GetCallerIdentityCommand({}), deadline());
      signIn(key, isKept);
    } catch (error) {
      setRefusal(refusalOf(error));
      setIsPending(false);
    }
  };

  return (
    <main className={styles.page}>
      <form onSubmit={submit}>
        <Form
          actions={
            <Button variant="primary" formAction="submit" loading={isPending} disabled={!isComplete}>
              Sign in
            </Button>
          }
        >
          <Container
            header={
              <Header variant="h1" description="With an access key, as the AWS CLI does.">
                Elastane
              </Header>
            }
          >
            <SpaceBetween size="m">
              {ended !== null && refusal === undefined && (
                <Alert type="info" header="You have been signed out">
                  {ended}
                </Alert>
              )}
              <FormField
                label="Access key ID"
                description={
                  <>
                    <Box variant="code">elastane env</Box> prints the root's on its machine;{" "}
                    <Box variant="code">elastane keys create</Box> makes others.
                  </>
                }
              >
                <Input
                  value={accessKeyId}
                  onChange={({ detail }) => setAccessKeyId(detail.value)}
                  name="username"
                  autoComplete="username"
                  spellcheck={false}
                  autoFocus
                />
              </FormField>
              <FormField label="Secret access key">
                <Input
                  value={secretAccessKey}
                  onChange={({ detail }) => setSecretAccessKey(detail.value)}
                  type="password"
                  name="password"
                  autoComplete="current-password"
                />
              </FormField>
              <FormField
                label="Region"
                errorText={isRegion(typed.region) ? undefined : "As AWS spells them: eu-central-1."}
              >
                <Input value={region} onChange={({ detail }) => setRegion(detail.value)} spellcheck={false} />
              </FormField>
              <Checkbox
                checked={isKept}
                onChange={({ detail }) => setIsKept(detail.checked)}
                description="In this tab's session storage. Otherwise it is forgotten as soon as the page is loaded anew."
              >
                Stay signed in until this tab is closed
              </Checkbox>
              <div role="alert">
                <RefusalAlert refusal={refusal} />
              </div>
            </SpaceBetween>
          </Container>
        </Form>
      </form>
    </main>
  );
}
