// Which invitations this device made that nobody has used yet. The hub tells nobody of them again,
// so the admin's own device remembers: whom for and until when, never the secret.
import { signal } from '@preact/signals';
import type { Device } from './model';

export interface Invited { agency: string; member: string; until: number; after: number } // after: the ledger's head then

const NAME = 'posko.invited';

function read(): Invited[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(NAME) ?? '[]');
    return Array.isArray(kept) ? (kept as Invited[]) : [];
  } catch {
    return [];
  }
}

export const invited = signal<readonly Invited[]>(read());

export function remember(one: Invited, now: number): void {
  invited.value = [...invited.value.filter((old) => old.until > now), one];
  try {
    localStorage.setItem(NAME, JSON.stringify(invited.value));
  } catch {
    // it is remembered as long as this page
  }
}

/** Used is what a later device of this member came with. */
export const pendingOf = (all: readonly Invited[], agency: string, member: string, devices: readonly Device[], now: number): Invited[] =>
  all.filter((one) => one.agency === agency && one.member === member && one.until > now && !devices.some((d) => d.from > one.after));
