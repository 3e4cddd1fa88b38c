// A terminal's screen, as tmux gives it with its SGR sequences, as a page that looks like it on a dark background.
import stringWidth from 'string-width';

const BACKGROUND = '#11151c';
const FOREGROUND = '#d5dae3';
const SIXTEEN = [
  ...['#1d232e', '#f0716b', '#7fd08a', '#e6c26a', '#6fa8f5', '#c792ea', '#6fd0d6', '#d5dae3'],
  ...['#7a8596', '#ff8f88', '#9be8a6', '#ffd98a', '#92c0ff', '#dcb0ff', '#93ebf0', '#ffffff'],
];
const PLAIN = { fg: null, bg: null, bold: false, dim: false, underline: false, reverse: false };

/** Cell size in CSS pixels. */
export const CELL = { width: 9, height: 20 };
export const MARGIN = 14;

function indexed(n) {
  if (n < 16) return SIXTEEN[n];
  if (n >= 232) return `rgb(${Array(3).fill(8 + (n - 232) * 10)})`;
  const level = (part) => (part === 0 ? 0 : 55 + part * 40);
  return `rgb(${[Math.floor((n - 16) / 36), Math.floor((n - 16) / 6) % 6, (n - 16) % 6].map(level)})`;
}

function styled(style, codes) {
  let next = style;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    const set = (change) => {
      next = { ...next, ...change };
    };
    if (code === 0) next = PLAIN;
    else if (code === 1) set({ bold: true });
    else if (code === 2) set({ dim: true });
    else if (code === 4) set({ underline: true });
    else if (code === 7) set({ reverse: true });
    else if (code === 22) set({ bold: false, dim: false });
    else if (code === 24) set({ underline: false });
    else if (code === 27) set({ reverse: false });
    else if (code === 38 || code === 48) {
      const rgb = codes[i + 1] === 2;
      const colour = rgb ? `rgb(${codes.slice(i + 2, i + 5)})` : indexed(codes[i + 2]);
      set(code === 38 ? { fg: colour } : { bg: colour });
      i += rgb ? 4 : 2;
    } else if (code === 39) set({ fg: null });
    else if (code === 49) set({ bg: null });
    else if (code >= 30 && code <= 37) set({ fg: SIXTEEN[code - 30] });
    else if (code >= 90 && code <= 97) set({ fg: SIXTEEN[code - 82] });
    else if (code >= 40 && code <= 47) set({ bg: SIXTEEN[code - 40] });
    else if (code >= 100 && code <= 107) set({ bg: SIXTEEN[code - 92] });
  }
  return next;
}

function css({ fg, bg, bold, dim, underline, reverse }) {
  const [front, back] = reverse ? [bg ?? BACKGROUND, fg ?? FOREGROUND] : [fg, bg];
  return [
    front === null ? '' : `color:${front};`,
    back === null ? '' : `background:${back};`,
    bold ? 'font-weight:bold;' : '',
    dim ? 'opacity:.62;' : '',
    underline ? 'text-decoration:underline;' : '',
  ].join('');
}

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

function placed(rows) {
  let html = '';
  // It goes on from row to row.
  let style = PLAIN;
  for (const [y, row] of rows.entries()) {
    const [spans, last] = runs(row, y, style);
    html += spans;
    style = last;
  }
  return html;
}

/** Each run has a place of its own: a font's idea of a character's width must not shift what follows. */
function runs(row, y, before) {
  let html = '';
  let style = before;
  let column = 0;
  for (const [part] of row.matchAll(/\x1b\[[\d;]*m|[\x20-\x7e]+|\P{M}\p{M}*/gu)) {
    if (part.startsWith('\x1b')) {
      style = styled(style, part.slice(2, -1).split(';').map(Number));
      continue;
    }
    const width = stringWidth(part);
    const look = css(style);
    if (part.trim() !== '' || look.includes('background')) {
      const place = `left:${column * CELL.width}px;top:${y * CELL.height}px;width:${width * CELL.width}px`;
      html += `<span style="${place};${look}">${escaped(part)}</span>`;
    }
    column += width;
  }
  return [html, style];
}

/** The page, and its size in CSS pixels. */
export function screenHtml(screen, columns) {
  const rows = screen.split('\n');
  const [width, height] = [columns * CELL.width, rows.length * CELL.height];
  const html = `<!doctype html><meta charset="utf-8"><style>
body{margin:0;background:${BACKGROUND}}
div{position:relative;margin:${MARGIN}px;width:${width}px;height:${height}px;color:${FOREGROUND};
font:15px/${CELL.height}px 'DejaVu Sans Mono','Liberation Mono',monospace}
span{position:absolute;white-space:pre;height:${CELL.height}px;overflow:hidden}
</style><div>${placed(rows)}</div>`;
  return { html, width: width + 2 * MARGIN, height: height + 2 * MARGIN };
}
