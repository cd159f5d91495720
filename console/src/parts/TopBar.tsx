/** The bar above every page: whose Elastane this is, which region, light or dark, and the way out. */

import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import TopNavigation from "@cloudscape-design/components/top-navigation";
import { useState } from "react";
import { type Appearance, appearance, changeAppearance } from "../appearance";
import icon from "../icon.svg";
import { href, paths } from "../paths";
import { useSession, useSignedIn } from "../SignedIn";
import { isRegion, REGIONS } from "../words/regions";
import { FormDialog } from "./FormDialog";
import { useFollow } from "./useFollow";

const OTHER = "other";
const APPEARANCES: readonly { id: Appearance; text: string }[] = [
  { id: "system", text: "As the system has it" },
  { id: "light", text: "Light" },
  { id: "dark", text: "Dark" },
];

export function TopBar() {
  const { signOut, changeRegion } = useSession();
  const { accessKeyId, region } = useSignedIn();
  const follow = useFollow();
  const [chosen, setChosen] = useState<Appearance>(appearance);
  const [isAsking, setIsAsking] = useState(false);
  const offered = (REGIONS as readonly string[]).includes(region) ? REGIONS : [region, ...REGIONS];
  return (
    <div id="top">
      <TopNavigation
        identity={{
          href: href(paths.dashboard()),
          title: "Elastane",
          logo: { src: icon, alt: "" },
          onFollow: follow,
        }}
        utilities={[
          {
            type: "menu-dropdown",
            text: region,
            ariaLabel: `Region: ${region}`,
            items: [...offered.map((name) => ({ id: name, text: name })), { id: OTHER, text: "Another region …" }],
            onItemClick: ({ detail }) => (detail.id === OTHER ? setIsAsking(true) : changeRegion(detail.id)),
          },
          {
            type: "menu-dropdown",
            iconName: "settings",
            ariaLabel: "Appearance",
            title: "Appearance",
            items: APPEARANCES.map((one) => ({
              id: one.id,
              itemType: "checkbox" as const,
              text: one.text,
              checked: one.id === chosen,
            })),
            onItemClick: ({ detail }) => {
              changeAppearance(detail.id as Appearance);
              setChosen(detail.id as Appearance);
            },
          },
          {
            type: "menu-dropdown",
            iconName: "user-profile",
            text: accessKeyId,
            ariaLabel: `Signed in with ${accessKeyId}`,
            items: [{ id: "sign-out", text: "Sign out" }],
            onItemClick: () => signOut(),
          },
        ]}
      />
      {isAsking && <OtherRegion onChoose={changeRegion} onDismiss={() => setIsAsking(false)} />}
    </div>
  );
}

function OtherRegion({ onChoose, onDismiss }: { onChoose: (region: string) => void; onDismiss: () => void }) {
  const [text, setText] = useState("");
  const isGood = isRegion(text);
  return (
    <FormDialog
      title="Another region"
      confirm="Go there"
      isConfirmable={isGood}
      onConfirm={async () => {
        onChoose(text);
        return text;
      }}
      onDismiss={onDismiss}
      changing={{ isPending: false, refusal: undefined }}
    >
      <FormField label="Region" errorText={text === "" || isGood ? undefined : "As AWS spells them: eu-central-1."}>
        <Input value={text} onChange={({ detail }) => setText(detail.value)} placeholder="eu-central-1" autoFocus />
      </FormField>
    </FormDialog>
  );
}
