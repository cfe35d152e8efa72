import type { TestEvent } from 'node:test/reporters';

/** A reporter of node's test runner for `--test-reporter`: a line per test that failed or was skipped, `file<TAB>name`. Skipped counts as failed here. */
// oxlint-disable-next-line import/no-default-export -- node takes a reporter so
export default async function* failedFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:fail' && event.type !== 'test:pass') continue;
    const { file, name, nesting, skip, todo } = event.data;
    const isSkipped = skip !== undefined || todo !== undefined;
    if (file !== undefined && (isSkipped || event.type === 'test:fail' && nesting === 0)) yield `${file}\t${name}\n`;
  }
}
