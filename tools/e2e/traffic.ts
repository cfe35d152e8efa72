import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NODE_ADDRESS } from '../cluster/node/addresses.ts';
import { sampleFile } from './control-plane.ts';
import { destinationRule, externalHost, gateway, memberRoll, virtualService } from './istio-objects.ts';
import { say } from './screen.ts';
import { answerIs, callsFromHost, containersOf, podAddress, podsOf, viaRouter, type Stage } from './stage.ts';
import { service, workload, type Workload } from './workloads.ts';

/* Step 9 of WALK.md: what the users' notes say besides. */

const MESH = 'istio-system';
const PROJECT = 'microsvc-sample';
const DOMAIN = 'apps.example.com';
/** A workload of the mesh that calls others when it is told to. */
const CALLER = `caller.${DOMAIN}`;
const ASKS = { 'sidecar.istio.io/inject': 'true' };

async function isInjected({ checks, client }: Stage, namespace: string, app: string, pods = 1): Promise<void> {
  await checks.holds(`${app}: ${pods} × 2/2 spring-boot istio-proxy`, async () => {
    const seen = (await podsOf(client, namespace, `app=${app}`)).map(containersOf);
    return { isGood: seen.length === pods && seen.every((pod) => pod === '2/2 spring-boot istio-proxy'), seen: seen.join(', ') };
  }, { limitMs: 120_000 });
}

async function forecast(stage: Stage): Promise<void> {
  say('\n== 9. A namespace that asks for injection by label, and a Gateway for every host');
  const name = 'weather-forecast';
  await stage.kubectl('apply', '-f', sampleFile('06-weather-forecast.yaml'));
  await stage.feed([memberRoll(MESH, [PROJECT, name])], 'apply');
  await stage.checks.holds('the roll names both members', async () => {
    const seen = await stage.kubectl('get', 'smmr', 'default', '-n', MESH, '-o', 'jsonpath={.status.configuredMembers}');
    return { isGood: (JSON.parse(seen) as unknown[]).length === 2, seen };
  });
  const weather: Workload = { name, namespace: name, role: 'weather', servicePort: 80 };
  await stage.feed([workload(weather), service(weather)], 'apply');
  await isInjected(stage, name, name);
  await stage.checks.holds('GET /weatherforecast through the Route of `*`: 200, server: istio-envoy', async () => {
    const host = await stage.kubectl('get', 'routes', '-n', MESH, '-l', `maistra.io/gateway-namespace=${name}`, '-o', 'jsonpath={.items[0].spec.host}');
    return answerIs(viaRouter(stage, host, '/weatherforecast'), ({ status, headers, body }) => status === 200 && headers['server'] === 'istio-envoy' && body.includes('temperatureC'));
  });
  await stage.kubectl('delete', 'gateways.networking.istio.io', name, '-n', name);
}

/** Versions that answered, out of `count` requests by some clients at once. */
async function versions(stage: Stage, host: string, count: number): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number>();
  let left = count;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { status, headers } = await viaRouter(stage, host, '/');
      const version = status === 200 ? String(headers['x-version']) : String(status);
      seen.set(version, (seen.get(version) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 10 }, client));
  return seen;
}

async function split(stage: Stage): Promise<void> {
  say('\n== 9. Two versions of a service, 80 to 20');
  const host = `split.${DOMAIN}`;
  const parts = ['v1', 'v2'].map((version): Workload => ({ name: `split-${version}`, app: 'split', version, namespace: PROJECT, annotations: ASKS }));
  const place = { name: 'split', namespace: PROJECT };
  await stage.feed([
    ...parts.map(workload), ...parts.slice(0, 1).map(service), gateway({ ...place, hosts: [host], istio: 'ingressgateway' }),
    destinationRule(place, { subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) }),
    virtualService(place, { hosts: [host], gateways: ['split'], http: [{ route: [['v1', 80], ['v2', 20]].map(([subset, weight]) => ({ destination: { host: 'split', subset }, weight })) }] }),
  ], 'apply');
  await isInjected(stage, PROJECT, 'split', 2);
  await stage.checks.holds(`${host} answers`, () => answerIs(viaRouter(stage, host, '/'), ({ status }) => status === 200));
  await stage.checks.holds('of 1000 requests 800 ± 50 reach v1, the others v2', async () => {
    const seen = await versions(stage, host, 1000);
    const [v1 = 0, v2 = 0] = [seen.get('v1'), seen.get('v2')];
    stage.figures['split 80/20, of 1000'] = `${v1}/${v2}`;
    return { isGood: v1 + v2 === 1000 && Math.abs(v1 - 800) <= 50, seen: JSON.stringify([...seen]) };
  }, { times: 1, limitMs: 120_000 });
}

