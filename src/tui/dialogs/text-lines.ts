/** The dialogs that are only read: help, details, soak. */
import { hintFor } from '../../board/wording.js';
import type { BoardView } from '../../session/desk-types.js';
import { clockTime } from '../../units.js';
import { GROUPS, KEYMAP } from '../keymap.js';
import { keyLabel } from '../keys.js';
import { type Line, span } from '../lines.js';
import { adapterText, agoText, judge, modeText } from '../model/facts.js';
import { pad, shown, wrapWords } from '../text.js';
import type { SoakSummary } from '../ui-state.js';

const KEY_COLUMNS = 20;

export function helpLines(): readonly Line[] {
  return GROUPS.flatMap((group): Line[] => [
    [{ text: group, role: 'accent', bold: true }],
    ...KEYMAP.filter((binding) => binding.group === group).map((binding): Line => {
      const labels = binding.id === 'choose-board' ? ['1 … 9'] : binding.keys.map(keyLabel);
      const focus = binding.context === 'main' ? '' : ` (in the ${binding.context} panel)`;
      return [
        span(pad(`  ${labels.join('  ')}`, KEY_COLUMNS), 'info'),
        span(`${binding.title}${focus}`),
        span(binding.destructive ? ' · asks first' : '', 'dim'),
      ];
    }),
    [],
  ]).concat([
    [{ text: 'In dialogs', role: 'accent', bold: true }],
    [span(pad('  Enter', KEY_COLUMNS), 'info'), span('Yes, or the chosen row')],
    [span(pad('  Esc', KEY_COLUMNS), 'info'), span('Back')],
    [span(pad('  ↑  ↓', KEY_COLUMNS), 'info'), span('Choose; in the send line: what was sent before')],
    [span(pad('  Ctrl-C twice', KEY_COLUMNS), 'info'), span('Quit without a question')],
  ]);
}

/** Everything that one row cannot say, wrapped to `columns`. */
export function detailLines(board: BoardView, now: number, columns: number): readonly Line[] {
  const { state, port, problem, outcome } = board;
  const fact = (name: string, value: string | null): Line[] =>
    value === null ? [] : wrapped(`${name.padEnd(11)}${shown(value)}`, columns);
  const hint = hintFor(state);
  return [
    ...fact(
      'port',
      `${board.name} (${adapterText(port)}${port.serialNumber === null ? '' : `, ${port.serialNumber}`})`,
    ),
    ...fact('used by', port.holder),
    ...fact('MAC', state.mac),
    ...fact('chip id', state.chipId === null ? null : `0x${state.chipId.toString(16).padStart(6, '0')}`),
    ...fact('mode', `${modeText(board)}, ${judge(board).words}`),
    ...fact('address', state.announced.ip),
    ...fact('type', state.announced.serverType),
    ...fact('Rx topic', state.announced.rxTopic),
    ...fact('Tx topic', state.announced.txTopic),
    ...fact('received', `${board.bytes} bytes since ${clockTime(board.watchedSince)}`),
    ...(problem === null ? [] : wrapped(`✗ ${shown(problem.message)} → ${shown(problem.hint)}`, columns, 'bad')),
    ...(outcome === null
      ? []
      : wrapped(
          `${outcome.ok ? '✓' : '✗'} ${shown(outcome.text)}${outcome.hint === null ? '' : ` → ${shown(outcome.hint)}`}`,
          columns,
          outcome.ok ? 'ok' : 'bad',
        )),
    ...(hint === null ? [] : wrapped(`→ ${hint}`, columns, 'warn')),
    ...(board.crossCheck?.reasons ?? []).flatMap((reason) => wrapped(`- ${shown(reason)}`, columns)),
    ...board.alerts
      .toReversed()
      .flatMap((alert) => wrapped(`! ${agoText(alert.t, now)}: ${shown(alert.text)}`, columns, 'bad')),
  ];
}

export function soakLines(soak: SoakSummary | null | undefined, columns: number): readonly Line[] {
  if (soak === undefined) return [[span('Soaks are not offered here: run `espwatch soak`.')]];
  if (soak === null)
    return wrapped('A soak watches the board for hours, asks it again and again, and counts what goes wrong.', columns);
  return soak.lines.flatMap((line) => wrapped(shown(line), columns));
}

function wrapped(text: string, columns: number, role: 'plain' | 'ok' | 'warn' | 'bad' = 'plain'): Line[] {
  return wrapWords(text, columns).map((line) => [span(line, role)]);
}
