import type { Due } from '../alarm';
import { second } from '../clock';
import { isAnnounced } from '../countdown';
import { t } from '../i18n';
import { refOf } from '../names';

/** Tells a screen reader of a clock at a minute and at ten seconds, and no oftener. */
export function Announcer({ dues }: { dues: readonly Due[] }) {
  const now = second.value;
  const due = dues.find((d) => isAnnounced(Math.ceil(d.owed.next / 1000) - now));
  const text = due && t('announce', {
    no: refOf(due.ticket), what: t(`what.${due.owed.what}`), n: Math.ceil(due.owed.next / 1000) - now,
  });
  return <p class="hidden" role="status">{text ?? ''}</p>;
}
