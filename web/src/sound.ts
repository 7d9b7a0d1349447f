// One short pattern for each severity, made here: no file to load when the link is bad.
import { signal } from '@preact/signals';
import type { Sev } from './wire';

export type Tone = Sev | 'down' | 'test';

/** [Hz, ms] after one another; 0 Hz is silence. */
const PATTERNS: Record<Tone, readonly (readonly [number, number])[]> = {
  extreme: [[880, 160], [0, 60], [880, 160], [0, 60], [1175, 320]],
  severe: [[784, 180], [0, 80], [988, 240]],
  moderate: [[659, 220]],
  minor: [[523, 140]],
  down: [[392, 260], [0, 60], [294, 420]],
  test: [[659, 160], [0, 60], [784, 220]],
};

export const soundOn = signal(false);
let context: AudioContext | null = null;

/** Browsers let a page sound only after a gesture: call it from one. */
export async function switchSoundOn(): Promise<boolean> {
  context ??= new AudioContext();
  await context.resume().catch(() => undefined);
  soundOn.value = context.state === 'running';
  if (soundOn.value) play('test');
  return soundOn.value;
}

export function play(tone: Tone): void {
  if (!context || !soundOn.value) return;
  let at = context.currentTime + 0.02;
  for (const [hertz, ms] of PATTERNS[tone]) {
    if (hertz > 0) beep(context, hertz, at, ms / 1000);
    at += ms / 1000;
  }
  if (tone === 'extreme' || tone === 'severe') navigator.vibrate?.([200, 100, 200]);
}

function beep(to: AudioContext, hertz: number, at: number, seconds: number): void {
  const tone = to.createOscillator();
  const gain = to.createGain();
  tone.frequency.value = hertz;
  tone.type = 'triangle';
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.35, at + 0.01);
  gain.gain.setValueAtTime(0.35, at + seconds - 0.02);
  gain.gain.linearRampToValueAtTime(0, at + seconds);
  tone.connect(gain).connect(to.destination);
  tone.start(at);
  tone.stop(at + seconds);
}
