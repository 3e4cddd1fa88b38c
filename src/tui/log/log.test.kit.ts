import type { LogRecord, LogTone } from '../../session/log-store.js';
import { LogStore } from '../../session/log-store.js';
import type { LogPaneProps, LogPaneState, LogViewport } from './contract.js';
import { initialLogPane } from './contract.js';
import { paintFor } from './paint.js';
import { viewLog } from './view.js';

export const NOON = new Date(2026, 0, 2, 12, 34, 56, 789).getTime();

export function storeOf(texts: readonly string[], capacity?: number): LogStore {
  const store = new LogStore(capacity);
  for (const text of texts) push(store, text);
  return store;
}

export function push(store: LogStore, text: string, kind: LogRecord['kind'] = 'line', tone: LogTone = 'plain'): void {
  store.push({ t: NOON, kind, text, tone });
}

/** `row 1` ... */
export function numbered(count: number, text = (n: number): string => `row ${n}`): readonly string[] {
  return Array.from({ length: count }, (_, i) => text(i + 1));
}

export function propsOf(
  viewport: Partial<LogViewport> & Pick<LogViewport, 'store'>,
  state: LogPaneState = initialLogPane,
): LogPaneProps {
  return { width: 40, height: 6, showTime: false, focused: false, label: 'sim:', state, ...viewport };
}

/** The pane's lines without colours: the header, then the rows. */
export function linesOf(props: LogPaneProps): readonly string[] {
  return viewLog(props, paintFor('none')).lines;
}

/** Numbers from 0 to below `limit`, the same for the same seed. */
export function random(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const SCRAPS = [
  ...['a', 'Zz', ' ', '\t', '0123456789', 'the quick brown fox', '\u001b[31mred\u001b[0m', '\u001b]52;c;AAAA\u0007'],
  ...[
    '\u001b]0;title\u0007',
    '\u009b2J',
    '\u0000',
    '\r',
    '\n',
    '\u200b',
    '\u200d',
    '\u00ad',
    '\u061c',
    '\u202e',
    '\ufeff',
  ],
  ...[
    '你好世界',
    'ｗｉｄｅ',
    'ﾊﾟ',
    '가나다',
    '\u1112\u1161\u11ab',
    'e\u0301',
    '\u0301',
    'n\u0303\u0303\u0303\u0303\u0303',
    'ไทยกำ',
    'नमस्ते',
  ],
  ...[
    '👍🏽',
    '👨‍👩‍👧‍👦',
    '🇩🇪',
    '🇩',
    '1️⃣',
    '❤️',
    '☺',
    '🏴\u{e0067}\u{e0062}\u{e007f}',
    '\ud83d',
    '\udc4d',
    'مرحبا',
    '\u3164',
    '\u2028',
  ],
];

/** Text of the worst kind, about `scraps` pieces of it. */
export function wildText(next: (limit: number) => number, scraps: number): string {
  let text = '';
  for (let i = next(scraps + 1); i > 0; i--) text += SCRAPS[next(SCRAPS.length)] ?? '';
  return text;
}
