// A policy as lines that an admin can read and write:
//   ack extreme 60 duty | 0 agency; 60 chief owner; 180 superior | 120
// what, severity, within s, who is told at once | after s: whom; ... | repeat s
import type { PolicyRow, Step } from './model';
import { SEVS, WHATS } from './wire';

const TARGET = /^(duty|agency|chief|owner|superior|agency:[a-z0-9][a-z0-9._:-]{0,63}|member:[a-z0-9][a-z0-9._:-]{0,63}\/[a-z0-9][a-z0-9._:-]{0,63})$/;
const ROWS_MAX = 32;
const STEPS_MAX = 8;

const words = (text: string): string[] => text.trim().split(/\s+/).filter(Boolean);
const number = (text: string | undefined): number => (text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : NaN);
const targets = (list: string[]): boolean => list.every((one) => TARGET.test(one));

export const writeRows = (rows: readonly PolicyRow[]): string =>
  rows
    .map((row) => {
      const steps = row.steps.map((step) => [step.after, ...step.tell].join(' ')).join('; ');
      return `${row.what} ${row.sev} ${row.within} ${row.open.join(' ')} | ${steps} | ${row.repeat}`;
    })
    .join('\n');

function readStep(text: string): Step | null {
  const [after, ...tell] = words(text);
  const step = { after: number(after), tell };
  return Number.isNaN(step.after) || !targets(tell) ? null : step;
}

function readRow(line: string): PolicyRow | null {
  const [head = '', middle = '', end = '', more] = line.split('|');
  const [what, sev, within, ...open] = words(head);
  const steps = middle.split(';').filter((part) => part.trim()).map(readStep);
  const row = { what, sev, within: number(within), open, steps, repeat: number(end.trim()) };
  const isWell =
    more === undefined && WHATS.includes(what as never) && SEVS.includes(sev as never) && row.within > 0 && targets(open) &&
    row.repeat >= 1 && steps.length >= 1 && steps.length <= STEPS_MAX && steps.every(Boolean) &&
    steps.every((step, i) => i === 0 || step!.after >= steps[i - 1]!.after);
  return isWell ? (row as PolicyRow) : null;
}

/** Nothing when a line is not well formed, or two lines say the same. */
export function readRows(text: string): PolicyRow[] | null {
  const rows = text.split('\n').filter((line) => line.trim()).map(readRow);
  const names = new Set(rows.map((row) => `${row?.what} ${row?.sev}`));
  const isWell = rows.length >= 1 && rows.length <= ROWS_MAX && rows.every(Boolean) && names.size === rows.length;
  return isWell ? (rows as PolicyRow[]) : null;
}
