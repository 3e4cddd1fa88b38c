import assert from 'node:assert/strict';
import { uptime } from 'node:os';
import { test } from 'node:test';
import { seeded } from '../../test/support/random.js';
import { type HostReport, TimeBase } from './time-base.js';

const HOUR = 3_600_000;
const START = 1_760_000_000_000;

/** A computer whose time is moved by the test. */
class Host {
  wall = START;
  mono = 5_000.25;
  boot = 905_000.25;
  /** `os.uptime` of some systems counts whole seconds. */
  coarse = false;
  readonly clocks = {
    wall: () => Math.floor(this.wall),
    mono: () => this.mono,
    boot: () => (this.coarse ? Math.floor(this.boot / 1000) * 1000 : this.boot),
  };

  run(ms: number, options: { readonly ppm?: number } = {}): void {
    this.mono += ms;
    this.boot += ms;
    this.wall += ms * (1 + (options.ppm ?? 0) / 1e6);
  }

  sleep(ms: number): void {
    this.boot += ms;
    this.wall += ms;
  }
}

function near(actual: number, expected: number, within: number): void {
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not within ${within} of ${expected}`);
}

/** Lets a host run for `ms`, polled every second. */
function awake(host: Host, base: TimeBase, ms: number, ppm = 0): HostReport[] {
  const reports: HostReport[] = [];
  for (let passed = 0; passed < ms; passed += 1000) {
    host.run(1000, { ppm });
    reports.push(...base.poll());
  }
  return reports;
}

test('time is the wall clock at the start and what passed since, with fractions', () => {
  const host = new Host();
  const base = new TimeBase(host.clocks);
  assert.equal(base.now(), START);
  host.run(12.5);
  assert.equal(base.now(), START + 12.5);
});

for (const coarse of [false, true]) {
  const how = coarse ? ', boot time in whole seconds' : '';

  test(`an hour of sleep counts and is told once${how}`, () => {
    const host = new Host();
    host.coarse = coarse;
    const base = new TimeBase(host.clocks);
    assert.deepEqual(awake(host, base, 10_000), []);
    host.sleep(HOUR);
    near(base.now(), START + 10_000 + HOUR, 1);
    const [report, ...rest] = base.poll();
    assert.deepEqual(rest, []);
    assert.equal(report?.what, 'suspended');
    near(report?.ms ?? 0, HOUR, 1);
    near(report?.t ?? 0, START + 10_000 + HOUR, 1);
    assert.deepEqual(awake(host, base, 100_000), []);
  });

  for (const step of [HOUR, -HOUR]) {
    test(`a step of ${step} ms does not move the run's time${how}`, () => {
      const host = new Host();
      host.coarse = coarse;
      const base = new TimeBase(host.clocks);
      awake(host, base, 10_000);
      host.wall += step;
      host.run(500);
      near(base.now(), START + 10_500, 1);
      const [report, ...rest] = base.poll();
      assert.deepEqual(rest, []);
      assert.equal(report?.what, 'clock-stepped');
      near(report?.ms ?? 0, step, 2);
      assert.deepEqual(awake(host, base, 100_000), []);
      near(base.now(), START + 110_500, 1);
    });

    test(`sleep and a step of ${step} ms at once are told apart${how}`, () => {
      const host = new Host();
      host.coarse = coarse;
      const base = new TimeBase(host.clocks);
      awake(host, base, 10_000);
      host.sleep(HOUR / 2);
      host.wall += step;
      const within = coarse ? 1000 : 1;
      const reports = base.poll();
      assert.deepEqual(
        reports.map(({ what }) => what),
        ['suspended', 'clock-stepped'],
      );
      near(reports[0]?.ms ?? 0, HOUR / 2, within);
      near(reports[1]?.ms ?? 0, step, within + 1);
      near(base.now(), START + 10_000 + HOUR / 2, within);
      assert.deepEqual(awake(host, base, 100_000), []);
    });
  }

  test(`sleep that a step back hides from the wall clock is found by the next poll${how}`, () => {
    const host = new Host();
    host.coarse = coarse;
    const base = new TimeBase(host.clocks);
    awake(host, base, 10_000);
    host.sleep(HOUR);
    host.wall -= HOUR;
    assert.deepEqual(
      base.poll().map(({ what }) => what),
      ['suspended', 'clock-stepped'],
    );
    near(base.now(), START + 10_000 + HOUR, coarse ? 1000 : 1);
  });

  test(`a wall clock that NTP slews for eight hours, or a crystal that runs off, is nothing to tell${how}`, () => {
    for (const ppm of [500, -500]) {
      const host = new Host();
      host.coarse = coarse;
      const base = new TimeBase(host.clocks);
      assert.deepEqual(awake(host, base, 8 * HOUR, ppm), []);
      near(base.now(), START + 8 * HOUR, 1);
    }
  });
}

