import { useState } from 'preact/hooks';
import { identity } from '../hub';
import { t } from '../i18n';
import type { Device } from '../model';
import { REVOKE_REASONS } from '../wire';
import { Button } from '../ui/button';
import { ChooseOne } from '../ui/choice';
import { Group } from '../ui/field';
import { wordOptions } from './options';

interface Props { devices: readonly Device[]; onRevoke?: (kid: string, reason: string) => void }

function Revoke({ onRevoke, onCancel }: { onRevoke: (reason: string) => void; onCancel: () => void }) {
  const [reason, setReason] = useState('lost');
  return (
    <div class="stack">
      <Group label={t('claim.reason')}>
        <ChooseOne name="revoke" value={reason} options={wordOptions('revoke', REVOKE_REASONS)} onPick={setReason} />
      </Group>
      <p class="hint">{t('devices.revoke_hint')}</p>
      <div class="actions">
        <Button look="danger" onClick={() => onRevoke(reason)}>{t('devices.revoke_now')}</Button>
        <Button onClick={onCancel}>{t('cancel')}</Button>
      </div>
    </div>
  );
}

export function Devices({ devices, onRevoke }: Props) {
  const [open, setOpen] = useState('');
  if (devices.length === 0) return <p class="hint">{t('devices.none')}</p>;
  return (
    <ul class="plain">
      {devices.map((device) => (
        <li key={device.kid} class="device">
          <p>
            <code>{device.kid.slice(0, 12)}</code>{' '}
            {device.kid === identity.value?.kid && <span class="tag">{t('devices.this')}</span>}{' '}
            {device.until === undefined ? t('devices.from', { seq: device.from }) : t('devices.revoked', { seq: device.until })}
          </p>
          {onRevoke && device.until === undefined && open !== device.kid && <Button look="quiet" onClick={() => setOpen(device.kid)}>{t('devices.revoke')}</Button>}
          {onRevoke && open === device.kid && (
            <Revoke onCancel={() => setOpen('')} onRevoke={(reason) => {
              onRevoke(device.kid, reason);
              setOpen('');
            }} />
          )}
        </li>
      ))}
    </ul>
  );
}
