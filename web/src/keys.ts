// The device's key: made here, kept here, never to leave. Known traps of browsers are in the
// self-test: some store a key and read back nothing, without a word.
import type { Db } from './db';
import { ED25519, signJws, thumbprint, type Signer } from './jws';
import type { Identity, Jwk } from './model';
import { utf8 } from './bytes';

export type KeyTrouble = 'insecure' | 'no_ed25519' | 'no_storage' | 'bad_storage';

interface Kept { key: CryptoKey; publicKey: CryptoKey; x: string; kid: string }

export async function makeKey(): Promise<Kept> {
  const pair = (await crypto.subtle.generateKey(ED25519, false, ['sign', 'verify'])) as CryptoKeyPair;
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const x = jwk.x ?? '';
  return { key: pair.privateKey, publicKey: pair.publicKey, x, kid: await thumbprint(jwkOf(x)) };
}

export const jwkOf = (x: string): Jwk => ({ kty: 'OKP', crv: ED25519, x });

/** What this browser cannot do, or nothing. */
export async function selfTest(db: Db): Promise<KeyTrouble | null> {
  if (!globalThis.crypto?.subtle) return 'insecure';
  let made: Kept;
  try {
    made = await makeKey();
  } catch {
    return 'no_ed25519';
  }
  try {
    await db.put('keep', 'trial', made);
  } catch {
    return 'no_storage';
  }
  try {
    const back = await db.get<Kept>('keep', 'trial');
    const text = utf8('posko');
    if (!back?.key) return 'bad_storage';
    const signature = await crypto.subtle.sign(ED25519, back.key, text);
    return (await crypto.subtle.verify(ED25519, made.publicKey, signature, text)) ? null : 'bad_storage';
  } catch {
    return 'bad_storage';
  } finally {
    await db.drop('keep', 'trial').catch(() => undefined);
  }
}

export const keepKey = (db: Db, key: Kept): Promise<void> => db.put('keep', `key:${key.kid}`, key);
export const keptKey = (db: Db, kid: string): Promise<Kept | undefined> => db.get<Kept>('keep', `key:${kid}`);
export const keepIdentity = (db: Db, who: Identity): Promise<void> => db.put('keep', 'identity', who);

/** Who this device is, when both the name and the key are there. */
export async function readIdentity(db: Db): Promise<{ who: Identity; signer: Signer } | null> {
  const who = await db.get<Identity>('keep', 'identity');
  if (!who) return null;
  const kept = await keptKey(db, who.kid);
  return kept?.key ? { who, signer: { kid: who.kid, key: kept.key } } : null;
}

export const signAuth = (signer: Signer, typ: string, aud: string, nonce: string, host: string, jwk?: Jwk): Promise<string> =>
  signJws(signer, typ, { v: 1, aud, nonce, iat: Date.now(), host, ...(jwk ? { jwk } : {}) });
