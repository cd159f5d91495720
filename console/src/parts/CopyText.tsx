/** Text with a button that copies it. */

import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

export function CopyText({ text, label }: { text: string; label: string }) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      copyButtonAriaLabel={`Copy ${label}`}
      copySuccessText="Copied"
      copyErrorText="The browser does not let this page copy"
    />
  );
}
