// Names of what the directory holds, in the language of the page.
import type { Category, Place, Ticket } from './model';
import { lang } from './settings';
import { store } from './hub';
import { t } from './i18n';

export const agencyName = (id: string): string => (id === 'hub' ? t('hub') : store.tables.agency.get(id)?.name ?? id);

export function memberName(agency: string, id: string): string {
  if (agency === 'hub') return t('hub');
  return store.tables.member.get(`${agency}/${id}`)?.name ?? store.tables.source.get(`${agency}/${id}`)?.name ?? id;
}

export function categoryName(cat: string): string {
  const held = store.tables.category.get(cat);
  return held ? wordOf(held) : cat;
}
export const wordOf = (category: Category): string => (lang.value === 'en' ? category.en : category.id);

export const placeName = (id: string): string => store.tables.place.get(id)?.name ?? id;

/** The place and what it lies in, up to the city. */
export function placePath(id: string): string {
  const names: string[] = [];
  for (let at: Place | undefined = store.tables.place.get(id), i = 0; at && i < 5; i++) {
    if (at.kind !== 'kota' || names.length === 0) names.push(at.name);
    at = at.in ? store.tables.place.get(at.in) : undefined;
  }
  return names.join(', ') || id;
}

export function liesIn(place: string | undefined, within: string): boolean {
  for (let at = place, i = 0; at && i < 6; i++) {
    if (at === within) return true;
    at = store.tables.place.get(at)?.in;
  }
  return false;
}

/** Speakable and in the address: 42, or L7 in the exercise lane. */
export const refOf = (ticket: Ticket): string => (ticket.status === 'exercise' ? `L${ticket.no}` : String(ticket.no));
export const linkOf = (ticket: Ticket): string => `/insiden/${refOf(ticket)}`;
export const byName = (a: { name: string }, b: { name: string }): number => a.name.localeCompare(b.name, 'id');
