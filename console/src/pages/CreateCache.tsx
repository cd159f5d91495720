/** The wizard that makes a cache: engine, settings, advanced settings, review; and then the page of what was made. */

import WizardFrame, { type WizardProps } from "@cloudscape-design/components/wizard";
import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router-dom";
import { pathOf } from "../caches";
import { useCreateCache } from "../changes/useCreateCache";
import { LeaveDialog } from "../parts/LeaveDialog";
import { Page } from "../parts/Page";
import { useLeaveGuard } from "../parts/useLeaveGuard";
import { paths } from "../paths";
import type { EngineName } from "../reckoning/newCache";
import { inputOf } from "../reckoning/newCacheInput";
import type { Problem, StepId } from "../reckoning/newCacheProblems";
import { AdvancedStep } from "./create/AdvancedStep";
import { EngineStep } from "./create/EngineStep";
import { ReviewStep, STEP_TITLES } from "./create/ReviewStep";
import { SettingsStep } from "./create/SettingsStep";
import { useNewCache, type Wizard } from "./create/useNewCache";

export default function CreateCache() {
  const [parameters] = useSearchParams();
  const navigate = useNavigate();
  const wizard = useNewCache(engineNamed(parameters.get("engine")));
  const creation = useCreateCache();
  const guard = useLeaveGuard(wizard.isChanged && !creation.isPending);
  const [active, setActive] = useState<StepId>("engine");
  const [blocked, setBlocked] = useState(0);
  const place = useRef<HTMLDivElement>(null);
  useFocusOnProblem(place, blocked);

  const steps = stepsOf(wizard);
  const goTo = (index: number) => {
    creation.reset(); // a refusal is of what was sent, and is read once more only when it is sent once more
    const problem = wizard.attempt(index > steps.indexOf(active) ? steps.slice(0, index) : []);
    if (problem !== undefined) holdBack(problem);
    else setActive(steps[index] ?? "engine");
  };
  const holdBack = (problem: Problem) => {
    setActive(problem.step);
    setBlocked((count) => count + 1);
  };
  const submit = async () => {
    const problem = wizard.attempt(steps); // what was chosen may have gone meanwhile, as a user group
    if (problem !== undefined) return holdBack(problem);
    if ((await creation.change(inputOf(wizard.cache))) !== undefined) navigate(pathOf(wizard.cache));
  };
  const contents: Record<StepId, ReactNode> = {
    engine: <EngineStep wizard={wizard} />,
    settings: <SettingsStep wizard={wizard} />,
    advanced: <AdvancedStep wizard={wizard} />,
    review: (
      <ReviewStep
        wizard={wizard}
        refusal={creation.refusal}
        goTo={(step) => goTo(steps.indexOf(step))}
        onRetry={() => void submit()}
      />
    ),
  };
  return (
    <Page title="Create a cache" above={[{ text: "Caches", path: paths.caches() }]} contentType="wizard">
      <div ref={place}>
        <WizardFrame
          steps={steps.map((step) => ({
            title: STEP_TITLES[step],
            content: contents[step],
            errorText: whyBlocked(wizard, step),
          }))}
          activeStepIndex={steps.indexOf(active)}
          onNavigate={({ detail }) => goTo(detail.requestedStepIndex)}
          onSubmit={() => void submit()}
          onCancel={() => guard.leaveTo(paths.caches())}
          submitButtonText="Create"
          isLoadingNextStep={creation.isPending || wizard.choices.versions.isWaiting}
        />
      </div>
      <LeaveDialog guard={guard}>What you have chosen here is kept nowhere, and no cache has been made.</LeaveDialog>
    </Page>
  );
}

/** Easy creation has no advanced settings: a preset says them. */
function stepsOf({ cache }: Wizard): StepId[] {
  return cache.method === "easy" ? ["engine", "settings", "review"] : ["engine", "settings", "advanced", "review"];
}

/** Everything that is wrong in a step, beside its buttons; undefined where a person may go on. */
function whyBlocked({ blocking }: Wizard, step: StepId): WizardProps.Step["errorText"] {
  const here = blocking(step);
  return here.length === 0 ? undefined : here.map(({ sentence }) => sentence).join(" ");
}

/** Whoever is held back is led to the first field that needs them. */
function useFocusOnProblem(place: RefObject<HTMLDivElement | null>, blocked: number): void {
  useEffect(() => {
    if (blocked === 0) return;
    const field = place.current?.querySelector<HTMLElement>('input[aria-invalid="true"], button[aria-invalid="true"]');
    field?.focus();
  }, [place, blocked]);
}

function engineNamed(text: string | null): EngineName | undefined {
  return text === "valkey" || text === "redis" || text === "memcached" ? text : undefined;
}
