// A world that somebody else runs, known by its address, by what its genesis wrote (demo.json), and
// by a link for an admin of its host (poskod --admin-link).  Its members get new devices, so the
// same deployment can be tested again.  ca: PEM of its certificate's authority.  rows: asks its
// database.
import { World } from './world.mjs';

export class Deployment extends World {
  static async join({ url, demo, link, ca, rows }) {
    const w = new Deployment();
    const { host, protocol } = new URL(url);
    const tls = protocol === 'https:' ? { ca } : {};
    const ws = `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`;
    const cluster = { sql: (_, text) => rows(text) };
    Object.assign(w, { demo, aud: demo.aud, hubKid: demo.hub, cluster });
    Object.assign(w, { sessions: new Set(), people: new Map() });
    w.hubs = [{ host, url: url.replace(/\/$/, ''), ws, tls }];
    const secret = link.match(/#enrol=([^.]+)/)[1];
    w.admin = await w.enrolSecret(secret, { roles: ['admin'] });
    w.people.set(w.admin.name, Promise.resolve(w.admin));
    await w.retireAdmins();
    return w;
  }

  /** The admins whose keys another test took away with it: without them the host's may invite. */
  async retireAdmins() {
    const coordinator = await this.who(this.host(), 'coordinator');
    const desk = await coordinator.connect({ follow: true });
    const admins = this.demo.members.filter((m) => m.roles.includes('admin'));
    for (const { value: device } of desk.view.device.values()) {
      const is = (m) => m.agency === device.agency && m.member === device.member;
      if (device.agency !== this.host() && !device.until && admins.some(is))
        await coordinator.post('device.revoke', { kid: device.kid, reason: 'retired' });
    }
    await desk.close();
  }

  async who(agency, role) {
    const entry = this.demo.members.find((m) => m.agency === agency && m.roles.includes(role));
    if (!entry) throw new Error(`the demo has no ${role} of ${agency}`);
    const name = `${agency}/${entry.member}`;
    if (!this.people.has(name)) this.people.set(name, this.newDevice(entry));
    return this.people.get(name);
  }

  async newDevice({ agency, member, roles }) {
    const ofIts = (m) => m.agency === agency && m.roles.includes('admin');
    const admin = this.people.get(`${agency}/${this.demo.members.find(ofIts)?.member}`);
    const person = await this.device(agency, member, { admin: (await admin) ?? this.admin });
    return Object.assign(person, { roles });
  }

  async stop() {
    for (const s of this.sessions) s.cut();
  }
}
