// The whole story without a mouse: report, acknowledge, take on, press, search.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { Stage, card, until } from './lib.mjs';

let stage, kpu, polres;
const TABS_MAX = 120;

before(async () => {
  stage = await Stage.open();
  kpu = await stage.person('kpu', 'duty');
  polres = await stage.person('polres', 'duty');
  for (const page of [kpu, polres]) {
    for (const name of ['click', 'tap', 'move']) page.mouse[name] = () => assert.fail('no mouse here');
    await stage.ready(page);
  }
});
after(() => stage?.close());

/** Tab, as often as it takes, until the focus is on what matches; then it must be seen to be there. */
async function tabTo(page, selector, text = '') {
  for (let i = 0; i < TABS_MAX; i++) {
    const here = await page.evaluate(([css, has]) => {
      const at = document.activeElement;
      if (!at?.matches(css) || !(at.textContent + (at.closest('label')?.textContent ?? '')).includes(has)) return null;
      const box = at.closest('.chip') ?? at;
      return getComputedStyle(box).outlineStyle;
    }, [selector, text]);
    if (here !== null) return assert.notEqual(here, 'none', `the focus on ${selector} ${text} is seen`);
    await page.keyboard.press('Tab');
  }
  assert.fail(`no Tab leads to ${selector} ${text}`);
}

test('n, and a report is filled in and sent', async () => {
  await kpu.keyboard.press('n');
  await kpu.locator('#cat-search').waitFor();
  await tabTo(kpu, '#cat-search');
  await kpu.keyboard.type('kerumunan');
  await kpu.locator('.chip', { hasText: 'Kerumunan' }).first().waitFor();
  await tabTo(kpu, 'input[name=cat]');
  await kpu.keyboard.press('Space');
  await tabTo(kpu, 'input[maxlength="120"]');
  await kpu.keyboard.type('Massa tanpa tetikus');
  await kpu.keyboard.press('Control+Enter');
  await kpu.locator('.send.stored').waitFor();
});

test('j and k move, a acknowledges, the arrival is taken with Tab and Enter', async () => {
  await card(polres, 'Massa tanpa tetikus').waitFor();
  await polres.keyboard.press('j');
  await until('j leads to the card', () => polres.evaluate(() => document.activeElement?.matches('[data-row]')));
  await polres.keyboard.press('k');
  await polres.keyboard.press('a');
  await card(polres, 'Massa tanpa tetikus').locator('.etas').waitFor();
  await tabTo(polres, '.etas .button', '15');
  await polres.keyboard.press('Enter');
  await card(polres, 'Massa tanpa tetikus').getByText('Tiba di lokasi').first().waitFor();
});

test('e presses whom one waits for; Escape leaves a dialog where one was', async () => {
  await kpu.keyboard.press('g');
  await kpu.keyboard.press('q');
  await kpu.locator('.debt.other').first().waitFor();
  for (let i = 0; i < 8 && !(await kpu.evaluate(() => document.activeElement?.matches('.debt.other'))); i++) await kpu.keyboard.press('j');
  await kpu.keyboard.press('e');
  await kpu.locator('dialog[open]').waitFor();
  await kpu.keyboard.press('Escape');
  await kpu.locator('dialog[open]').waitFor({ state: 'detached' });
  await kpu.keyboard.press('e');
  await tabTo(kpu, 'dialog input:not([type=radio])');
  await kpu.keyboard.type('Mendesak');
  await kpu.keyboard.press('Enter');
  await kpu.locator('dialog[open]').waitFor({ state: 'detached' });
  await polres.keyboard.press('g');
  await polres.keyboard.press('q');
  await tabTo(polres, '.line-title a');
  await polres.keyboard.press('Enter');
  await polres.locator('.entry', { hasText: 'Mendesak' }).waitFor();
});

test('? tells the keys, / searches, and letters in a field are letters', async () => {
  await polres.keyboard.press('?');
  await polres.locator('dialog[open] kbd').first().waitFor();
  await polres.keyboard.press('Escape');
  await polres.keyboard.press('/');
  await until('the search has the focus', () => polres.evaluate(() => document.activeElement?.matches('[data-search]')));
  await polres.keyboard.type('tanpa jan');
  assert.equal(new URL(polres.url()).searchParams.get('q'), 'tanpa jan');
  await polres.getByText('Tidak satu pun').waitFor();
});

test('what is done without a mouse is done on an incident too', async () => {
  await polres.keyboard.press('Escape');
  await polres.goBack();
  await polres.locator('[data-move="response.onscene"]').waitFor();
  await tabTo(polres, '[data-move="response.onscene"]');
  await polres.keyboard.press('Enter');
  await polres.locator('.entry', { hasText: 'Di lokasi' }).locator('.verdict.good').waitFor();
  for (const page of [kpu, polres]) assert.deepEqual(page.faults, []);
});
