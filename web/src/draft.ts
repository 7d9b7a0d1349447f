// A report in the making: kept while the officer looks elsewhere, gone when it is signed.
import { effect, signal } from '@preact/signals';
import { store } from './hub';
import type { Category, Ticket } from './model';
import type { Sev } from './wire';

export interface Draft { cat: string; place: string; sev: Sev | ''; to: string[] | null; title: string; body: string; tlp: string; exercise: boolean }

const EMPTY: Draft = { cat: '', place: '', sev: '', to: null, title: '', body: '', tlp: 'amber', exercise: false };
const KEPT = 'posko.draft';

function kept(): Draft {
  try {
    return { ...EMPTY, ...(JSON.parse(sessionStorage.getItem(KEPT) ?? '{}') as Partial<Draft>) };
  } catch {
    return EMPTY;
  }
}

export const draft = signal<Draft>(kept());
effect(() => {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(draft.value));
  } catch {
    /* a private window: until the page is closed */
  }
});
export const setDraft = (change: Partial<Draft>): void => void (draft.value = { ...draft.value, ...change });
export const clearDraft = (): void => void (draft.value = { ...EMPTY, place: draft.value.place });

/** The agencies that a category addresses, mine apart: it leads. */
export const presetOf = (category: Category, mine: string): string[] =>
  store.tables.agency.list().filter((a) => a.active && a.id !== mine && category.kinds.includes(a.kind)).map((a) => a.id);

const USES = 'posko.uses';

function uses(): Record<string, number> {
  try {
    return JSON.parse(localStorage.getItem(USES) ?? '{}') as Record<string, number>;
  } catch {
    return {};
  }
}

export function countUse(cat: string): void {
  const held = uses();
  held[cat] = (held[cat] ?? 0) + 1;
  try {
    localStorage.setItem(USES, JSON.stringify(held));
  } catch {
    /* a private window */
  }
}

/** Most used first: on this device, then among the open tickets. */
export function byUse(categories: readonly Category[], tickets: readonly Ticket[]): Category[] {
  const mine = uses();
  const open = new Map<string, number>();
  for (const ticket of tickets) open.set(ticket.cat, (open.get(ticket.cat) ?? 0) + 1);
  const weight = (c: Category) => (mine[c.cat] ?? 0) * 10 + (open.get(c.cat) ?? 0);
  return [...categories].sort((a, b) => weight(b) - weight(a));
}
