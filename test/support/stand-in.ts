import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How a stand-in answers calls whose arguments contain all of `when`; the first match counts. */
export interface Reply {
  readonly when: readonly string[];
  readonly stdout?: string;
  readonly stderr?: string;
  /** Default 0. */
  readonly code?: number;
  /** Files to make: a path, in which `{--name}` is the argument behind `--name`, and its text. */
  readonly make?: Readonly<Record<string, string>>;
}

export interface Call {
  readonly args: readonly string[];
  /** Files below the folder that `looks` names, with their texts. */
  readonly files: Readonly<Record<string, string>>;
}

/** A program on PATH that answers as it was told and writes down how it was called. `{stage}` in an answer is its work folder. */
export class StandIn {
  readonly #log: string;

  private constructor(log: string) {
    this.#log = log;
  }

  /** @param looks the argument whose folder's files are written down: a flag, or `last` */
  static async install(folder: string, name: string, looks: string, replies: readonly Reply[]): Promise<StandIn> {
    await mkdir(folder, { recursive: true });
    const log = join(folder, `${name}.calls`);
    const path = join(folder, name);
    await writeFile(log, '');
    await writeFile(path, `#!${process.execPath}\n(${play.toString()})(${JSON.stringify({ log, looks, replies })});\n`);
    await chmod(path, 0o755);
    return new StandIn(log);
  }

  async calls(): Promise<readonly Call[]> {
    const lines = (await readFile(this.#log, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Call);
  }
}

interface Part {
  readonly log: string;
  readonly looks: string;
  readonly replies: readonly Reply[];
}

/** Runs in the stand-in's own process, as CommonJS: it may use nothing from outside. */
function play({ log, looks, replies }: Part): void {
  const fs = process.getBuiltinModule('node:fs');
  const path = process.getBuiltinModule('node:path');
  const args = process.argv.slice(2);
  const after = (flag: string): string => args[args.indexOf(flag) + 1] ?? '';
  const stage = looks === 'last' ? (args.at(-1) ?? '') : args.includes(looks) ? after(looks) : '';
  const files: Record<string, string> = {};
  if (fs.existsSync(stage)) {
    for (const entry of fs.readdirSync(stage, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (entry.isFile()) files[path.relative(stage, file)] = fs.readFileSync(file, 'utf8');
    }
  }
  fs.appendFileSync(log, `${JSON.stringify({ args, files })}\n`);
  const reply = replies.find(({ when }) => when.every((word) => args.includes(word)));
  if (reply === undefined) {
    process.stderr.write(`stand-in: nothing for ${args.join(' ')}\n`);
    process.exit(64);
  }
  for (const [file, text] of Object.entries(reply.make ?? {})) {
    const target = file.replace(/\{(--?[\w-]+)\}/g, (_all, flag: string) => after(flag));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  }
  process.stdout.write((reply.stdout ?? '').replaceAll('{stage}', stage));
  process.stderr.write((reply.stderr ?? '').replaceAll('{stage}', stage));
  process.exitCode = reply.code ?? 0;
}
