/** The time line of the night: one strip of SVG per board, in percent of the width, so that it fits any screen. */
import { modeInWords } from '../../board/wording.js';
import { durationText } from '../../units.js';
import type { BoardLedger, IncidentKind, Ledger, Span } from '../ledger-types.js';
import { boardLabel } from './board-label.js';
import { esc } from './markup.js';
import type { WallClock } from './wall-clock.js';
import { gapInWords, incidentInWords, loopInWords, resetInWords } from './words.js';

/** Marks beyond this number would be a black bar, and a file of megabytes. */
const MOST_MARKS = 600;
const SHORT = 0.3;
const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880].map((minutes) => minutes * 60_000);

const TROUBLE: Partial<Readonly<Record<IncidentKind, string>>> = {
  'wifi-lost': 'net',
  'broker-lost': 'net',
  silence: 'mute',
  'probe-failed': 'probe',
  contradiction: 'probe',
};

interface Scale {
  readonly at: (t: number) => string;
  /** At least `least` percent: what was short must be seen, too. */
  readonly width: (span: Span, least?: number) => string;
}

export function timeline(ledger: Ledger, clock: WallClock): string {
  const length = Math.max(1, ledger.to - ledger.from);
  const share = (t: number): number => Math.min(100, Math.max(0, ((t - ledger.from) / length) * 100));
  const scale: Scale = {
    at: (t) => `${share(t).toFixed(3)}%`,
    width: (span, least = 0) => `${Math.max(least, share(span.to) - share(span.from)).toFixed(3)}%`,
  };
  const ticks = ticksOf(ledger, clock.offset(ledger.from));
  const strips = ledger.boards.map((board, index) => strip(board, index, ledger, scale, clock, ticks)).join('\n');
  const axis = ticks
    .map(
      (t, i) =>
        `<text class="tick${i % 2}" x="${scale.at(t)}" y="13" text-anchor="${anchor(share(t))}">${clock.time(t).slice(0, 5)}</text>`,
    )
    .join('');
  return `<div class="night" id="night" data-from="${ledger.from}" data-to="${ledger.to}">
<svg class="defs" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-bed" width="6" height="6"/><line class="hatch" y2="6"/></pattern></defs></svg>
${strips}
<div class="lane axis"><span></span><svg height="18" aria-hidden="true">${axis}</svg></div>
</div>
${legend(ledger)}`;
}

/** Labels at the ends stay within the strip. */
function anchor(share: number): string {
  if (share < 3) return 'start';
  return share > 97 ? 'end' : 'middle';
}

/** Full local hours (or minutes, or days), at most nine. */
function ticksOf(ledger: Span, offset: number): number[] {
  const length = ledger.to - ledger.from;
  const step = TICKS.find((s) => length / s <= 9) ?? 7 * 1440 * 60_000;
  const ticks: number[] = [];
  const first = Math.ceil((ledger.from + offset) / step) * step - offset;
  for (let t = first; t <= ledger.to && ticks.length < 12; t += step) ticks.push(t);
  return ticks;
}

