/** Whether a name can be a group's, told while it is typed. Whether it is free, only the API knows. */

const LENGTH_MAX = 255;

/** Of a parameter group; undefined where nothing speaks against it. Its case is not kept. */
export function parameterGroupNameRefusal(name: string): string | undefined {
  if (name === "") return "It needs a name.";
  if (!/^[A-Za-z0-9-]+$/.test(name)) return "Letters, digits and hyphens only.";
  if (!/^[A-Za-z]/.test(name)) return "It begins with a letter.";
  if (name.endsWith("-")) return "It does not end with a hyphen.";
  if (name.includes("--")) return "No two hyphens beside each other.";
  return lengthRefusal(name);
}

/** Of a subnet group. */
export function subnetGroupNameRefusal(name: string): string | undefined {
  if (name === "") return "It needs a name.";
  if (!/^[A-Za-z0-9-]+$/.test(name)) return "Letters, digits and hyphens only.";
  if (name.toLowerCase() === "default") return "The built-in group has this name.";
  return lengthRefusal(name);
}

function lengthRefusal(name: string): string | undefined {
  return name.length > LENGTH_MAX ? `${LENGTH_MAX} characters at most.` : undefined;
}
