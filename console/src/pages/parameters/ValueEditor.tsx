/** Where one parameter's value is typed or chosen, with what is wrong with it beside it. */

import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import type { Parameter } from "../../reckoning/parameters";
import { choicesOf, valueRefusal } from "../../reckoning/parameterValues";

interface Props {
  parameter: Parameter;
  value: string;
  onChange: (value: string) => void;
}

export function ValueEditor({ parameter, value, onChange }: Props) {
  const choices = choicesOf(parameter);
  const label = `Value of ${parameter.name}`;
  const isChanged = value !== parameter.value;
  return (
    <FormField
      errorText={isChanged ? valueRefusal(parameter, value) : undefined}
      constraintText={isChanged ? `Was ${parameter.value === "" ? "empty" : parameter.value}.` : undefined}
      stretch
    >
      {choices === undefined ? (
        <Input
          value={value}
          onChange={({ detail }) => onChange(detail.value)}
          inputMode={parameter.dataType === "integer" ? "numeric" : parameter.dataType === "float" ? "decimal" : "text"}
          ariaLabel={label}
          spellcheck={false}
          autoComplete={false}
        />
      ) : (
        <Select
          selectedOption={{ value, label: value }}
          options={choices.map((choice) => ({ value: choice, label: choice }))}
          onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
          ariaLabel={label}
          expandToViewport
        />
      )}
    </FormField>
  );
}
