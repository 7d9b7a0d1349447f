// The alarm at work: one tab rings, however many are open; the others stay still.
import { effect, signal } from '@preact/signals';
import { Alarm, duesOf } from './alarm';
import { hubClock, second } from './clock';
import { downSince, me, status, store } from './hub';
import { t } from './i18n';
import { linkOf, refOf } from './names';
import { go } from './route';
import { play, switchSoundOn } from './sound';
import { whenLeader } from './tabs';
import { SEVS } from './wire';

export const ringing = signal(false); // this is the tab that rings
const DOWN_TONE_MS = 30_000;
const alarm = new Alarm();
let worker: ServiceWorkerRegistration | null = null;
let toldDown: number | null = null;

interface Policies { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } }

/** Trusted Types: one policy, named in the header, for this one address. */
function workerUrl(): string {
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
  const policy = policies?.createPolicy('hub-sw', { createScriptURL: (url) => url });
  return policy ? policy.createScriptURL('/sw.js') : '/sw.js';
}

export async function startWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  worker = await navigator.serviceWorker.register(workerUrl()).catch(() => null);
  navigator.serviceWorker.addEventListener('message', (e: MessageEvent<{ go?: string }>) => e.data.go && go(e.data.go));
}

/** From a gesture: sound, and leave to notify. */
export async function startAlarm(): Promise<void> {
  await switchSoundOn();
  if (!ringing.value) whenLeader('posko.alarm', () => (ringing.value = true)); // whatever becomes of the question
  if ('Notification' in globalThis && Notification.permission === 'default') await Notification.requestPermission().catch(() => undefined);
}

function notify(dues: ReturnType<typeof duesOf>): void {
  if (!worker || !('Notification' in globalThis) || Notification.permission !== 'granted') return;
  for (const { ticket, owed } of dues.slice(0, 5)) {
    void worker.showNotification(`${t(`sev.${ticket.sev}`)} · #${refOf(ticket)} ${ticket.title}`, {
      body: t(`what.${owed.what}`), tag: ticket.id, data: linkOf(ticket), requireInteraction: ticket.sev === 'extreme', icon: '/icon.svg',
    });
  }
}

/** Rings what is due; the title and the badge count it in every tab. */
export function startAlarming(): void {
  effect(() => {
    void second.value;
    const who = me.value;
    if (!who || !store.live.value) return;
    const dues = duesOf(store.tables.ticket.list(), who.agency);
    count(dues.length);
    if (!ringing.value) return;
    const { ring, notify: news } = alarm.step(dues, who, hubClock.now());
    const worst = ring.reduce((most, sev) => Math.max(most, SEVS.indexOf(sev)), -1);
    if (worst >= 0) play(SEVS[worst]!);
    if (news.length > 0) notify(news);
  });
  effect(() => {
    const since = downSince.value;
    const isDead = since !== null && status.value.phase !== 'stopped' && second.value * 1000 - since >= DOWN_TONE_MS;
    if (isDead && toldDown !== since && ringing.value) play('down');
    toldDown = isDead ? since : null;
  });
}

export const openCount = signal(0);

function count(n: number): void {
  if (openCount.value === n) return;
  openCount.value = n;
  if ('setAppBadge' in navigator) void (n > 0 ? navigator.setAppBadge(n) : navigator.clearAppBadge()).catch(() => undefined);
}
