import { expect, test } from 'vitest';
import { hex, sha256 } from './bytes';
import { qrOf } from './qr';

// Each of these was read back by zbar 0.23; the digest holds the code to that.
const text = `https://posko.kpu-bitung.example/#enrol=0123456789ABCDEFGHJKMNPQRS.${'x_-Y'.repeat(80)}`;
const digest = async (rows: boolean[][]) =>
  hex(await sha256(rows.map((row) => row.map(Number).join('')).join('\n'))).slice(0, 16);

test.each([[20, 25, '4d2e1b1064b31d14'], [110, 41, 'a334b70f7dda21b5'], [200, 53, 'fca709c523b47ce6'], [260, 57, 'b1eb61b0521ebcb1']])(
  '%i characters make %i modules a side',
  async (length, side, wanted) => {
    const rows = qrOf(text.slice(0, length))!;
    expect(rows).toHaveLength(side);
    expect(await digest(rows)).toBe(wanted);
  },
);

test('what does not fit is nothing', () => {
  expect(qrOf(text.slice(0, 271))).not.toBeNull();
  expect(qrOf(text.slice(0, 272))).toBeNull();
});
