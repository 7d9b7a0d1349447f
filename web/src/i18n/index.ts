// Words. Indonesian is the source and comes with the page; English comes when it is asked for.
import { computed, effect, signal } from '@preact/signals';
import { lang } from '../settings';
import { id, type Catalogue, type Key } from './id';

export type { Key };

const english = signal<Catalogue | null>(null);
export async function fetchEnglish(): Promise<void> {
  english.value ??= (await import('./en')).en;
}
effect(() => {
  if (lang.value === 'en') void fetchEnglish().catch(() => undefined); // tried again once the line is good
});

const words = computed<Catalogue>(() => (lang.value === 'en' && english.value) || id);

export function t(key: Key, with_?: Record<string, string | number>): string {
  const text = words.value[key];
  return with_ ? text.replace(/\{(\w+)\}/g, (all, name: string) => String(with_[name] ?? all)) : text;
}

/** The word of a value from the wire, or the value itself where a newer hub has more. */
export function word(group: string, value: string): string {
  const text = (words.value as Record<string, string>)[`${group}.${value}`];
  return text ?? value;
}

const locale = computed(() => (lang.value === 'en' ? 'en-GB' : 'id-ID'));
const ZONE = 'Asia/Makassar';
const formats = new Map<string, Intl.DateTimeFormat>();

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale.value} ${name}`;
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale.value, { ...options, timeZone: ZONE, hourCycle: 'h23' })));
  return made;
}

/** 14:05:09 WITA */
export const clockText = (ms: number): string =>
  `${format('clock', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(ms).replace(/\./g, ':')} WITA`;
/** 14:05 WITA */
export const timeText = (ms: number): string =>
  `${format('time', { hour: '2-digit', minute: '2-digit' }).format(ms).replace(/\./g, ':')} WITA`;
/** 22 Nov 2026, 14:05 WITA */
export const dateText = (ms: number): string =>
  `${format('date', { day: 'numeric', month: 'short', year: 'numeric' }).format(ms)} ${timeText(ms)}`;
/** Today's by its time, others with their day. */
export const whenText = (ms: number, now: number): string => (isSameDay(ms, now) ? timeText(ms) : dateText(ms));

export function isSameDay(a: number, b: number): boolean {
  const day = format('day', { day: 'numeric', month: 'numeric', year: 'numeric' });
  return day.format(a) === day.format(b);
}
