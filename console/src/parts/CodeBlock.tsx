/** Text to be copied as a whole: a snippet, a command. */

import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import styles from "./CodeBlock.module.css";

export function CodeBlock({ text, label }: { text: string; label: string }) {
  return (
    <div className={styles.block}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard. */}
      <section className={styles.text} tabIndex={0} aria-label={label}>
        <pre>
          <Box variant="code">{text}</Box>
        </pre>
      </section>
      <CopyToClipboard
        variant="icon"
        textToCopy={text}
        copyButtonAriaLabel={`Copy ${label}`}
        copySuccessText="Copied"
        copyErrorText="The browser does not let this page copy"
      />
    </div>
  );
}
