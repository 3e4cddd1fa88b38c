/** Tips of the time line and filters of the ledger. Runs in the reader's browser, see `page-data.ts`. */
import type { PageDocument, PageElement, PageWindow } from './page-dom.js';

declare const document: PageDocument;
declare const window: PageWindow;

/** Texts of the marks in the time line, for the pointer and for the keyboard. */
function tips(): void {
  const night = document.getElementById('night');
  if (night === null) return;
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.toggleAttribute('hidden', true);
  night.append(tip);
  const show = (mark: PageElement): void => {
    tip.textContent = mark.getAttribute('aria-label') ?? '';
    tip.toggleAttribute('hidden', false);
    const frame = night.getBoundingClientRect();
    const place = mark.getBoundingClientRect();
    const middle = place.left + place.width / 2 - frame.left - tip.offsetWidth / 2;
    tip.style['left'] = `${Math.max(0, Math.min(frame.width - tip.offsetWidth, middle))}px`;
    tip.style['top'] = `${place.bottom - frame.top + 6}px`;
  };
  for (const mark of document.querySelectorAll('[data-tip]')) {
    // The browser's own tip would lie over this one.
    mark.querySelector('title')?.remove();
    for (const type of ['pointerenter', 'focus']) mark.addEventListener(type, () => show(mark));
    for (const type of ['pointerleave', 'blur']) mark.addEventListener(type, () => tip.toggleAttribute('hidden', true));
  }
}

function filters(): void {
  const form = document.getElementById('filter');
  const rows = document.querySelectorAll('#ledger tbody');
  if (form === null) return;
  const apply = (): void => {
    const board = form.querySelector('[name=board]')?.value ?? '';
    const kinds = (form.querySelector('[name=kind]')?.value ?? '').split(' ');
    let shown = 0;
    let all = 0;
    let day: PageElement | null = null;
    for (const row of rows) {
      if (row.className === 'day') {
        day = row;
        day.toggleAttribute('hidden', true);
        continue;
      }
      const fits =
        (board === '' || row.dataset['board'] === board || row.dataset['board'] === '') &&
        kinds.includes(row.className);
      row.toggleAttribute('hidden', !fits);
      all++;
      if (!fits) continue;
      shown++;
      // A day is named only above something that happened in it.
      day?.toggleAttribute('hidden', false);
    }
    const output = form.querySelector('output');
    if (output !== null)
      output.textContent = shown === 0 ? `nothing of this kind; ${all} rows in all` : `${shown} of ${all} rows`;
  };
  form.addEventListener('change', apply);
  form.toggleAttribute('hidden', false);
  apply();
}

/** A row that was asked for by a link is shown, and opened. */
function openTarget(): void {
  const row = document.getElementById(window.location.hash.slice(1));
  if (row === null) return;
  row.toggleAttribute('hidden', false);
  row.querySelector('details')?.setAttribute('open', '');
}

tips();
filters();
openTarget();
window.addEventListener('hashchange', openTarget);
