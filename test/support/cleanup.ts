import type { TestContext } from 'node:test';

const stacks = new WeakMap<TestContext, (() => unknown)[]>();

/** As `t.after`, but what was set up last is taken down first. */
export function atEnd(t: TestContext, cleanUp: () => unknown): void {
  const stack = stacks.get(t);
  if (stack !== undefined) {
    stack.push(cleanUp);
    return;
  }
  const fresh = [cleanUp];
  stacks.set(t, fresh);
  t.after(async () => {
    for (let next = fresh.pop(); next !== undefined; next = fresh.pop()) await next();
  });
}
