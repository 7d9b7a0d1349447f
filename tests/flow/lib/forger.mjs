// One who is let in and lies: strings with a broken signature, another's name under his own key,
// records of others changed, rights that he has not.  Each must be refused, and none may be stored.
import { b64u, newKey, parseJws, signJws, TYP, uuid7 } from './jose.mjs';
import { sleep } from './wait.mjs';

const flip = (jws) => {
  const [h, p, s] = jws.split('.');
  const sig = Buffer.from(s, 'base64url');
  sig[7] ^= 1;
  return [h, p, b64u(sig)].join('.');
};

const reworded = (jws) => {
  const [h, , s] = jws.split('.');
  const { claims } = parseJws(jws);
  return [h, b64u(JSON.stringify({ ...claims, body: 'diubah', jti: uuid7() })), s].join('.');
};

/** name -> (forger, a string of another's, ticket) -> {jws, jti, codes}: what he tries. */
const TRICKS = {
  'a flipped bit in the signature of a new record': async (f, _, inc) => {
    const signed = await f.person.sign('incident.note', { inc, body: 'x' });
    return { ...signed, jws: flip(signed.jws), codes: ['bad_signature'] };
  },
  "another's record, reworded under the same signature": async (f, stolen) => {
    const jws = reworded(stolen.jws);
    return { jws, jti: parseJws(jws).claims.jti, codes: ['bad_signature'] };
  },
  'a key that nobody enrolled': async (f, _, inc) => ({
    ...(await f.person.sign('incident.note', { inc, body: 'x' }, { key: f.stranger })),
    codes: ['unknown_key'],
  }),
  'his key, the name of another agency': async (f, _, inc) => {
    const claims = f.person.claims('response.ack', { inc, iss: 'polres', act: 'piket' });
    const jws = await signJws(f.person.key, TYP.record, claims);
    return { jws, jti: claims.jti, codes: ['not_allowed', 'bad_claim'] };
  },
  'an answer of an agency that was not asked': async (f, _, inc) => ({
    ...(await f.person.sign('response.ack', { inc })),
    codes: ['not_found', 'not_allowed'],
  }),
  'a right that he has not': async (f) => ({
    ...(await f.person.sign('member.put', {
      agency: 'bawaslu',
      member: 'saya',
      name: 'Saya',
      roles: ['admin'],
    })),
    codes: ['not_allowed'],
  }),
  'an event, which only the hub signs': async (f, _, inc) => {
    const claims = f.person.claims('clock.lapse', { inc, agency: 'polres', what: 'ack', told: [] });
    const jws = await signJws(f.person.key, TYP.event, claims);
    return { jws, jti: claims.jti, codes: ['bad_header', 'bad_claim', 'not_allowed'] };
  },
};

export class Forger {
  constructor(link) {
    Object.assign(this, { link, person: link.person, forged: [], heard: new Map() });
  }

  async run(load, every = 150) {
    this.stranger = await newKey();
    const tricks = Object.entries(TRICKS);
    for (let i = 0; !load.stopped; i++) {
      await sleep(every);
      const ticket = load.open.at(-1);
      if (!ticket || !load.lastSigned || !this.link.session?.open) continue;
      const [how, make] = tricks[i % tricks.length];
      const forged = { how, ...(await make(this, load.lastSigned, ticket.inc)) };
      this.forged.push(forged);
      const ask = this.link.session.ask({ op: 'post', jws: forged.jws }, 600_000);
      ask.then((answer) => this.judge(forged, answer)).catch(() => {});
    }
  }

  judge({ how, codes }, answer) {
    if (answer.op === 'posted') this.link.view.wrong.push(`${how}: posted`);
    if (answer.op !== 'refused') return;
    this.heard.set(how, answer.code);
    const again = ['busy', 'too_many', 'not_stored', 'draining'];
    if (!codes.includes(answer.code) && !again.includes(answer.code))
      this.link.view.wrong.push(`${how}: refused as ${answer.code}`);
  }
}
