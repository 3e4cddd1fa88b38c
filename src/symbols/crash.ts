import type { CrashReport, StackDump } from '../board/events.js';
import { type CodeFile, isCode } from './code-file.js';
import { type Frame, frameText } from './frame.js';
import { stacksOf } from './judge.js';
import { isRom } from './rom.js';
import type { Symbols } from './symbols.js';

export interface DecodedAddress {
  /** `epc1`, `excvaddr`, `stack`, ... */
  readonly name: string;
  /** As printed by the board. */
  readonly address: number;
  /** Innermost first; of a return address, those of the call. Empty when it is not in the file's code. */
  readonly frames: readonly Frame[];
  /** True for a word of the stack that follows a call: others are pointers to functions or data, or by chance. */
  readonly returnAddress: boolean;
}

export interface DecodedStack {
  readonly context: StackDump['context'];
  /** The words that are addresses in the file's code, in their order. */
  readonly words: readonly DecodedAddress[];
}

export interface DecodedCrash {
  /** Registers with an address in the code or the ROM, `alloc` (the caller of the failed allocation), `smashed`. */
  readonly registers: readonly DecodedAddress[];
  readonly stacks: readonly DecodedStack[];
}

interface Wanted extends Omit<DecodedAddress, 'frames'> {
  /** What to look up: of a return address, the call. */
  readonly lookUp: number;
}

/** Functions, files and lines of every code address in a crash report. Throws ABORTED. */
export async function decodeCrash(report: CrashReport, symbols: Symbols): Promise<DecodedCrash> {
  const { registers, stacks } = wantedOf(report, symbols.code);
  const frames = await symbols.resolve(lookUps(report, symbols.code));
  const decoded = ({ name, address, lookUp, returnAddress }: Wanted): DecodedAddress => ({
    name,
    address,
    frames: frames.get(lookUp) ?? [],
    returnAddress,
  });
  return {
    registers: registers.map(decoded),
    stacks: stacks.map(({ context, words }) => ({ context, words: words.map(decoded) })),
  };
}

/** What `decodeCrash` will ask for: who has many crashes resolves them all at once before. */
export function lookUps(report: CrashReport, code: CodeFile): readonly number[] {
  const { registers, stacks } = wantedOf(report, code);
  return [...registers, ...stacks.flatMap(({ words }) => words)].map(({ lookUp }) => lookUp);
}

interface WantedOf {
  readonly registers: readonly Wanted[];
  readonly stacks: readonly { readonly context: StackDump['context']; readonly words: readonly Wanted[] }[];
}

function wantedOf(report: CrashReport, code: CodeFile): WantedOf {
  const wanted = (name: string, address: number, mayReturn: boolean): Wanted => {
    const call = mayReturn ? code.callSite(address) : null;
    return { name, address, lookUp: call ?? address, returnAddress: call !== null };
  };
  return {
    registers: namedAddresses(report)
      .filter(({ name, address }) => (name === 'epc1' && address !== 0) || isCode(code, address) || isRom(address))
      .map(({ name, address, returnAddress }) => wanted(name, address, returnAddress)),
    stacks: stacksOf(report).map(({ context, words }) => ({
      context,
      words: words.filter((word) => isCode(code, word)).map((word) => wanted('stack', word, true)),
    })),
  };
}

/** A decoded crash in lines such as `epc1 0x40201f40: handleRequest() at tls_mqtt.ino:123`. Throws ABORTED. */
export async function describeCrash(report: CrashReport, symbols: Symbols): Promise<readonly string[]> {
  return crashLines(await decodeCrash(report, symbols));
}

export function crashLines({ registers, stacks }: DecodedCrash): readonly string[] {
  const several = stacks.length > 1;
  return [
    ...registers.flatMap((register) => addressLines(register)),
    ...stacks.flatMap(({ context, words }) => [
      ...(several && words.length > 0 ? [`stack ${context ?? 'without a name'}`] : []),
      ...words.flatMap((word) => addressLines(word)),
    ]),
  ];
}

function addressLines({ name, address, frames, returnAddress }: DecodedAddress): string[] {
  const head = `${name} 0x${address.toString(16).padStart(8, '0')}:`;
  const [first, ...outer] = frames;
  if (first === undefined) return [`${head} ${isRom(address) ? 'in the ROM' : 'not in the code'}`];
  const remark = name === 'stack' && !returnAddress ? ' (not a return address)' : '';
  return [`${head} ${frameText(first)}${remark}`, ...outer.map((frame) => `  inlined into ${frameText(frame)}`)];
}

/** The addresses that a report names, those of its stacks apart; `returnAddress` where it is one by its meaning. */
function namedAddresses(report: CrashReport): readonly Omit<DecodedAddress, 'frames'>[] {
  const found: Omit<DecodedAddress, 'frames'>[] = [];
  const add = (name: string, address: number, returnAddress: boolean): void => {
    found.push({ name, address, returnAddress });
  };
  const { registers, failedAlloc, detail, kind } = report;
  if (registers !== null) {
    for (const name of ['epc1', 'epc2', 'epc3', 'depc', 'excvaddr'] as const) add(name, registers[name], false);
  }
  if (failedAlloc !== null) add('alloc', failedAlloc.caller, true);
  const smashed = kind === 'stack-smashing' ? /0x([0-9a-f]{8})/i.exec(detail ?? '')?.[1] : undefined;
  if (smashed !== undefined) add('smashed', Number.parseInt(smashed, 16), true);
  return found;
}
