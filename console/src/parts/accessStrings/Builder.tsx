/** Makes an access string from a few choices, for who does not know the rules yet. */

import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { builtAccessString, type Choices, FIRST_CHOICES, incomplete, prefixesOf } from "../../reckoning/accessBuilder";
import { CATEGORIES } from "../../words/categories";
import { CodeBlock } from "../CodeBlock";

interface PartProps {
  choices: Choices;
  onChoose: (chosen: Partial<Choices>) => void;
}

export function Builder({ onBuild }: { onBuild: (text: string) => void }) {
  const [choices, setChoices] = useState(FIRST_CHOICES);
  const part = { choices, onChoose: (chosen: Partial<Choices>) => setChoices({ ...choices, ...chosen }) };
  const built = builtAccessString(choices);
  return (
    <SpaceBetween size="m">
      <Checkbox checked={choices.isOn} onChange={({ detail }) => part.onChoose({ isOn: detail.checked })}>
        May sign in
      </Checkbox>
      <ColumnLayout columns={3} minColumnWidth={240}>
        <Keys {...part} />
        <Commands {...part} />
        <Channels {...part} />
      </ColumnLayout>
      {built === undefined ? <div>{incomplete(choices)}</div> : <CodeBlock text={built} label="the access string" />}
      <Button formAction="none" disabled={built === undefined} onClick={() => built !== undefined && onBuild(built)}>
        Use this access string
      </Button>
    </SpaceBetween>
  );
}

function Keys({ choices, onChoose }: PartProps) {
  return (
    <SpaceBetween size="s">
      <FormField label="Keys">
        <RadioGroup
          value={choices.keys}
          onChange={({ detail }) => onChoose({ keys: detail.value as Choices["keys"] })}
          items={[
            { value: "prefixes", label: "Those that begin with …" },
            { value: "all", label: "All" },
            { value: "none", label: "None" },
          ]}
        />
      </FormField>
      {choices.keys === "prefixes" && (
        <Prefixes
          label="Keys begin with"
          prefixes={choices.prefixes}
          onChange={(prefixes) => onChoose({ prefixes })}
          placeholder="app:"
        />
      )}
      {choices.keys !== "none" && (
        <FormField label="What may be done with them">
          <RadioGroup
            value={choices.keyAccess}
            onChange={({ detail }) => onChoose({ keyAccess: detail.value as Choices["keyAccess"] })}
            items={[
              { value: "read-write", label: "Read and write" },
              { value: "read", label: "Only read" },
              { value: "write", label: "Only write" },
            ]}
          />
        </FormField>
      )}
    </SpaceBetween>
  );
}

function Commands({ choices, onChoose }: PartProps) {
  return (
    <SpaceBetween size="s">
      <FormField label="Commands">
        <RadioGroup
          value={choices.commands}
          onChange={({ detail }) => onChoose({ commands: detail.value as Choices["commands"] })}
          items={[
            {
              value: "all-but-dangerous",
              label: "All but dangerous ones",
              description: "Not FLUSHALL, KEYS and others that can lose data or keep everybody waiting.",
            },
            { value: "all", label: "All", description: "But those that nobody may use here, as CONFIG." },
            { value: "categories", label: "Some categories" },
          ]}
        />
      </FormField>
      {choices.commands === "categories" && (
        <>
          <FormField label="Categories">
            <Multiselect
              selectedOptions={OPTIONS.filter(({ value }) => choices.categories.includes(value))}
              onChange={({ detail }) =>
                onChoose({ categories: detail.selectedOptions.map((option) => option.value ?? "") })
              }
              options={OPTIONS}
              filteringType="auto"
              placeholder="Choose categories"
              tokenLimit={6}
            />
          </FormField>
          <Checkbox
            checked={choices.greets}
            onChange={({ detail }) => onChoose({ greets: detail.checked })}
            description="As HELLO, PING, INFO and CLUSTER SLOTS. Without them many cannot connect."
          >
            Also what client libraries ask when they connect
          </Checkbox>
        </>
      )}
    </SpaceBetween>
  );
}

const OPTIONS = CATEGORIES.map(({ name, hint }) => ({ value: name, label: `@${name}`, description: hint }));

function Channels({ choices, onChoose }: PartProps) {
  return (
    <SpaceBetween size="s">
      <FormField label="Channels of publish and subscribe">
        <RadioGroup
          value={choices.channels}
          onChange={({ detail }) => onChoose({ channels: detail.value as Choices["channels"] })}
          items={[
            { value: "default", label: "As the engine has it", description: "None, from version 7 on." },
            { value: "all", label: "All" },
            { value: "prefixes", label: "Those that begin with …" },
          ]}
        />
      </FormField>
      {choices.channels === "prefixes" && (
        <Prefixes
          label="Channels begin with"
          prefixes={choices.channelPrefixes}
          onChange={(channelPrefixes) => onChoose({ channelPrefixes })}
          placeholder="news."
        />
      )}
    </SpaceBetween>
  );
}

interface PrefixesProps {
  label: string;
  prefixes: readonly string[];
  onChange: (prefixes: string[]) => void;
  placeholder: string;
}

function Prefixes({ label, prefixes, onChange, placeholder }: PrefixesProps) {
  const [text, setText] = useState(prefixes.join(", "));
  return (
    <FormField label={label} constraintText="Several are separated by commas.">
      <Input
        value={text}
        spellcheck={false}
        placeholder={placeholder}
        // Enter would send the form around, which a person does not mean who is still choosing.
        onKeyDown={(event) => event.detail.key === "Enter" && event.preventDefault()}
        onChange={({ detail }) => {
          setText(detail.value);
          onChange(prefixesOf(detail.value));
        }}
      />
    </FormField>
  );
}
