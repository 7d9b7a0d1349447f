// A link becomes a device: make the key here, show the secret once, pin the hub.
import type { Db } from './db';
import { jwkOf, keepIdentity, keepKey, makeKey, signAuth } from './keys';
import type { HubMessage, Identity } from './model';
import { LIMIT, SUBPROTOCOL, TYP } from './wire';

export interface Invitation { secret: string; hub: string }

/** `#enrol=SECRET.HUBKID`, a whole link, or the secret alone as it is told on the phone. */
export function readInvitation(text: string): Invitation | null {
  const part = text.includes('enrol=') ? text.slice(text.indexOf('enrol=') + 6) : text;
  const [secret = '', hub = ''] = part.trim().split('.');
  // Crockford: what looks alike is alike.
  const clean = secret.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (clean.length !== LIMIT.SECRET_CHARS || !/^[0-9A-HJKMNP-TV-Z]+$/.test(clean)) return null;
  return hub === '' || /^[A-Za-z0-9_-]{43}$/.test(hub) ? { secret: clean, hub } : null;
}

export type EnrolTrouble = 'not_found' | 'wrong_hub' | 'no_hub' | 'too_many' | 'refused';
export class EnrolError extends Error {
  constructor(readonly trouble: EnrolTrouble, readonly detail = '') {
    super(trouble);
  }
}

const WAIT_MS = 15_000;

export async function enrol(db: Db, invitation: Invitation, url: string, host: string): Promise<Identity> {
  const key = await makeKey();
  await keepKey(db, key); // before the secret is used: it works once
  const answer = await ask(url, async (aud, nonce) => ({
    op: 'enrol', secret: invitation.secret, jws: await signAuth(key, TYP.auth, aud, nonce, host, jwkOf(key.x)),
  }));
  if (invitation.hub && answer.hub !== invitation.hub) throw new EnrolError('wrong_hub', answer.hub);
  const who: Identity = { agency: answer.agency, member: answer.member, kid: key.kid, x: key.x, aud: answer.aud, hub: answer.hub, host };
  await keepIdentity(db, who);
  return who;
}

type Enrolled = Extract<HubMessage, { op: 'enrolled' }>;

function ask(url: string, make: (aud: string, nonce: string) => Promise<object>): Promise<Enrolled> {
  return new Promise((done, fail) => {
    const socket = new WebSocket(url, SUBPROTOCOL);
    const timer = setTimeout(() => socket.close(), WAIT_MS);
    socket.onclose = () => {
      clearTimeout(timer);
      fail(new EnrolError('no_hub'));
    };
    socket.onmessage = async (e) => {
      const m = JSON.parse(String(e.data)) as HubMessage;
      if (m.op === 'hello') socket.send(JSON.stringify(await make(m.aud, m.nonce)));
      if (m.op === 'enrolled') done(m);
      if (m.op === 'refused') fail(new EnrolError(m.code === 'not_found' || m.code === 'too_many' ? m.code : 'refused', m.text));
    };
  });
}
