/** The fields of the wizard: each with its label, and with what is wrong about it in words. */

import Autosuggest from "@cloudscape-design/components/autosuggest";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import type { ReactNode } from "react";
import type { Answered } from "../../questions/useQuestion";
import { choosing } from "./useNewCache";

interface FieldProps {
  label: string;
  description?: ReactNode;
  constraint?: ReactNode;
  error?: string;
  warning?: ReactNode;
}

interface TextFieldProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  type?: InputProps.Type;
  inputMode?: InputProps.InputMode;
  placeholder?: string;
}

export function TextField({ value, onChange, type, inputMode, placeholder, ...field }: TextFieldProps) {
  return (
    <Field {...field}>
      <Input
        value={value}
        onChange={({ detail }) => onChange(detail.value)}
        type={type}
        inputMode={inputMode}
        placeholder={placeholder}
        spellcheck={false}
        autoComplete={type === "password" ? "new-password" : false}
      />
    </Field>
  );
}

interface ChoiceProps extends FieldProps {
  value: string;
  options: SelectProps.Options;
  onChange: (value: string) => void;
  /** Where the options come from the API. */
  answered?: Answered<unknown>;
  isFiltered?: boolean;
  empty?: ReactNode;
}

export function Choice({ value, options, onChange, answered, isFiltered, empty, ...field }: ChoiceProps) {
  const all = options.flatMap((option) => ("options" in option ? option.options : [option]));
  return (
    <Field {...field}>
      <Select
        selectedOption={all.find((option) => option.value === value) ?? (value === "" ? null : { value, label: value })}
        options={options}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
        filteringType={isFiltered ? "auto" : "none"}
        filteringAriaLabel={`Find in ${field.label}`}
        placeholder="Choose one"
        empty={empty}
        {...(answered !== undefined && choosing(answered))}
      />
    </Field>
  );
}

interface SuggestedProps extends FieldProps {
  value: string;
  suggestions: readonly string[];
  onChange: (value: string) => void;
  answered: Answered<unknown>;
  placeholder?: string;
}

/** A text that may be one of those there are, or another one. */
export function Suggested({ value, suggestions, onChange, answered, placeholder, ...field }: SuggestedProps) {
  return (
    <Field {...field}>
      <Autosuggest
        value={value}
        options={suggestions.map((text) => ({ value: text }))}
        onChange={({ detail }) => onChange(detail.value)}
        enteredTextLabel={(text) => `Use "${text}"`}
        placeholder={placeholder}
        empty="There is none yet"
        {...choosing(answered)}
      />
    </Field>
  );
}

export function Field({
  label,
  description,
  constraint,
  error,
  warning,
  children,
}: FieldProps & { children: ReactNode }) {
  return (
    <FormField
      label={label}
      description={description}
      constraintText={constraint}
      errorText={error}
      warningText={error === undefined ? warning : undefined}
    >
      {children}
    </FormField>
  );
}
