import { aborted, EspwatchError } from '../errors.js';

/** A terminal or a pipe that a person or a program answers through: `process.stdin`. */
export interface SecretInput {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
  setEncoding(encoding: 'utf8'): unknown;
  on(event: 'data', listener: (text: string) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  off(event: 'data', listener: (text: string) => void): unknown;
  off(event: 'end', listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface SecretPromptOptions {
  readonly input: SecretInput;
  /** Where the question goes: not stdout, which carries the result. */
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';
const BACKSPACES = ['\u007f', '\b'];

/** Asks for secrets one after another: a terminal shows nothing of what is typed, a pipe gives one line each. */
export class SecretPrompt {
  readonly #options: SecretPromptOptions;
  /** Came in, but belongs to the next question. */
  #pending = '';
  #ended = false;

  constructor(options: SecretPromptOptions) {
    this.#options = options;
  }

  /** Rejects with ABORTED (Ctrl-C, or the signal), with USAGE when the input ended without a line. */
  async ask(what: string): Promise<string> {
    const { input, write, signal } = this.#options;
    if (signal.aborted) throw signal.reason;
    const terminal = input.isTTY === true;
    if (terminal) write(`${what}: `);
    input.setEncoding('utf8');
    // The terminal's own line editor would echo.
    if (terminal) input.setRawMode?.(true);
    try {
      return await this.#line(what, terminal);
    } finally {
      if (terminal) {
        input.setRawMode?.(false);
        write('\n');
      }
      input.pause();
    }
  }

  #line(what: string, terminal: boolean): Promise<string> {
    const { input, signal } = this.#options;
    let typed = '';
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        input.off('data', onData);
        input.off('end', onEnd);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const take = (char: string): boolean => {
        if (char === '\n' || char === '\r') end(() => resolve(typed));
        else if (!terminal) typed += char;
        else if (char === CTRL_C) end(() => reject(aborted('The command')));
        else if (char === CTRL_D) end(() => reject(nothingGiven(what)));
        else if (char === CTRL_U) typed = '';
        else if (BACKSPACES.includes(char)) typed = [...typed].slice(0, -1).join('');
        else if (char >= ' ') typed += char;
        return char === '\n' || char === '\r' || (terminal && (char === CTRL_C || char === CTRL_D));
      };
      const onData = (text: string): void => {
        const chars = [...this.#pending, ...text];
        this.#pending = '';
        const done = chars.findIndex(take);
        if (done < 0) return;
        const rest = chars.slice(done + 1).join('');
        this.#pending = chars[done] === '\r' ? rest.replace(/^\n/, '') : rest;
      };
      const onEnd = (): void => {
        this.#ended = true;
        end(() => (typed === '' ? reject(nothingGiven(what)) : resolve(typed)));
      };
      const onAbort = (): void => end(() => reject(signal.reason as Error));
      input.on('data', onData);
      input.on('end', onEnd);
      signal.addEventListener('abort', onAbort);
      input.resume();
      if (this.#pending !== '') onData('');
      else if (this.#ended) onEnd();
    });
  }
}

function nothingGiven(what: string): EspwatchError {
  return new EspwatchError('USAGE', `Nothing was given for ${what}.`, 'Type it, or send one line through a pipe.');
}
