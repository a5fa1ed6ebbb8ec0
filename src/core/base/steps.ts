// Long work in steps of bounded size; other work may run between two steps.

/** Each `next()` does one step; the last gives the result. */
export type Steps<T> = Generator<void, T, void>;

/** Does all steps at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
