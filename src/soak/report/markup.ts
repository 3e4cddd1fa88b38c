/** Text into HTML, SVG and script blocks. */
import { deviceText } from './device-text.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Any text, safe as HTML text and inside quoted attributes: printable, without secrets, escaped. */
export function esc(text: string, limit?: number): string {
  return deviceText(text, limit).replace(/[&<>"']/g, (c) => ENTITIES[c] ?? '');
}

/** JSON for a `<script>` block: no character in it can end the block, open a comment, or break a line of script. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A mark that tells pass from fail by shape and word, not by colour alone. */
export function mark(passed: boolean, words: string = passed ? 'passed' : 'failed'): string {
  const shape = passed ? '<path d="M3 8.5l3.2 3.2L13 4.6"/>' : '<path d="M4 4l8 8M12 4l-8 8"/>';
  return `<span class="mark ${passed ? 'good' : 'bad'}"><svg viewBox="0 0 16 16" aria-hidden="true">${shape}</svg>${words}</span>`;
}

/** A table that scrolls by itself where the page is narrow; cells are markup. `n` marks columns of figures. */
export function dataTable(
  caption: string,
  head: readonly (readonly [label: string, kind: 'n' | ''])[],
  rows: readonly (readonly string[])[],
): string {
  const cells = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? `<th scope="row">${cell}</th>` : `<td${numeric(head[i]?.[1])}>${cell}</td>`))
      .join('');
  const labels = head.map(([label, kind]) => `<th scope="col"${numeric(kind)}>${label}</th>`).join('');
  const body = rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n');
  return `<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><thead><tr>${labels}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function numeric(kind: 'n' | '' | undefined): string {
  return kind === 'n' ? ' class="n"' : '';
}
