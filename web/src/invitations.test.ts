import { expect, test } from 'vitest';
import { pendingOf, type Invited } from './invitations';
import type { Device } from './model';

const one: Invited = { agency: 'polres', member: 'budi', until: 1000, after: 50 };
const device = (from: number): Device => ({ kid: `k${from}`, jwk: { kty: 'OKP', crv: 'Ed25519', x: '' }, agency: 'polres', member: 'budi', from });
const pending = (devices: Device[], now: number) => pendingOf([one], 'polres', 'budi', devices, now).length;

test('an invitation is pending until a device came with it, or its time is over', () => {
  expect(pending([], 10)).toBe(1);
  expect(pending([device(20)], 10)).toBe(1);
  expect(pending([device(51)], 10)).toBe(0);
  expect(pending([], 1000)).toBe(0);
  expect(pendingOf([one], 'polres', 'sari', [], 10)).toEqual([]);
});
