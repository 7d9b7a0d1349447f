// Keys, JWS and UUIDs as protocol.md sections 2 and 4 put them: WebCrypto and nothing of ours, so
// that a mistake of the hub's own code cannot hide behind the same mistake here.
import { webcrypto, createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const { subtle } = webcrypto;
const ED = 'Ed25519';

export const b64u = (bytes) => Buffer.from(bytes).toString('base64url');
export const unb64u = (text) => Buffer.from(text, 'base64url');
export const sha256hex = (text) => createHash('sha256').update(text).digest('hex');

/** RFC 7638: the members of the key in lexical order, without white space. */
export const thumbprint = (jwk) =>
  createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${jwk.x}"}`).digest('base64url');

async function keyFrom(privateKey, x) {
  const jwk = { kty: 'OKP', crv: ED, x };
  return { privateKey, jwk, kid: thumbprint(jwk) };
}

export async function newKey() {
  const pair = await subtle.generateKey(ED, true, ['sign', 'verify']);
  const { x } = await subtle.exportKey('jwk', pair.publicKey);
  return keyFrom(pair.privateKey, x);
}

export async function keyFromPkcs8(der) {
  const privateKey = await subtle.importKey('pkcs8', der, ED, true, ['sign']);
  const { x } = await subtle.exportKey('jwk', privateKey);
  return keyFrom(privateKey, x);
}

/** For another process of the test: base64 of its PKCS#8. */
export const exportPkcs8 = async (key) =>
  Buffer.from(await subtle.exportKey('pkcs8', key.privateKey)).toString('base64');

export const keyFromSeed = (seed) =>
  keyFromPkcs8(Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]));

/** A source's key file: PKCS#8 PEM. */
export function keyFromPem(path) {
  const body = readFileSync(path, 'utf8').match(/-----BEGIN PRIVATE KEY-----([^-]+)-----/)[1];
  return keyFromPkcs8(Buffer.from(body, 'base64'));
}

/** The compact string over exactly these header and payload texts: also for what is malformed. */
export async function signText(key, headerText, payload) {
  const input = `${b64u(headerText)}.${b64u(payload)}`;
  const sig = await subtle.sign(ED, key.privateKey, Buffer.from(input));
  return `${input}.${b64u(Buffer.from(sig))}`;
}

export const TYP = {
  record: 'posko-record+jws',
  admin: 'posko-admin+jws',
  event: 'posko-event+jws',
  auth: 'posko-auth+jws',
};

export const signJws = (key, typ, claims, alg = 'EdDSA') =>
  signText(key, JSON.stringify({ alg, typ, kid: key.kid }), JSON.stringify(claims));

export function parseJws(jws) {
  const [h, p, s] = jws.split('.');
  return {
    header: JSON.parse(unb64u(h)),
    claims: JSON.parse(unb64u(p)),
    input: Buffer.from(`${h}.${p}`),
    sig: unb64u(s),
  };
}

const imported = new Map(); // x -> CryptoKey: importing costs more than verifying

export async function verifyJws(jws, jwk) {
  let key = imported.get(jwk.x);
  if (!key) {
    key = await subtle.importKey('jwk', { kty: 'OKP', crv: ED, x: jwk.x }, ED, false, ['verify']);
    imported.set(jwk.x, key);
  }
  const { input, sig } = parseJws(jws);
  return subtle.verify(ED, key, sig, input);
}

function uuidText(bytes) {
  const hex = Buffer.from(bytes).toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** RFC 9562 version 7 of time `ms` with these 74 bits (12, then 62) of `bits`, 10 bytes or more. */
export function uuid7of(ms, bits) {
  const at = Buffer.alloc(6);
  at.writeUIntBE(ms, 0, 6);
  const n = BigInt('0x' + Buffer.from(bits.subarray(0, 10)).toString('hex')) >> 6n; // first 74 bits
  const a = n >> 62n;
  const b = n & ((1n << 62n) - 1n);
  const tail = (0x7n << 76n) | (a << 64n) | (0x2n << 62n) | b;
  const rest = Buffer.from(tail.toString(16).padStart(20, '0'), 'hex');
  return uuidText(Buffer.concat([at, rest]));
}

export const uuid7 = (ms = Date.now()) => uuid7of(ms, randomBytes(10));

/** The one identity that a firing can have: protocol.md, section 9. */
export function lapseJti({ inc, agency, what, about = '', since, step, due }) {
  const text = [inc, agency, what, about, since, step].join('\n');
  return uuid7of(due, createHash('sha256').update(text).digest());
}

/** The ledger leaf of section 5, hashed as RFC 6962 hashes a leaf. */
export function leafHash(at, typ, jws) {
  const text = `posko-entry/v1\n${at}\n${typ.replace(/\+jws$/, '')}\n${sha256hex(jws)}\n`;
  return createHash('sha256')
    .update(Buffer.from([0]))
    .update(text)
    .digest('hex');
}
