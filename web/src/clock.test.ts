import { expect, test } from 'vitest';
import { HubClock } from './clock';
import { left, isAnnounced } from './countdown';

const unit = { day: 'h', hour: 'j', minute: 'm' };

test('an answer bounds the offset from both sides', () => {
  let local = 0;
  const clock = new HubClock(() => local);
  clock.sample(1_000_050, 100, 0);
  expect(clock.offset).toBe(1_000_000);
  local = 500;
  expect(clock.now()).toBe(1_000_500);
});

test('a quicker mark narrows what a slow answer left open', () => {
  const clock = new HubClock(() => 0);
  clock.sample(10_000, 2_000, 0); // offset in 8000 .. 10000
  clock.sample(12_500, 3_000); // at least 9500
  expect(clock.offset).toBe(9_750);
});

test('a late mark does not move the offset back', () => {
  const clock = new HubClock(() => 0);
  clock.sample(10_000, 0);
  clock.sample(15_000, 9_000);
  expect(clock.offset).toBe(10_000);
});

test('a phone whose clock was moved is measured anew', () => {
  const clock = new HubClock(() => 0);
  clock.sample(10_000, 100, 0);
  clock.sample(20_000, 5_000_000);
  expect(clock.offset).toBe(20_000 - 5_000_000);
});

test('a countdown speaks in the unit that matters', () => {
  expect(left(60_000, 0, unit)).toMatchObject({ late: false, near: true, text: '1:00' });
  expect(left(61_000, 0, unit)).toMatchObject({ near: false, text: '1:01' });
  expect(left(0, 5_000, unit)).toMatchObject({ late: true, text: '+0:05' });
  expect(left(0, 0, unit)).toMatchObject({ late: true, text: '+0:00' });
  expect(left(3_600_000 * 3 + 60_000, 0, unit).text).toBe('3j 01m');
  expect(left(86_400_000 * 3, 0, unit).text).toBe('3h 00j');
});

test('it is announced at a minute and at ten seconds only', () => {
  expect([61, 60, 30, 10, 9].map(isAnnounced)).toEqual([false, true, false, true, false]);
});
