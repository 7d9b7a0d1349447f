// An invitation: the secret is made here, the hub gets its hash, the link is for one person's eyes.
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { hex, randomBytes, sha256 } from '../bytes';
import { hubClock } from '../clock';
import { act, identity, outbox } from '../hub';
import { dateText, t } from '../i18n';
import { remember } from '../invitations';
import type { Member } from '../model';
import { qrOf, qrPath } from '../qr';
import { LIMIT } from '../wire';
import { Button } from '../ui/button';
import { ChooseOne } from '../ui/choice';
import { Dialog } from '../ui/dialog';
import { Group } from '../ui/field';
import { SendState } from './sendstate';

export const inviting = signal<Member | null>(null);
const close = (): void => void (inviting.value = null);

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford: 32 letters, so no remainder
const newSecret = (): string => Array.from(randomBytes(LIMIT.SECRET_CHARS), (byte) => ALPHABET[byte % 32]).join('');

interface Made { jti: string; secret: string; until: number; member: Member }

async function invite(member: Member, hours: number): Promise<Made> {
  const secret = newSecret();
  const until = Math.floor(hubClock.now()) + hours * 3_600_000 - 60_000;
  const hash = hex(await sha256(secret));
  const item = await act('device.invite', { agency: member.agency, member: member.id, hash, until });
  return { jti: item.jti, secret, until, member };
}

function Qr({ text }: { text: string }) {
  const rows = qrOf(text);
  if (!rows) return null;
  const size = rows.length + 8;
  return (
    <svg class="qr" viewBox={`-4 -4 ${size} ${size}`} role="img" aria-label={t('invite.qr')}>
      <rect x={-4} y={-4} width={size} height={size} fill="#fff" />
      <path d={qrPath(rows)} fill="#000" />
    </svg>
  );
}

function Link({ made }: { made: Made }) {
  const item = outbox.items.value.find((one) => one.jti === made.jti);
  const link = `${location.origin}/#enrol=${made.secret}.${identity.value?.hub ?? ''}`;
  const [copied, setCopied] = useState(false);
  const { agency, id } = made.member;
  useEffect(() => {
    if (item?.state === 'stored') remember({ agency, member: id, until: made.until, after: (item.seq ?? 1) - 1 }, hubClock.now());
  }, [item?.state]);
  const copy = () => void navigator.clipboard.writeText(link).then(() => setCopied(true));
  return (
    <div class="stack">
      {item && <p role="status"><SendState item={item} />{item.text && <span class="fault"> {item.text}</span>}</p>}
      {item?.state === 'stored' && (
        <>
          <p>{t('invite.give', { until: dateText(made.until) })}</p>
          <Qr text={link} />
          <p class="link"><code data-link>{link}</code></p>
          <p class="hint">{t('invite.phone')} <code>{made.secret.match(/.{1,5}/g)?.join(' ')}</code></p>
        </>
      )}
      <div class="actions end">
        {item?.state === 'stored' && <Button onClick={copy}>{copied ? t('invite.copied') : t('invite.copy')}</Button>}
        <Button look="primary" onClick={close}>{t('close')}</Button>
      </div>
    </div>
  );
}

function Ask({ member }: { member: Member }) {
  const [hours, setHours] = useState('24');
  const [made, setMade] = useState<Made | null>(null);
  if (made) return <Link made={made} />;
  return (
    <div class="stack">
      <p>{t('invite.about')}</p>
      <Group label={t('invite.hours')}>
        <ChooseOne name="invite" value={hours} onPick={setHours} options={['1', '24', '72', '168'].map((n) => ({ value: n, label: t('duty.n_hours', { n }) }))} />
      </Group>
      <div class="actions end">
        <Button onClick={close}>{t('cancel')}</Button>
        <Button look="primary" big onClick={() => void invite(member, Number(hours)).then(setMade)}>{t('invite.make')}</Button>
      </div>
    </div>
  );
}

export function InviteDialog() {
  const member = inviting.value;
  if (!member) return null;
  return (
    <Dialog title={t('invite.for', { who: member.name })} closeLabel={t('close')} onClose={close}>
      <Ask key={member.id} member={member} />
    </Dialog>
  );
}
