// A real hub with its database that serves the built page, and people who look at it in chromium.
// Ports: 27100 and up. POSKOD names the hub (build/test/poskod by default), CHROMIUM the browser.
// A deployment that runs already: POSKO_STAGE_URL, its demo.json (POSKO_STAGE_DEMO), the PEM of its
// certificate's authority (POSKO_STAGE_CA) and a link of `poskod --admin-link` (POSKO_STAGE_LINK).
process.env.POSKO_TEST_PORTS ??= '27100';
import { chromium } from 'playwright-core';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const { World, rows, newSecret } = await import('../../../tests/flow/lib/world.mjs');
const { Deployment } = await import('../../../tests/flow/lib/deployment.mjs');
const { Hub } = await import('../../../tests/flow/lib/hub.mjs');
export { rows };
export { until, sleep } from '../../../tests/flow/lib/wait.mjs';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
export const SHOTS = fileURLToPath(new URL('../../../build/shots/', import.meta.url));

const { POSKO_STAGE_URL: RUNNING, POSKO_STAGE_DEMO, POSKO_STAGE_CA, POSKO_STAGE_LINK } = process.env;
const running = () =>
  Deployment.join({
    url: RUNNING,
    demo: JSON.parse(readFileSync(POSKO_STAGE_DEMO, 'utf8')),
    ca: POSKO_STAGE_CA && readFileSync(POSKO_STAGE_CA, 'utf8'),
    link: POSKO_STAGE_LINK,
  });

export class Stage {
  static async open({ env = {}, args = [], ...options } = {}) {
    const s = new Stage();
    s.world = RUNNING ? await running() : await World.create({ env: { POSKO_WEB: DIST, ...env }, ...options });
    s.url = s.world.hub.url;
    s.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required', ...(RUNNING ? ['--ignore-certificate-errors'] : []), ...args],
    });
    return s;
  }

  link(agency, role, url = this.url) {
    const entry = this.world.demo.members.find((m) => m.agency === agency && m.roles.includes(role));
    if (RUNNING) return this.freshLink(agency, entry.member);
    return `${url}/#enrol=${entry.secret}.${this.world.hubKid}`;
  }

  /** One more device of a member, whose own link was used elsewhere. */
  async freshLink(agency, member) {
    const admin = await this.world.who(agency, 'admin');
    const secret = newSecret();
    await admin.post('device.invite', { agency, member, hash: createHash('sha256').update(secret).digest('hex'), until: Date.now() + 3_600_000 });
    return `${this.url}/#enrol=${secret}.${this.world.hubKid}`;
  }

  async context(options = {}) {
    const context = await this.browser.newContext({ locale: 'id-ID', viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(10_000);
    return context;
  }

  /** A member with a browser of his own, enrolled by his link, looking at the queue. */
  async person(agency, role, { link, ...options } = {}) {
    const page = await (await this.context(options)).newPage();
    page.faults = [];
    page.on('pageerror', (e) => page.faults.push(e.message));
    page.on('console', (m) => m.type() === 'error' && !/WebSocket|ERR_|502/.test(m.text()) && page.faults.push(m.text()));
    await page.goto(link ?? (await this.link(agency, role)));
    await page.locator('button[type=submit]').click();
    await this.live(page);
    return page;
  }

  /** What the page needs for all its screens is here: it may lose the hub now. */
  ready = (page) => page.waitForFunction(() => performance.getEntriesByType('resource').some((e) => e.name.includes('/report-')));

  live = (page) => page.locator('.strip[data-phase=live]').waitFor();

  async close() {
    await this.browser.close();
    await this.world.stop();
  }
}

/** One more hub of this world, not started. */
export const freeHub = (world, env) => Hub.make({ dsn: world.dsn, data: world.data, env: { ...world.env, ...env } });

/** The card of a debt on the queue, by the title of its incident. */
export const card = (page, title) => page.locator('.card', { hasText: title });

/** Reports as an officer does; the number of times he had to do something. */
export async function report(page, { category, title, place }) {
  let steps = 0;
  const step = async (act) => {
    await act;
    steps++;
  };
  await step(page.locator('.nav a[href="/lapor"]').click());
  await step(page.locator('#cat-search').fill(category));
  await step(page.locator('.chip', { hasText: category }).first().click());
  if (place) await step(page.getByLabel('Lokasi atau TPS').selectOption({ label: place }));
  await step(page.getByLabel('Judul').fill(title));
  await step(page.getByRole('button', { name: 'Kirim laporan' }).click());
  return steps;
}
