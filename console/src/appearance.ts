/** Light or dark, as the person or their system has it; and how dense pages are. Kept in the browser: it is no secret. */

import { applyMode, Mode } from "@cloudscape-design/global-styles";

export type Appearance = "system" | "light" | "dark";

const KEPT = "elastane.appearance";
const systemIsDark = () => window.matchMedia("(prefers-color-scheme: dark)");

export function appearance(): Appearance {
  const kept = localStorage.getItem(KEPT);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function changeAppearance(chosen: Appearance): void {
  localStorage.setItem(KEPT, chosen);
  apply();
}

export function beginAppearance(): void {
  systemIsDark().addEventListener("change", apply);
  apply();
}

function apply(): void {
  const chosen = appearance();
  const isDark = chosen === "dark" || (chosen === "system" && systemIsDark().matches);
  applyMode(isDark ? Mode.Dark : Mode.Light);
  document.documentElement.style.colorScheme = isDark ? "dark" : "light";
}
