import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogStore } from '../../session/log-store.js';
import { initialLogPane, type LogAction, type LogPaneState, type LogViewport } from './contract.js';
import { linesOf, numbered, propsOf, push, random, storeOf, wildText } from './log.test.kit.js';
import { reduceLog } from './reduce.js';

/** A pane of five rows that takes actions and tells what it shows. */
class Pane {
  state: LogPaneState = initialLogPane;
  readonly store: LogStore;
  size: Partial<LogViewport> = {};

  constructor(store: LogStore) {
    this.store = store;
  }

  do(...actions: readonly LogAction[]): this {
    for (const action of actions) this.state = reduceLog(this.state, action, this.#props());
    return this;
  }

  get header(): string {
    return linesOf({ ...this.#props(), width: 120 })[0] ?? '';
  }

  get rows(): readonly string[] {
    return linesOf(this.#props()).slice(1);
  }

  get first(): string | undefined {
    return this.rows[0]?.trim();
  }

  #props(): ReturnType<typeof propsOf> {
    return propsOf({ store: this.store, ...this.size }, this.state);
  }
}

const text = (pattern: string): LogAction => ({ type: 'filter', filter: { kind: 'text', pattern } });
const search = (pattern: string): LogAction => ({ type: 'search', search: { pattern, regexp: false } });

test('follows the newest rows; a pause holds the rows where they are and counts what comes', () => {
  const pane = new Pane(storeOf(numbered(100)));
  assert.deepEqual(pane.rows, ['row 96', 'row 97', 'row 98', 'row 99', 'row 100']);
  assert.match(pane.header, /sim: · following$/);
  pane.do({ type: 'pause' });
  for (let i = 0; i < 1204; i++) push(pane.store, 'new');
  assert.equal(pane.first, 'row 96');
  assert.match(pane.header, /paused, 1,204 below/);
  pane.do({ type: 'pause' });
  assert.equal(pane.first, 'new');
});

test('scrolling pauses; scrolling to the end follows again', () => {
  const pane = new Pane(storeOf(numbered(100))).do({ type: 'scroll', lines: -3 });
  assert.equal(pane.first, 'row 93');
  pane.do({ type: 'page', pages: -1 });
  assert.equal(pane.first, 'row 89');
  pane.do({ type: 'page', pages: 0.5 });
  assert.equal(pane.first, 'row 91');
  pane.do({ type: 'scroll', lines: 1 });
  assert.ok(pane.state.top !== null);
  pane.do({ type: 'page', pages: 1 });
  assert.deepEqual([pane.first, pane.state.top], ['row 96', null]);
  pane.do({ type: 'home' }, { type: 'scroll', lines: -5 });
  assert.equal(pane.first, 'row 1');
  pane.do({ type: 'end' });
  assert.deepEqual([pane.first, pane.state.top], ['row 96', null]);
});

test('a log that fits has nothing to scroll, an empty one nothing to show', () => {
  const pane = new Pane(storeOf(numbered(3))).do({ type: 'scroll', lines: -1 }, { type: 'home' });
  assert.deepEqual([pane.rows, pane.state.top], [['row 1', 'row 2', 'row 3', '', ''], null]);
  const empty = new Pane(storeOf([])).do({ type: 'home' }, { type: 'pause' }, search('x'), { type: 'next' });
  assert.deepEqual(empty.rows, ['', '', '', '', '']);
});

test('rows that were dropped under a paused pane: it shows the oldest there are, and says so', () => {
  const pane = new Pane(storeOf(numbered(50), 100)).do({ type: 'home' });
  for (let i = 51; i <= 130; i++) push(pane.store, `row ${i}`);
  assert.equal(pane.first, 'row 31');
  assert.match(pane.header, /older rows were dropped/);
  pane.do({ type: 'end' });
  assert.match(pane.header, /30 older rows dropped/);
});

test('a filter shows what passes, also of what comes', () => {
  const pane = new Pane(storeOf(numbered(100))).do(text('7'));
  assert.deepEqual(pane.rows, ['row 77', 'row 78', 'row 79', 'row 87', 'row 97']);
  assert.match(pane.header, /only "7" \(19\)/);
  push(pane.store, 'row 107');
  push(pane.store, 'row 108');
  assert.equal(pane.rows[4], 'row 107');
  pane.do({ type: 'scroll', lines: -2 });
  assert.equal(pane.first, 'row 76');
  pane.do({ type: 'filter', filter: { kind: 'all' } });
  assert.equal(pane.first, 'row 76');
});

test('events only', () => {
  const store = storeOf(numbered(10));
  push(store, 'reset: external', 'event');
  push(store, 'row 11');
  const pane = new Pane(store).do({ type: 'filter', filter: { kind: 'events' } });
  assert.deepEqual(pane.rows.slice(0, 2), ['── reset: external', '']);
});

test('a pattern that is none, or too slow, hides nothing and says why', () => {
  const pane = new Pane(storeOf(['x', `${'a'.repeat(40)}!`]));
  pane.do({ type: 'filter', filter: { kind: 'regexp', pattern: '[' } });
  assert.match(pane.header, /only \/\[\/: the pattern can't be used: Unterminated character class/);
  pane.do({ type: 'filter', filter: { kind: 'regexp', pattern: '^(a+)+$' } });
  assert.match(pane.header, /the pattern takes too long/);
  assert.equal(pane.rows[0], 'x');
});

test('a search goes to the newest match, then round and round', () => {
  const pane = new Pane(storeOf(numbered(100))).do(search('row 5'));
  assert.equal(pane.state.match, 59);
  assert.match(pane.header, /search "row 5" 11\/11/);
  assert.deepEqual(pane.rows[2], '▸ row 59');
  assert.deepEqual(pane.rows[1], '· row 58');
  pane.do({ type: 'next' });
  assert.equal(pane.state.match, 5);
  assert.match(pane.header, /search went on from the top .* 1\/11/);
  pane.do({ type: 'previous' });
  assert.equal(pane.state.match, 59);
  assert.match(pane.header, /search went on from the end/);
  pane.do({ type: 'previous' }, { type: 'previous' });
  assert.equal(pane.state.match, 57);
  assert.equal(pane.state.notice, null);
  push(pane.store, 'row 5');
  pane.do({ type: 'next' }, { type: 'next' }, { type: 'next' });
  assert.equal(pane.state.match, 101);
});

test('a match that is on the screen leaves the rows where they are', () => {
  const pane = new Pane(storeOf(numbered(100))).do(search('98'));
  assert.equal(pane.first, 'row 96');
  for (const row of numbered(20)) push(pane.store, row);
  assert.equal(pane.first, 'row 96');
});

test('nothing found, and no search', () => {
  const pane = new Pane(storeOf(numbered(9))).do(search('nowhere'));
  assert.match(pane.header, /following · nothing found · search "nowhere" -\/0/);
  pane.do({ type: 'search', search: null }, { type: 'next' });
  assert.match(pane.header, /no search to go on with/);
});

test('a search looks only at what the filter shows; clear ends both', () => {
  const pane = new Pane(storeOf(numbered(100))).do(text('7'), search('row 1'));
  assert.equal(pane.state.match, 17);
  pane.do(text('8'));
  assert.equal(pane.state.match, null);
  pane.do({ type: 'clear' });
  assert.deepEqual([pane.state.filter, pane.state.search], [{ kind: 'all' }, null]);
});

test('a search in a log too long for one slice finds its match when the index has come to it', () => {
  const store = storeOf(['needle', ...numbered(99_999)]);
  const viewport = propsOf({ store });
  const state: LogPaneState = {
    ...initialLogPane,
    search: { pattern: 'needle', regexp: false },
    seeking: 100_000,
  };
  assert.match(linesOf({ ...viewport, state, width: 80 })[0] ?? '', /needle" -\/0 \d+ %/);
  let looks = 0;
  while (!linesOf({ ...viewport, state }).some((line) => line.startsWith('▸ needle'))) looks += 1;
  assert.ok(looks < 400);
  assert.equal(reduceLog(state, { type: 'scroll', lines: 0 }, viewport).match, 1);
});

test('long rows are cut, or go on in the next line; both scroll by screen lines', () => {
  const pane = new Pane(storeOf(['short', 'abcdefghij'.repeat(10), 'end']));
  pane.size = { width: 10, height: 4 };
  assert.deepEqual(pane.rows, ['short', 'abcdefghi…', 'end']);
  pane.do({ type: 'wrap' });
  assert.deepEqual(pane.rows, ['abcdefghij', 'abcdefghij', 'end']);
  pane.do({ type: 'page', pages: -4 });
  assert.deepEqual([pane.rows[0], pane.state.top], ['short', { n: 1, line: 0 }]);
  pane.do({ type: 'scroll', lines: 4 });
  assert.deepEqual(pane.state.top, { n: 2, line: 3 });
});

test('any text, any size, any state: as many lines as asked for, none too wide', async () => {
  const { default: stringWidth } = await import('string-width');
  const next = random(4);
  for (let round = 0; round < 60; round++) {
    const store = storeOf([], 300);
    for (let i = next(400); i > 0; i--) push(store, wildText(next, 8), next(4) === 0 ? 'event' : 'line');
    const pane = new Pane(store);
    for (let step = 0; step < 12; step++) {
      pane.size = { width: 1 + next(70), height: 1 + next(12), showTime: next(2) === 0 };
      const actions: readonly LogAction[] = [
        ...([{ type: 'wrap' }, { type: 'plain' }, { type: 'home' }, { type: 'pause' }, { type: 'next' }] as const),
        { type: 'scroll', lines: next(60) - 40 },
        { type: 'page', pages: next(5) - 3 },
        search(['a', '你', 'fox', '\ufffd'][next(4)] ?? ''),
        text(['', 'a', 'nothing'][next(3)] ?? ''),
      ];
      pane.do(actions[next(actions.length)] ?? { type: 'clear' });
      if (next(3) === 0) push(store, wildText(next, 8));
      const lines = linesOf(propsOf({ store, ...pane.size }, pane.state));
      assert.equal(lines.length, pane.size.height);
      for (const line of lines) assert.ok(stringWidth(line) <= (pane.size.width ?? 0), `${pane.size.width}: ${line}`);
    }
  }
});