interface Line {
  readonly status: number;
  readonly seconds: number;
}

function lineOf(text: string): Line {
  const [status, , , seconds] = text.split(' ');
  return { status: Number(status), seconds: Number(seconds) };
}

async function breakCircuit(stage: Stage): Promise<void> {
  say('\n== 9. A circuit breaker: a service that hangs');
  const hung: Workload = { name: 'hung', namespace: PROJECT, annotations: ASKS };
  const outlierDetection = { consecutiveGatewayErrors: 3, interval: '1s', baseEjectionTime: '60s', maxEjectionPercent: 100 };
  await stage.feed([
    workload(hung), service(hung), destinationRule(hung, { trafficPolicy: { outlierDetection } }),
    virtualService(hung, { hosts: ['hung'], http: [{ timeout: '1s', retries: { attempts: 0 }, route: [{ destination: { host: 'hung' } }] }] }),
  ], 'apply');
  await isInjected(stage, PROJECT, 'hung');
  const calls = async (n: number): Promise<readonly Line[]> =>
    (await callsFromHost(stage, CALLER, { url: `http://hung.${PROJECT}.svc.cluster.local:8080/sleep/5000`, n: String(n) })).map(lineOf);
  await stage.checks.holds('at first a call waits for its limit of one second: 504', async () => {
    const [first] = await calls(1);
    return { isGood: first?.status === 504 && first.seconds >= 0.9, seen: JSON.stringify(first) };
  }, { times: 1 });
  await stage.checks.holds('after three of them each answers 503 in less than 50 ms', async () => {
    const lines = await calls(5);
    stage.figures['open circuit, slowest of 5 answers'] = `${(Math.max(...lines.map(({ seconds }) => seconds)) * 1000).toFixed(0)} ms`;
    return { isGood: lines.every(({ status, seconds }) => status === 503 && seconds < 0.05), seen: JSON.stringify(lines) };
  }, { times: 1, limitMs: 30_000 });
}

async function leaveByEgress(stage: Stage): Promise<void> {
  say('\n== 9. Out of the mesh through the egress gateway');
  const sources: string[] = [];
  const outside = createServer((incoming, response) => {
    sources.push(incoming.socket.remoteAddress ?? '');
    response.end('outside\n');
  });
  await new Promise<void>((resolve) => { outside.listen(0, NODE_ADDRESS, resolve); });
  const { port } = outside.address() as AddressInfo;
  const host = 'outside.example.org';
  const place = { name: 'outside', namespace: PROJECT };
  const egress = `istio-egressgateway.${MESH}.svc.cluster.local`;
  const match = (gateway: string): object => ({ gateways: [gateway], port: 80 });
  await stage.feed([
    externalHost(place, host, { address: NODE_ADDRESS, port }), gateway({ ...place, hosts: [host], istio: 'egressgateway' }),
    virtualService(place, {
      hosts: [host], gateways: ['mesh', 'outside'],
      http: [
        { match: [match('mesh')], route: [{ destination: { host: egress, port: { number: 80 } } }] },
        { match: [match('outside')], route: [{ destination: { host, port: { number: 80 } } }] },
      ],
    }),
  ], 'apply');
  const gatewayAddress = await podAddress(stage.client, MESH, 'app=istio-egressgateway');
  await stage.checks.holds('the host outside sees the address of the egress gateway', async () => {
    sources.length = 0;
    // Any address will do: the sidecar goes by the name.
    const [line = ''] = await callsFromHost(stage, CALLER, { url: 'http://192.0.2.1/', host });
    return { isGood: line.startsWith('200 ') && sources.length === 1 && sources[0] === gatewayAddress, seen: `${line}; seen from ${sources.join()}, the gateway is ${gatewayAddress}` };
  });
  outside.close();
  outside.closeAllConnections();
}

/** Plays them. Throws only where nothing can follow. */
export async function playTraffic(stage: Stage): Promise<void> {
  await forecast(stage);
  await split(stage);
  await breakCircuit(stage);
  await leaveByEgress(stage);
}