test('sleep of a few seconds is never taken for a step, at any phase of a coarse clock', () => {
  const random = seeded(11);
  for (let round = 0; round < 300; round++) {
    const host = new Host();
    host.coarse = true;
    host.boot += random() * 1000;
    const base = new TimeBase(host.clocks);
    awake(host, base, 5_000);
    host.run(random() * 1000);
    const slept = 2_010 + random() * 3_000;
    host.sleep(slept);
    const reports = base.poll();
    assert.deepEqual(
      reports.map(({ what }) => what),
      ['suspended'],
      `round ${round}, ${slept} ms`,
    );
    near(reports[0]?.ms ?? 0, slept, 1.5);
  }
});

test('a process that was stopped, or slept on a clock that counts sleep, was not watching', () => {
  const host = new Host();
  const base = new TimeBase(host.clocks);
  awake(host, base, 3_000);
  host.run(60_000);
  assert.deepEqual(base.poll(), [{ t: START + 63_000, what: 'suspended', ms: 60_000 }]);
  assert.deepEqual(awake(host, base, 20_000), []);
});

test('who asks at every turn hears of a sleep as soon as the time was asked for', () => {
  const host = new Host();
  const base = new TimeBase(host.clocks);
  awake(host, base, 3_000);
  assert.deepEqual(base.news(), []);
  host.sleep(HOUR);
  assert.deepEqual(base.news(), []);
  const t = base.now();
  assert.deepEqual(base.news(), [{ t, what: 'suspended', ms: HOUR }]);
  assert.deepEqual([base.news(), base.poll()], [[], []]);
  host.run(60_000);
  assert.deepEqual(base.news(), [{ t: t + 60_000, what: 'suspended', ms: 60_000 }]);
});

test('a run that is gone on with never goes back', () => {
  const host = new Host();
  const base = new TimeBase(host.clocks, { notBefore: START + HOUR });
  assert.equal(base.now(), START + HOUR);
  assert.deepEqual(awake(host, base, 10_000), []);
  assert.equal(base.now(), START + HOUR + 10_000);
  assert.equal(new TimeBase(host.clocks, { notBefore: START - HOUR }).now(), START + 10_000);
});

test('time never goes back, whatever the clocks do', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seeded(seed);
  const host = new Host();
  host.coarse = true;
  const base = new TimeBase(host.clocks);
  for (let last = base.now(), round = 0; round < 5000; round++) {
    const dice = random();
    if (dice < 0.6) host.run(random() * 2000);
    else if (dice < 0.7) host.sleep(random() * 10_000);
    else if (dice < 0.8) host.wall += (random() - 0.5) * 20_000;
    else base.poll();
    const now = base.now();
    assert.ok(now >= last, `${now} after ${last}, seed ${seed}`);
    last = now;
  }
});

test('on this computer nothing is told within a moment', () => {
  const base = new TimeBase({ wall: Date.now, mono: () => performance.now(), boot: () => uptime() * 1000 });
  base.poll();
  assert.deepEqual(base.poll(), []);
  near(base.now(), Date.now(), 1000);
});
