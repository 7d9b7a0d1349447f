// JWS in compact form (RFC 7515, 8037, 9864) and the identifiers that go into it.
import { b64u, fromUtf8, randomBytes, sha256, unb64u, utf8, hex } from './bytes';
import type { Claims, Jwk } from './model';

export const ED25519 = 'Ed25519';

export interface Signer { kid: string; key: CryptoKey }
export interface Envelope { header: { alg: string; typ: string; kid: string }; claims: Claims; input: Uint8Array<ArrayBuffer>; signature: Uint8Array<ArrayBuffer> }

export const thumbprint = async (jwk: Jwk): Promise<string> =>
  b64u(await sha256(`{"crv":"Ed25519","kty":"OKP","x":"${jwk.x}"}`));

export async function signJws(by: Signer, typ: string, claims: object): Promise<string> {
  const header = JSON.stringify({ alg: ED25519, typ, kid: by.kid });
  const input = `${b64u(utf8(header))}.${b64u(utf8(JSON.stringify(claims)))}`;
  const signature = await crypto.subtle.sign(ED25519, by.key, utf8(input));
  return `${input}.${b64u(new Uint8Array(signature))}`;
}

/** Throws when it is no envelope. */
export function parseJws(jws: string): Envelope {
  const [head = '', body = '', signature = '', more] = jws.split('.');
  if (more !== undefined) throw new Error('not three parts');
  return {
    header: JSON.parse(fromUtf8(unb64u(head))) as Envelope['header'],
    claims: JSON.parse(fromUtf8(unb64u(body))) as Claims,
    input: utf8(`${head}.${body}`),
    signature: unb64u(signature),
  };
}

const imported = new Map<string, Promise<CryptoKey>>(); // importing costs more than verifying

export async function verifyJws(envelope: Envelope, jwk: Jwk): Promise<boolean> {
  if (envelope.header.alg !== ED25519 && envelope.header.alg !== 'EdDSA') return false;
  let key = imported.get(jwk.x);
  if (!key) {
    key = crypto.subtle.importKey('jwk', { kty: 'OKP', crv: ED25519, x: jwk.x }, ED25519, false, ['verify']);
    imported.set(jwk.x, key);
  }
  return crypto.subtle.verify(ED25519, await key, envelope.signature, envelope.input);
}

/** A UUID of version 7 (RFC 9562). */
export function uuid7(ms: number = Date.now()): string {
  const bytes = randomBytes(16);
  for (let i = 5, rest = ms; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const text = hex(bytes);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}
