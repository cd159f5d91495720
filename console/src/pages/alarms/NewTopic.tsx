/** Makes a topic, and says who is told what it is told. */

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { type NewTopic as Asked, useCreateTopic } from "../../changes/useCreateTopic";
import { RefusalAlert } from "../../parts/RefusalAlert";

const NAME = /^[A-Za-z0-9_-]{1,256}$/;
const FILE = /^[A-Za-z0-9_.-]{1,100}$/;

type Subscriber = "endpoint" | "file" | "log" | "nobody";

const SUBSCRIBERS: readonly { value: Subscriber; label: string; description: string }[] = [
  { value: "endpoint", label: "An HTTP endpoint", description: "It is asked first whether it wants the messages." },
  {
    value: "file",
    label: "A file",
    description: "In the data directory, a line for each message. Only Elastane has it.",
  },
  { value: "log", label: "The control plane's log", description: "Only Elastane has it." },
  { value: "nobody", label: "Nobody yet", description: "Subscribe somebody later, with aws sns subscribe." },
];

interface Props {
  onDismiss: () => void;
  onMade: (arn: string) => void;
}

export function NewTopic({ onDismiss, onMade }: Props) {
  const { change, isPending, refusal } = useCreateTopic();
  const [name, setName] = useState("cache-alarms");
  const [subscriber, setSubscriber] = useState<Subscriber>("endpoint");
  const [address, setAddress] = useState("");
  const [file, setFile] = useState("alarms.jsonl");
  const isAddress = /^https?:\/\/[^\s]+$/.test(address);
  const isGood =
    NAME.test(name) && (subscriber !== "endpoint" || isAddress) && (subscriber !== "file" || FILE.test(file));
  const submit = async () => {
    if (!isGood || isPending) return;
    const arn = await change({ name, subscription: subscriptionOf(subscriber, address, file) });
    if (arn !== undefined) onMade(arn);
  };
  return (
    <Modal
      visible
      header="Create topic"
      onDismiss={onDismiss}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" onClick={onDismiss}>
              Cancel
            </Button>
            <Button variant="primary" formAction="none" disabled={!isGood} loading={isPending} onClick={submit}>
              Create
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <FormField
          label="Name"
          constraintText="If there is a topic of this name, it is taken."
          errorText={NAME.test(name) ? undefined : "Letters, digits and - _, up to 256 of them."}
        >
          <Input value={name} onChange={({ detail }) => setName(detail.value)} spellcheck={false} />
        </FormField>
        <FormField label="Who is told">
          <RadioGroup
            value={subscriber}
            onChange={({ detail }) => setSubscriber(detail.value as Subscriber)}
            items={SUBSCRIBERS}
          />
        </FormField>
        {subscriber === "endpoint" && (
          <FormField
            label="Address"
            errorText={address === "" || isAddress ? undefined : "It begins with http:// or https://."}
          >
            <Input
              value={address}
              onChange={({ detail }) => setAddress(detail.value)}
              placeholder="https://alerts.example.com/elastane"
              inputMode="url"
              spellcheck={false}
            />
          </FormField>
        )}
        {subscriber === "file" && (
          <FormField
            label="File"
            description={`That is notifications/${file} in the data directory.`}
            errorText={FILE.test(file) ? undefined : "A plain name: letters, digits and . - _."}
          >
            <Input value={file} onChange={({ detail }) => setFile(detail.value)} spellcheck={false} />
          </FormField>
        )}
        <RefusalAlert refusal={refusal} />
      </SpaceBetween>
    </Modal>
  );
}

function subscriptionOf(subscriber: Subscriber, address: string, file: string): Asked["subscription"] {
  if (subscriber === "nobody") return undefined;
  if (subscriber === "file") return { protocol: "file", endpoint: file };
  if (subscriber === "log") return { protocol: "log", endpoint: "-" };
  return { protocol: address.startsWith("https:") ? "https" : "http", endpoint: address };
}
