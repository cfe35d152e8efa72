import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { renderedObject, valuesInput } from '../../build/control-plane.ts';
import { eventually } from '../../support/eventually.ts';
import { startJaeger, type JaegerProcess } from './jaeger-process.ts';

/* The real Jaeger 2 with our configuration: what proxies send, by either protocol, can be asked for. */

const ADDRESS = '127.77.2.1';

let jaeger: JaegerProcess;
let dir = '';
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tmesh-jaeger-'));
  jaeger = await startJaeger(renderedObject(valuesInput(), 'Deployment', 'jaeger'), ADDRESS, dir);
});
after(async () => {
  await jaeger.stop();
  await rm(dir, { recursive: true });
});

const id = (bytes: number): string => randomBytes(bytes).toString('hex');

test('spans of one request, sent as Zipkin, are one trace in which each knows its caller', async () => {
  const trace = id(16);
  const [gateway, sidecar] = [id(8), id(8)];
  const at = Date.now() * 1000;
  const span = (name: string, spanId: string, serviceName: string, kind: string, parentId?: string): object =>
    ({ traceId: trace, id: spanId, name, kind, timestamp: at, duration: 1500, localEndpoint: { serviceName }, tags: { 'http.status_code': '200' }, ...(parentId === undefined ? {} : { parentId }) });
  await jaeger.send(9411, '/api/v2/spans', JSON.stringify([
    span('sample.example.com:80/*', gateway, 'istio-ingressgateway.istio-system', 'CLIENT'), span('sample.microsvc-sample.svc.cluster.local:8080/*', sidecar, 'sample.microsvc-sample', 'SERVER', gateway),
  ]));
  const spans = await eventually('both spans', async () => {
    const found = await jaeger.spans(trace);
    return found.length === 2 ? found : undefined;
  });
  assert.deepEqual(spans.find(({ spanID }) => spanID === sidecar)?.references.map(({ refType, spanID }) => [refType, spanID]), [['CHILD_OF', gateway]]);
  assert.ok((await jaeger.services()).includes('istio-ingressgateway.istio-system'));
});

test('a span sent over OTLP is found', async () => {
  const trace = id(16);
  const now = BigInt(Date.now()) * 1_000_000n;
  await jaeger.send(4318, '/v1/traces', JSON.stringify({
    resourceSpans: [{
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'caller.microsvc-sample' } }] },
      scopeSpans: [{ spans: [{ traceId: trace, spanId: id(8), name: 'weather', kind: 3, startTimeUnixNano: String(now), endTimeUnixNano: String(now + 1_000_000n) }] }],
    }],
  }));
  const [span] = await eventually('the span', async () => {
    const found = await jaeger.spans(trace);
    return found.length === 1 ? found : undefined;
  });
  assert.equal(span?.operationName, 'weather');
});

test('it listens where it was told to and nowhere else', async () => {
  for (const port of [4317, 4318, 9411, 13_133, 16_686]) assert.ok(await jaeger.isOpen(ADDRESS, port), String(port));
  for (const port of [4317, 4318, 9411, 13_133, 16_685, 16_686, 8888]) assert.ok(!await jaeger.isOpen('127.77.2.2', port), `${port} on every address`);
});

test('it has nothing to complain about', async () => {
  assert.match(await jaeger.log(), /Everything is ready/);
  assert.doesNotMatch(await jaeger.log(), /"level":"(?:error|fatal)"|\terror\t|deprecated/i);
});

test('a Jaeger that may keep two traces forgets the first', async () => {
  const other = '127.77.2.3';
  const small = await startJaeger(renderedObject(valuesInput({ addons: { jaeger: { install: { storage: { memory: { maxTraces: 2 } } } } } }), 'Deployment', 'jaeger'), other, dir);
  try {
    const traces = [id(16), id(16), id(16)];
    for (const trace of traces) {
      await small.send(9411, '/api/v2/spans', JSON.stringify([{ traceId: trace, id: id(8), name: 'x', timestamp: Date.now() * 1000, duration: 1, localEndpoint: { serviceName: 's' } }]));
      await eventually('the trace arrives', async () => (await small.spans(trace)).length === 1);
    }
    assert.deepEqual(await Promise.all(traces.map(async (trace) => (await small.spans(trace)).length)), [0, 1, 1]);
  } finally {
    await small.stop();
  }
});
