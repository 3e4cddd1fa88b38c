import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Box, Text } from 'ink';
import { render } from 'ink-testing-library';
import { PaintContext } from '../theme.js';
import { initialLogPane, type LogPaneProps } from './contract.js';
import { numbered, propsOf, push, storeOf } from './log.test.kit.js';
import { LogPane } from './log-pane.js';
import { LineOverlay, OverlayContext } from './overlay.js';

function Framed(props: LogPaneProps): React.ReactNode {
  return (
    <PaintContext.Provider value="none">
      <Box>
        <LogPane {...props} />
        <Text>|</Text>
      </Box>
    </PaintContext.Provider>
  );
}

/** Resolves with the first frame that `wanted` accepts. */
function frameWith(app: ReturnType<typeof render>, wanted: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const { write } = app.stdout;
    app.stdout.write = (frame) => {
      write(frame);
      if (wanted.test(frame)) resolve(frame);
    };
    const shown = app.lastFrame() ?? '';
    if (wanted.test(shown)) resolve(shown);
  });
}

test('what is beside the pane stays where it is, whatever the rows hold', () => {
  const store = storeOf(['plain', '你好世界'.repeat(9), '👨‍👩‍👧‍👦🇩🇪❤️e\u0301\u0301', 'x'.repeat(99)]);
  const { lastFrame, rerender, unmount } = render(<Framed {...propsOf({ store, width: 20, height: 6 })} />);
  const frame = (): string[] => (lastFrame() ?? '').split('\n');
  assert.equal(frame()[0], `${'  sim: · following'.padEnd(20)}|`);
  assert.deepEqual(frame().slice(1), [
    'plain',
    '你好世界你好世界你…',
    '👨�👩�👧�👦DE❤é\u0301',
    `${'x'.repeat(19)}…`,
    '',
  ]);
  push(store, 'next');
  rerender(<Framed {...propsOf({ store, width: 20, height: 6 })} />);
  assert.equal(frame()[5], 'next');
  unmount();
});

test('past Ink: marks in the frame give way to the lines, and what is beside the pane stays where it is', () => {
  const store = storeOf(['plain', '你好', 'x'.repeat(99)]);
  const overlay = new LineOverlay();
  const panes = (columns: number): React.ReactNode => (
    <OverlayContext.Provider value={overlay}>
      <Framed {...propsOf({ store, width: columns, height: 4 })} />
      <Framed {...propsOf({ store, width: columns, height: 4 })} label="other" />
    </OverlayContext.Provider>
  );
  const { lastFrame, rerender, unmount } = render(<Box>{panes(20)}</Box>);
  // A frame as a terminal shows it: the line, then on from where the pane ends.
  const rows = (): string[] =>
    overlay
      .apply(lastFrame() ?? '')
      .split('\n')
      .map((row) =>
        row.replace(/\u001b7(.*?)\u001b8\u001b\[(\d+)C/g, (_all, line: string, cells: string) => `<${line}>${cells} `),
      );
  assert.doesNotMatch(lastFrame() ?? '', /plain|following/);
  assert.equal(rows()[0], '<  sim: · following>20 |<  other · following>20 |');
  assert.deepEqual(rows().slice(1), [
    '<plain>20  <plain>20 ',
    '<你好>20  <你好>20 ',
    `<${'x'.repeat(19)}…>20  <${'x'.repeat(19)}…>20 `,
  ]);
  push(store, 'next');
  rerender(<Box>{panes(12)}</Box>);
  assert.deepEqual(rows()[3], '<next>12  <next>12 ');
  assert.equal(rows()[0], '<  sim: · fo…>12 |<  other · f…>12 |');
  unmount();
  assert.notEqual(overlay.claim(), null);
});

test('a filter over a long log comes to its end without being asked again', async () => {
  const store = storeOf(['needle', ...numbered(99_999)]);
  const state = { ...initialLogPane, filter: { kind: 'regexp', pattern: '^need' } as const };
  const app = render(<Framed {...propsOf({ store, width: 80 }, state)} />);
  assert.match(await frameWith(app, /\(1\)/), /only \/\^need\/ \(1\).*\n *needle/);
  app.unmount();
});
