import { t } from '../i18n';
import type { Sev as Severity } from '../wire';

// A word, a shape and a colour: no one of them alone.
const SHAPES: Record<Severity, string> = {
  extreme: 'M8 1l7 7-7 7-7-7z',
  severe: 'M8 2l7 12H1z',
  moderate: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z',
  minor: 'M3 3h10v10H3z',
};

export function Sev({ sev }: { sev: Severity }) {
  return (
    <span class={`sev ${sev}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d={SHAPES[sev]} /></svg>
      {t(`sev.${sev}`)}
    </span>
  );
}
