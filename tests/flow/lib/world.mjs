// A world for one test file: a cluster, a database, hubs, the demo's directory and its people.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createHash, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { Cluster } from './cluster.mjs';
import { Hub, ROOT } from './hub.mjs';
import { Session } from './session.mjs';
import { Person } from './person.mjs';
import { newKey, keyFromPem } from './jose.mjs';
import { verify } from './verify.mjs';

export const SEVS = ['extreme', 'severe', 'moderate', 'minor'];
const WIDE = { POSKO_RATE_KEY: '100000', POSKO_RATE_ADDRESS: '10000', POSKO_OPEN_ADDRESS: '20000' };

/** Policy rows for each severity: {ack: {within, open, steps: [[after, tell]], repeat}, ...}. */
export function rows(whats) {
  const one = (
    what,
    sev,
    { within, open = ['duty'], steps = [[0, ['agency']]], repeat = 3600 },
  ) => ({
    what,
    sev,
    within,
    open,
    steps: steps.map(([after, tell]) => ({ after, tell })),
    repeat,
  });
  return Object.entries(whats).flatMap(([what, row]) => SEVS.map((sev) => one(what, sev, row)));
}

/** A policy that never fires while a test runs, but for what `over` says. */
export const calm = (over = {}) => {
  const far = { within: 3000 };
  return rows({ ack: far, accept: far, update: far, resolve: far, ...over });
};

const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const newSecret = () => Array.from({ length: 26 }, () => BASE32[randomInt(32)]).join('');
const hex256 = (text) => createHash('sha256').update(text).digest('hex');

const at = (path) => join(ROOT, 'sql', path);
const GENESIS = {
  demo: at('demo'),
  office: [at('office'), at('demo/20_category.json'), at('demo/40_policy.json')].join(':'),
};

let worlds = 0;

export class World {
  /** genesis: "demo", "office", or a folder. env: for every hub. cluster: one to share. */
  static async create(options = {}) {
    const { hubs = 1, genesis = 'demo', env = {}, cluster, program, ...clusterOptions } = options;
    const w = new World();
    w.ownCluster = !cluster;
    w.cluster = cluster ?? (await Cluster.start(clusterOptions));
    w.db = `flow${++worlds}`;
    w.dsn = await w.cluster.createDatabase(w.db);
    w.data = mkdtempSync('/tmp/pd-');
    process.once('exit', () => rmSync(w.data, { recursive: true, force: true }));
    const folder = GENESIS[genesis] ?? genesis;
    w.program = program;
    w.env = { ...WIDE, POSKO_GENESIS: folder, POSKO_AUD: 'posko.flow/ledger', ...env };
    w.sessions = new Set();
    w.people = new Map();
    w.hubs = [];
    for (let i = 0; i < hubs; i++) await w.addHub();
    if (hubs > 0) w.readDemo();
    return w;
  }

  async addHub(env = {}) {
    const { dsn, data, program } = this;
    const hub = await Hub.make({ dsn, data, program, env: { ...this.env, ...env } });
    await hub.start();
    this.hubs.push(hub);
    return hub;
  }

  get hub() {
    return this.hubs[0];
  }

  readDemo() {
    this.demo = JSON.parse(readFileSync(join(this.data, 'demo.json'), 'utf8'));
    this.aud = this.demo.aud;
    this.hubKid = this.demo.hub;
  }

  opened(session) {
    this.sessions.add(session);
    session.closed.then(() => this.sessions.delete(session));
  }

  sql(text) {
    return this.cluster.sql(this.db, text);
  }

  async head() {
    return (await this.sql('SELECT coalesce(max(seq), 0) AS seq FROM ledger'))[0].seq;
  }

  /** The device of a member who holds `secret`. */
  async enrolSecret(secret, { hub = this.hub, roles = [], ...options } = {}) {
    const key = await newKey();
    const s = await Session.dial(hub, options);
    const { agency, member, hub: hubKid, aud } = await s.enrol(key, secret);
    await s.end();
    if (this.hubKid && hubKid !== this.hubKid)
      throw new Error(`enrolled by another hub: ${hubKid}`);
    Object.assign(this, { aud, hubKid });
    return new Person(this, { agency, member, roles, key });
  }

  /** The demo's member of this agency with this role, enrolled the first time. */
  async who(agency, role) {
    const entry = this.demo.members.find((m) => m.agency === agency && m.roles.includes(role));
    if (!entry) throw new Error(`the demo has no ${role} of ${agency}`);
    const name = `${agency}/${entry.member}`;
    if (!this.people.has(name))
      this.people.set(name, this.enrolSecret(entry.secret, { roles: entry.roles }));
    return this.people.get(name);
  }

  /** A new member by the agency's admin: put, invited, enrolled. */
  async add(agency, member, roles, { admin, hub } = {}) {
    admin ??= await this.who(agency, 'admin');
    await admin.post('member.put', { agency, member, name: member, roles });
    const person = await this.device(agency, member, { admin, hub });
    person.roles = roles;
    this.people.set(person.name, Promise.resolve(person));
    return person;
  }

  /** One more device of a member. */
  async device(agency, member, { admin, hub } = {}) {
    admin ??= await this.who(agency, 'admin');
    const secret = newSecret();
    const until = Date.now() + 3600_000;
    await admin.post('device.invite', { agency, member, hash: hex256(secret), until });
    return this.enrolSecret(secret, { hub });
  }

  /** The demo's machine. */
  async source() {
    const { agency, source, key } = this.demo.source;
    return new Person(this, { agency, member: source, roles: [], key: await keyFromPem(key) });
  }

  async addSource(agency, source, claims = {}) {
    const admin = await this.who(agency, 'admin');
    const key = await newKey();
    await admin.post('source.put', { agency, source, name: source, jwk: key.jwk, ...claims });
    return new Person(this, { agency, member: source, roles: [], key });
  }

  /** The policy for every ticket from now on, and no rules. */
  async policy(policyRows) {
    const admin = await this.who(this.host(), 'admin');
    await admin.post('policy.put', { policy: 'default', rows: policyRows });
    await admin.post('rule.put', { rules: [] });
  }

  /** The host agency: only it has a coordinator. */
  host() {
    return this.demo.members.find((m) => m.roles.includes('coordinator')).agency;
  }

  async stop() {
    for (const s of this.sessions) s.cut();
    const ends = await Promise.all(this.hubs.map((hub) => hub.stop().catch((e) => ({ error: e }))));
    const wrong = await this.audit();
    if (this.ownCluster) await this.cluster.stop();
    rmSync(this.data, { recursive: true, force: true });
    this.hubs.forEach((hub, i) => {
      if (ends[i].error) throw ends[i].error;
      const told = hub.errors.join('\n');
      if (/Sanitizer|runtime error|Assertion|^==\d+==/m.test(told))
        throw new Error(`the hub complained:\n${told}`);
    });
    if (wrong.length > 0)
      throw new Error(`posko verify: ${wrong.map((p) => `#${p.seq} ${p.text}`).join('\n')}`);
    return ends;
  }

  /** Whatever the test did: the ledger is sound, and the tables are what it makes of them.  Empty in
   *  a benchmark (neither a test nor `audited`), where the database is gone, and where the test
   *  meddled with it (`meddled`). */
  async audit() {
    const tested = process.env.NODE_TEST_CONTEXT !== undefined || this.audited;
    if (!tested || this.meddled || !this.cluster.primary.alive()) return [];
    const { problems, status, error } = await verify('--database', this.dsn, '--hub', this.hubKid);
    if (status === 2) return [{ seq: 0, text: error }];
    return problems;
  }
}
