import { second } from '../clock';
import { left } from '../countdown';
import { t, whenText } from '../i18n';

/** What is left until `at`, by the hub's clock; late ones count up. */
export function Countdown({ at }: { at: number }) {
  const now = second.value * 1000;
  const l = left(at, now, { hour: t('unit.h'), day: t('unit.d'), minute: t('unit.m') });
  const look = l.late ? 'clock late' : l.near ? 'clock near' : 'clock';
  return (
    <time class={look} dateTime={new Date(at).toISOString()} title={whenText(at, now)}>
      {l.late && <span class="clock-word">{t('clock.late')} </span>}
      {l.text}
    </time>
  );
}
