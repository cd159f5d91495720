/** A part of a whole as a thin bar. It says nothing that does not stand beside it as a number. */

import styles from "./Bar.module.css";

export function Bar({ percent }: { percent: number }) {
  return (
    <span className={styles.bar} aria-hidden="true">
      <span className={styles.part} style={{ inlineSize: `${Math.min(100, percent)}%` }} />
    </span>
  );
}
