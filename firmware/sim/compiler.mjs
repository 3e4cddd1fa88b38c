// The compiler: @yowasp/clang, a WebAssembly program that sees only the files it is given.
import { commands, runLLVM } from '@yowasp/clang';

const collect = (stream) => (bytes) => {
  if (bytes) stream.push(Buffer.from(bytes));
};

let loaded;

/** Runs `[program, ...arguments]` over `tree`; gives the tree with its outputs. What it says is shown when it fails. */
export async function clang([program, ...args], tree) {
  // Loads it without its progress lines on stdout.
  loaded ??= runLLVM(null, {}, { fetchProgress: () => {} });
  await loaded;
  const messages = [];
  const options = { stdout: collect(messages), stderr: collect(messages) };
  try {
    return await commands[program](args, tree, options);
  } catch {
    // What is thrown holds the whole tree, and nothing that was not said.
    process.stderr.write(Buffer.concat(messages));
    throw new Error(`${program} ${args.at(-1)} failed`);
  }
}
