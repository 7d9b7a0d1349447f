// What a field may choose from, out of the directory.
import { identity, store } from '../hub';
import { t, word } from '../i18n';
import { byName, refOf, wordOf } from '../names';
import type { Agency, Category, Place, Ticket } from '../model';
import type { Option } from '../ui/choice';

const option = (value: string, label: string): Option => ({ value, label });

export const activeAgencies = (): Agency[] => store.tables.agency.list().filter((a) => a.active).sort(byName);
export const agencyOptions = (without = ''): Option[] =>
  activeAgencies().filter((a) => a.id !== without).map((a) => option(a.id, a.name));

export const activeCategories = (): Category[] => store.tables.category.list().filter((c) => c.active);
export const categoryOptions = (): Option[] =>
  activeCategories().map((c) => option(c.cat, wordOf(c))).sort((a, b) => a.label.localeCompare(b.label));

export const activePlaces = (): Place[] => store.tables.place.list().filter((p) => p.active);
export const placeOptions = (): Option[] =>
  activePlaces().sort(byName).map((p) => option(p.place, `${p.name} (${t(`place_kind.${p.kind}`)})`));

export const ticketOptions = (tickets: readonly Ticket[]): Option[] =>
  tickets.map((ticket) => option(ticket.id, `#${refOf(ticket)} ${ticket.title}`));

export const wordOptions = (group: string, words: readonly string[]): Option[] =>
  words.map((one) => option(one, word(group, one)));

export const myAgency = (): string => identity.value?.agency ?? '';