function strip(
  board: BoardLedger,
  index: number,
  night: Span,
  scale: Scale,
  clock: WallClock,
  ticks: readonly number[],
): string {
  const moment = (t: number): string => clock.time(t);
  const span = ({ from, to }: Span): string => `${moment(from)} to ${moment(to)}, ${durationText(to - from)}`;
  const grid = ticks
    .map((t) => `<line class="grid" x1="${scale.at(t)}" x2="${scale.at(t)}" y1="14" y2="46"/>`)
    .join('');

  const modes = board.modes.map((piece) =>
    rect(`mode ${esc(piece.mode)}`, piece, 18, 14, scale, `${modeInWords(piece.mode)}: ${span(piece)}`),
  );
  const troubles = board.incidents.flatMap((incident) => {
    const kind = TROUBLE[incident.kind];
    if (kind === undefined) return [];
    const piece = {
      from: incident.t,
      to: incident.until ?? (incident.kind === 'contradiction' ? incident.t : night.to),
    };
    const words = `${incidentInWords(incident.kind)}: ${span(piece)}. ${incident.detail}`;
    return [rect(`trouble ${kind}`, piece, kind === 'probe' ? 40 : 34, 5, scale, words)];
  });
  const gaps = board.gaps.map((gap) =>
    rect('gap', gap, 15, 32, scale, `Not watched (${gapInWords(gap.reason)}): ${span(gap)}`),
  );
  const loops = board.loops.map((loop) =>
    link(
      `b${index}-l${loop.number}`,
      `loop`,
      `${moment(loop.from)} ${loopInWords(loop)}`,
      (attrs) =>
        `<rect ${attrs} x="${scale.at(loop.from)}" width="${scale.width(loop, SHORT)}" y="14" height="20"/>${pin(scale.at((loop.from + loop.to) / 2), LOOP)}`,
    ),
  );
  const alone = board.resets.filter((reset) => reset.loop === null);
  const shown = [...alone].sort((a, b) => Number(a.commanded) - Number(b.commanded)).slice(0, MOST_MARKS);
  // Commanded ones first: what the board did by itself lies on top.
  const resets = shown
    .reverse()
    .map((reset) =>
      link(
        `b${index}-r${reset.number}`,
        reset.commanded ? 'reset commanded' : 'reset',
        `${moment(reset.t)} #${reset.number} ${resetInWords(reset)}`,
        (attrs) =>
          `<line ${attrs} x1="${scale.at(reset.t)}" x2="${scale.at(reset.t)}" y1="${reset.commanded ? 12 : 9}" y2="33"/>${pin(scale.at(reset.t), reset.commanded ? ASKED : OWN)}`,
      ),
    );
  return `<div class="lane"><a class="who" href="#board-${index}"><bdi>${esc(boardLabel(board.name, 40, '…'), 60)}</bdi></a><svg height="48" role="group" aria-label="Time line of ${esc(board.name, 40)}">${grid}<g>${modes.join('')}${troubles.join('')}${gaps.join('')}</g><rect class="zoomed" y="0" height="48" width="0"/>${loops.join('')}${resets.join('')}</svg></div>`;
}

const OWN = '<path d="M-4.5 1h9L0 9z"/>';
const ASKED = '<circle cy="8" r="2.6"/>';
const LOOP = '<path d="M-5 1h10v3h-10zM-5 6h10v3h-10z"/>';

/** A shape of fixed size at a place given in percent. */
function pin(x: string, shape: string): string {
  return `<svg x="${x}" overflow="visible">${shape}</svg>`;
}

function rect(kind: string, piece: Span, y: number, height: number, scale: Scale, words: string): string {
  return `<rect class="${kind}" x="${scale.at(piece.from)}" width="${scale.width(piece, kind.startsWith('mode') ? 0 : SHORT)}" y="${y}" height="${height}" tabindex="0" role="img" aria-label="${esc(words)}" data-tip><title>${esc(words)}</title></rect>`;
}

/** A mark that leads to its row in the ledger. */
function link(target: string, kind: string, words: string, draw: (attrs: string) => string): string {
  return `<a class="${kind}" href="#${target}" aria-label="${esc(words)}" data-tip><title>${esc(words)}</title>${draw('class="stem"')}</a>`;
}

function legend(ledger: Ledger): string {
  const modes = [...new Set(ledger.boards.flatMap((board) => board.modes.map((piece) => piece.mode)))];
  const has = (kinds: readonly IncidentKind[]): boolean =>
    ledger.boards.some((b) => b.incidents.some((i) => kinds.includes(i.kind)));
  const key = (shape: string, words: string): string =>
    `<li><svg width="18" height="12" aria-hidden="true">${shape}</svg>${words}</li>`;
  const box = (kind: string): string => `<rect class="${kind}" y="1" width="18" height="10"/>`;
  const bar = (kind: string): string => `<rect class="${kind}" y="4" width="18" height="5"/>`;
  const at = (shape: string): string => `<svg x="9" y="1" overflow="visible">${shape}</svg>`;
  const resets = ledger.boards.flatMap((board) => board.resets);
  return `<ul class="legend">${[
    resets.some((r) => !r.commanded) ? key(`<g class="reset">${at(OWN)}</g>`, 'reset') : '',
    ledger.boards.some((b) => b.loops.length > 0) ? key(`<g class="loop">${at(LOOP)}</g>`, 'boot loop') : '',
    resets.some((r) => r.commanded)
      ? key(`<g class="reset commanded">${at(ASKED)}</g>`, 'reset commanded by espwatch')
      : '',
    ...modes.map((mode) => key(box(`mode ${esc(mode)}`), modeInWords(mode))),
    has(['wifi-lost', 'broker-lost']) ? key(bar('trouble net'), 'Wi-Fi or broker lost') : '',
    has(['probe-failed', 'contradiction']) ? key(bar('trouble probe'), 'probes failed or contradicted') : '',
    has(['silence']) ? key(bar('trouble mute'), 'silence') : '',
    ledger.boards.some((b) => b.gaps.length > 0) ? key(box('gap'), 'not watched') : '',
  ].join('')}</ul>`;
}
