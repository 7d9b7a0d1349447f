import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { openDb } from './db';
import { jwkOf, makeKey, selfTest, signAuth } from './keys';
import { parseJws, signJws, thumbprint, uuid7, verifyJws } from './jws';
import type { Device } from './model';
import { checkRecord } from './verify';
import { KINDS, TYP } from './wire';

// The example of docs/protocol.md, made by another implementation.
const KID = '1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y';
const X = 'A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg';
const RECORD =
  'eyJhbGciOiAiRWREU0EiLCAidHlwIjogInBvc2tvLXJlY29yZCtqd3MiLCAia2lkIjogIjFJRzJ0TUg3SjJ3Ykpabk9mOExKelFpdEtmN0xNdm9BRWxzdURNVk01NFkifQ.' +
  'eyJ2IjoxLCJhdWQiOiJwb3Nrby5iaXR1bmcvbGVkZ2VyIiwiaXNzIjoia3B1IiwiYWN0Ijoic2FyaSIsImtpbmQiOiJpbmNpZGVudC5yZXBvcnQiLCJqdGkiOiIwMWEyYjNjNC1kNWU2LTdmODAtOWExYi0yYzNkNGU1ZjYwNzEiLCJpYXQiOjE3OTUzMDAwMDAxMjMsImNhdCI6InBoeXNpY2FsLmNyb3dkIiwic2V2IjoiZXh0cmVtZSIsInRpdGxlIjoiTWFzc2EgZGkgZGVwYW4gZ3VkYW5nIOKAlCBNYW5lbWJvLU5lbWJvIiwidG8iOlsicG9scmVzIiwicGVta290Il19.' +
  'lFKA_6WWA5xUuK9Fsa8mCj2pMgiIJQsOtjjgFeQ7ih9hSi6_M8ucQkDwnfGqo9mbYhvh7vmFsslkXcopaxhZCw';

const device = (more: Partial<Device> = {}): Device => ({ kid: KID, jwk: jwkOf(X), agency: 'kpu', member: 'sari', from: 5, ...more });
const check = (jws: string, seq: number, by: Device | undefined) => checkRecord(jws, seq, (kid) => (by?.kid === kid ? by : undefined), 'hub');

test('the thumbprint and the record of the protocol\'s example hold', async () => {
  expect(await thumbprint(jwkOf(X))).toBe(KID);
  expect(await verifyJws(parseJws(RECORD), jwkOf(X))).toBe(true);
  expect(await check(RECORD, 9, device())).toBe('ok');
});

test('one changed letter is a bad record', async () => {
  const [head, body, signature] = RECORD.split('.') as [string, string, string];
  const forged = body.replace('ImV4dHJlbWUi', 'Im1pbm9yIiAg');
  expect(await check([head, forged === body ? `${body.slice(0, -2)}fQ`.replace(/.fQ$/, 'JfQ') : forged, signature].join('.'), 9, device())).toBe('bad');
  expect(await check('nonsense', 9, device())).toBe('bad');
});

test('a key counts only where it held', async () => {
  expect(await check(RECORD, 4, device())).toBe('not_then');
  expect(await check(RECORD, 9, device({ until: 9 }))).toBe('ok'); // the record that ends it is its last
  expect(await check(RECORD, 10, device({ until: 9 }))).toBe('not_then');
  expect(await check(RECORD, 9, undefined)).toBe('no_key');
});

test('nobody speaks for another', async () => {
  expect(await check(RECORD, 9, device({ member: 'budi' }))).toBe('wrong_author');
  expect(await check(RECORD, 9, device({ agency: 'polres' }))).toBe('wrong_author');
});

test('what the hub signs needs the pinned key', async () => {
  const key = await makeKey();
  const hub: Device = { kid: key.kid, jwk: jwkOf(key.x), agency: 'hub', member: 'hub', from: 1 };
  const jws = await signJws(key, TYP.event, { v: 1, iss: 'hub', act: 'hub', kind: 'clock.lapse', jti: uuid7() });
  const of = (kid: string) => (kid === key.kid ? hub : undefined);
  expect(await checkRecord(jws, 3, of, key.kid)).toBe('ok');
  expect(await checkRecord(jws, 3, of, 'another')).toBe('wrong_author');
});

test('a member cannot sign what only the hub may', async () => {
  const key = await makeKey();
  const by = device({ kid: key.kid, jwk: jwkOf(key.x) });
  const jws = await signJws(key, TYP.event, { v: 1, iss: 'kpu', act: 'sari', kind: 'clock.lapse', jti: uuid7() });
  expect(await check(jws, 9, by)).toBe('wrong_author');
});

test('a made key cannot be exported, and signs a log-in', async () => {
  const key = await makeKey();
  await expect(crypto.subtle.exportKey('pkcs8', key.key)).rejects.toThrow();
  const jws = await signAuth(key, TYP.auth, 'aud', 'nonce', 'localhost:8080');
  expect(parseJws(jws).claims).toMatchObject({ v: 1, aud: 'aud', nonce: 'nonce', host: 'localhost:8080' });
  expect(await verifyJws(parseJws(jws), jwkOf(key.x))).toBe(true);
});

test('the self-test finds a store that gives nothing back', async () => {
  const db = await openDb('selftest');
  const lost = { ...db, get: async () => undefined };
  const full = { ...db, put: async () => { throw new Error('DataCloneError'); } };
  expect(await selfTest(lost)).toBe('bad_storage');
  expect(await selfTest(full)).toBe('no_storage');
});

test('identifiers are version 7 and carry their time', () => {
  const id = uuid7(0x0123456789ab);
  expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(KINDS).toContain('clock.lapse');
});
