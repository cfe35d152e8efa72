import type { TestEvent } from 'node:test/reporters';

/** A reporter of node's test runner for `--test-reporter`: a line per test that failed, `file<TAB>name`. */
// oxlint-disable-next-line import/no-default-export -- node takes a reporter so
export default async function* failedFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type === 'test:fail' && event.data.nesting === 0 && event.data.file !== undefined) yield `${event.data.file}\t${event.data.name}\n`;
  }
}
