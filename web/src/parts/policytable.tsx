// A time policy at a glance: what is owed within which time, by severity; all of it below.
import { t } from '../i18n';
import type { PolicyRow } from '../model';
import { writeRows } from '../policytext';
import { SEVS, WHATS } from '../wire';

const UNITS = [[86_400, 'unit.d'], [3600, 'unit.h'], [60, 'unit.m'], [1, 'unit.s']] as const;

/** 90 s is 90 dtk, 300 s is 5 m: in the largest unit that has no rest. */
function span(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds >= size && seconds % size === 0) ?? UNITS[3];
  return `${seconds / size} ${t(unit)}`;
}

export function PolicyTable({ rows }: { rows: readonly PolicyRow[] }) {
  const sevs = [...SEVS].reverse();
  const within = (what: string, sev: string) => rows.find((row) => row.what === what && row.sev === sev)?.within;
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label={t('policy.within')}>
        <table>
          <caption>{t('policy.within')}</caption>
          <thead>
            <tr><th scope="col">{t('claim.what')}</th>{sevs.map((sev) => <th key={sev} scope="col" class={`sev-word ${sev}`}>{t(`sev.${sev}`)}</th>)}</tr>
          </thead>
          <tbody>
            {WHATS.filter((what) => rows.some((row) => row.what === what)).map((what) => (
              <tr key={what}>
                <th scope="row">{t(`what.${what}`)}</th>
                {sevs.map((sev) => <td key={sev}>{within(what, sev) === undefined ? '–' : span(within(what, sev)!)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <details>
        <summary>{t('policy.all')}</summary>
        <p class="hint pre code">{writeRows(rows)}</p>
      </details>
    </>
  );
}
