import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { grafanaValues } from '../../../../../src/domain/control-plane/values/grafana.ts';
import { jaegerValues } from '../../../../../src/domain/control-plane/values/jaeger.ts';
import { kialiValues } from '../../../../../src/domain/control-plane/values/kiali.ts';
import { prometheusDuration, prometheusValues, scrapeConfig } from '../../../../../src/domain/control-plane/values/prometheus.ts';
import { yamlText } from '../../../../../src/domain/control-plane/values/yaml-text.ts';
import { isJsonObject, valueAt } from '../../../../../src/lib/json.ts';
import { MESH, OPENSHIFT, OPERATOR_FACTS, renderedObject, valuesInput } from '../../../../build/control-plane.ts';

const openshift = (spec: Parameters<typeof valuesInput>[0] = {}, more = {}) => valuesInput(spec, { facts: OPENSHIFT, ...more });

test('add-ons are on unless they are switched off, or somebody else installs them', () => {
  assert.deepEqual([prometheusValues(valuesInput()).enabled, grafanaValues(valuesInput()).enabled, kialiValues(valuesInput()).enabled, jaegerValues(valuesInput()).enabled], [true, true, true, true]);
  const off = valuesInput({ addons: { prometheus: { install: { selfManaged: true } }, grafana: { enabled: false }, kiali: { enabled: false } }, tracing: { type: 'None' } });
  assert.deepEqual([prometheusValues(off).enabled, grafanaValues(off).enabled, kialiValues(off).enabled, jaegerValues(off).enabled], [false, false, false, false]);
});

test('Prometheus looks at the namespaces of its mesh and at no other', () => {
  const jobs = scrapeConfig(valuesInput({}, { members: ['a', 'b'] }))['scrape_configs'] as readonly Record<string, unknown>[];
  assert.deepEqual(jobs.map((job) => job['job_name']), ['istiod', 'envoy-stats', 'kubernetes-pods']);
  const namespaces = jobs.map((job) => valueAt((job['kubernetes_sd_configs'] as unknown[])[0], 'namespaces', 'names'));
  assert.deepEqual(namespaces, [[MESH], [MESH, 'a', 'b'], [MESH, 'a', 'b']]);
});

test('retention and interval are those of the spec', () => {
  const values = prometheusValues(valuesInput({ addons: { prometheus: { install: { retention: '2d', scrapeInterval: '30s' } } } }));
  assert.ok(values.args.includes('--storage.tsdb.retention.time=2d'));
  assert.equal(valueAt(parse(values.config), 'global', 'scrape_interval'), '30s');
});

test('a duration that only Go can read is written as Prometheus reads it', () => {
  assert.deepEqual(['15s', '1h30m', '500ms', '1.5m', '30s1m', '250000us', '.5s'].map(prometheusDuration), ['15s', '1h30m', '500ms', '90000ms', '90000ms', '250ms', '500ms']);
});

test('no scrape timeout is written, so that a short interval shortens it', () => {
  const config = scrapeConfig(valuesInput({ addons: { prometheus: { install: { scrapeInterval: '5s' } } } }));
  assert.deepEqual(config['global'], { scrape_interval: '5s' });
});

test('on OpenShift every console listens on loopback and a proxy asks who you are', () => {
  assert.ok(prometheusValues(openshift()).args.includes('--web.listen-address=127.0.0.1:9090'));
  assert.ok(grafanaValues(openshift()).env.some(({ name, value }) => name === 'GF_SERVER_HTTP_ADDR' && value === '127.0.0.1'));
  assert.equal(valueAt(parse(kialiValues(openshift()).config), 'server', 'address'), '127.0.0.1');
  assert.match(jaegerValues(openshift()).args[0] ?? '', /endpoint: 127\.0\.0\.1:16686/);
  for (const values of [prometheusValues(openshift()), grafanaValues(openshift()), kialiValues(openshift()), jaegerValues(openshift())]) {
    const args = valueAt(values.oauthProxy.container, 'args') as readonly string[];
    assert.ok(args.includes(`-openshift-sar={"namespace":"${MESH}","resource":"pods","verb":"get"}`));
    assert.equal(values.service.targetPort, 'oauth-proxy');
    assert.equal(values.oauthProxy.volumes.length, 3);
  }
});

test('elsewhere there is no proxy, and Kiali asks for a token', () => {
  for (const values of [prometheusValues(valuesInput()), grafanaValues(valuesInput()), kialiValues(valuesInput()), jaegerValues(valuesInput())]) {
    assert.deepEqual([values.oauthProxy.volumes, values.route], [[], false]);
    assert.equal(values.service.annotations['service.beta.openshift.io/serving-cert-secret-name'], undefined);
  }
  assert.equal(valueAt(parse(kialiValues(valuesInput()).config), 'auth', 'strategy'), 'token');
});

test('no configuration holds a secret', () => {
  for (const input of [valuesInput(), openshift()]) {
    const texts = [prometheusValues(input).config, grafanaValues(input).datasources, kialiValues(input).config, JSON.stringify(kialiValues(input).resource)];
    for (const text of texts) assert.doesNotMatch(text, /password: (?!\$ADDON_PASSWORD)\S/i);
  }
  assert.match(grafanaValues(openshift()).datasources, /basicAuthPassword: \$ADDON_PASSWORD/);
});

test('a Kiali whose visitors nobody asks again may not change anything', () => {
  assert.equal(valueAt(parse(kialiValues(openshift()).config), 'deployment', 'view_only_mode'), true);
  assert.equal(valueAt(parse(kialiValues(valuesInput()).config), 'deployment', 'view_only_mode'), false);
});

test('Kiali sees its mesh only, and the add-ons that are there', () => {
  const config = parse(kialiValues(valuesInput({ addons: { grafana: { enabled: false } } }, { members: ['shop'] })).config) as unknown;
  assert.deepEqual(valueAt(config, 'deployment', 'discovery_selectors'), { default: [{ matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [MESH, 'shop'] }] }] });
  assert.equal(valueAt(config, 'deployment', 'cluster_wide_access'), false);
  assert.equal(valueAt(config, 'external_services', 'grafana', 'enabled'), false);
  assert.equal(valueAt(config, 'external_services', 'prometheus', 'url'), `http://prometheus.${MESH}.svc:9090`);
  assert.equal(valueAt(config, 'external_services', 'tracing', 'internal_url'), `http://jaeger-query.${MESH}.svc:16686`);
});

/** What Kiali 2.27 knows: `config/config.go` of its server; the same names without those of secrets in the CRD of its operator. */
const KIALI_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': ['auth', 'deployment', 'external_services', 'login_token', 'server'],
  auth: ['strategy'], login_token: ['signing_key'],
  deployment: ['cluster_wide_access', 'discovery_selectors', 'instance_name', 'namespace', 'view_only_mode'],
  external_services: ['grafana', 'istio', 'prometheus', 'tracing'],
  'external_services.istio': ['istio_api_enabled'],
  'external_services.prometheus': ['auth', 'enabled', 'url'],
  'external_services.grafana': ['auth', 'enabled', 'external_url', 'internal_url'],
  'external_services.tracing': ['auth', 'enabled', 'external_url', 'internal_url', 'provider', 'use_grpc'],
  'external_services.prometheus.auth': ['insecure_skip_verify', 'password', 'type', 'username'],
  'external_services.grafana.auth': ['insecure_skip_verify', 'password', 'type', 'username'],
  'external_services.tracing.auth': ['insecure_skip_verify', 'password', 'type', 'username'],
  server: ['address', 'observability', 'port', 'web_root'],
};

test('every key of the Kiali configuration is one that Kiali reads: it ignores the others without a word', () => {
  for (const input of [valuesInput(), openshift(), openshift({}, { facts: { ...OPENSHIFT, servesKiali: true } })]) {
    for (const config of [parse(kialiValues(input).config) as unknown, kialiValues(input).resource]) {
      for (const [path, known] of Object.entries(KIALI_KEYS)) {
        const section = valueAt(config, ...path.split('.').filter((part) => part !== ''));
        assert.deepEqual(Object.keys(isJsonObject(section) ? section : {}).filter((key) => !known.includes(key)), [], path);
      }
    }
  }
});

test('the Kiali operator finds the password of the other add-ons in a Secret; our own Kiali in a file', () => {
  const auth = (servesKiali: boolean): unknown => {
    const values = kialiValues(openshift({}, { facts: { ...OPENSHIFT, servesKiali } }));
    return ['prometheus', 'grafana', 'tracing'].map((service) => valueAt(servesKiali ? values.resource : parse(values.config), 'external_services', service, 'auth', 'password'));
  };
  assert.deepEqual(auth(true), Array.from({ length: 3 }, () => 'secret:htpasswd:rawPassword'));
  assert.deepEqual(auth(false), Array.from({ length: 3 }, () => undefined));
  const mounts = valueAt(renderedObject(openshift(), 'Deployment', 'kiali'), 'spec', 'template', 'spec', 'containers') as readonly { volumeMounts: readonly { mountPath: string }[] }[];
  const files = mounts[0]?.volumeMounts.map(({ mountPath }) => mountPath).filter((path) => path.startsWith('/kiali-override-secrets/')).map((path) => path.split('/').at(-1));
  assert.deepEqual(files?.toSorted(), ['grafana-password', 'login-token-signing-key', 'prometheus-password', 'tracing-password']);
});

test('a Prometheus that is already there is used under its address', () => {
  const spec = { addons: { prometheus: { enabled: false, address: 'http://thanos:9090' } } };
  assert.deepEqual(valueAt(parse(kialiValues(valuesInput(spec)).config), 'external_services', 'prometheus'), { enabled: true, url: 'http://thanos:9090' });
  assert.match(grafanaValues(valuesInput(spec)).datasources, /thanos/);
});

test('the resource for the Kiali operator finds members by label, so joining is no edit', () => {
  const before = kialiValues(valuesInput()).resource;
  assert.deepEqual(kialiValues(valuesInput({}, { members: ['shop'] })).resource, before);
  assert.deepEqual(valueAt(before, 'deployment', 'discovery_selectors'), { default: [{ matchLabels: { 'maistra.io/member-of': MESH } }] });
});

test('a console that reads its configuration at start rolls when the configuration changes, and only then', () => {
  const mark = (members: readonly string[]) => kialiValues(valuesInput({}, { members })).podAnnotations['tmesh.maistra.io/config'];
  assert.equal(mark([]), mark([]));
  assert.notEqual(mark([]), mark(['shop']));
});

test('Routes: the host of the user, else the one the router would choose, else the router chooses', () => {
  const hosts = { addons: { grafana: { install: { service: { ingress: { hosts: ['g.example.com'], metadata: { annotations: { a: 'b' } } } } } } } };
  assert.deepEqual(grafanaValues(openshift(hosts)).route, { host: 'g.example.com', labels: { app: 'grafana' }, annotations: { a: 'b' } });
  assert.equal((grafanaValues(openshift()).route as { host: string }).host, `grafana-${MESH}.apps.example.com`);
  const { routeDomain: _domain, ...noDomain } = OPERATOR_FACTS;
  assert.equal((grafanaValues(valuesInput({}, { facts: { ...noDomain, servesRoutes: true, servesKiali: false, servesNetworkAttachments: true, servesIstio: true } })).route as { host: string }).host, '');
  assert.equal(grafanaValues(openshift({ addons: { grafana: { install: { service: { ingress: { enabled: false } } } } } })).route, false);
});

test('the login comes back to the Route of the same name', () => {
  const annotation = jaegerValues(openshift({ addons: { jaeger: { name: 'traces' } } })).serviceAccountAnnotations['serviceaccounts.openshift.io/oauth-redirectreference.primary'];
  assert.equal(valueAt(JSON.parse(annotation ?? ''), 'reference', 'name'), 'traces');
});

test('Jaeger keeps as many traces as the spec says; 0, with which Jaeger 2 does not start, says nothing', () => {
  const kept = (maxTraces: number): unknown => {
    const values = jaegerValues(valuesInput({ addons: { jaeger: { install: { storage: { memory: { maxTraces } } } } } }));
    return valueAt(parse((values.args[0] ?? '').replace('--config=yaml:', '')), 'extensions', 'jaeger_storage', 'backends', 'memory', 'memory', 'max_traces');
  };
  assert.deepEqual([kept(7), kept(0)], [7, 100_000]);
});

test('environment of Grafana: that of the add-on, then that of its runtime', () => {
  const spec = { addons: { grafana: { install: { config: { env: { GF_A: '1', GF_B: '1' } } } } }, runtime: { components: { grafana: { container: { env: { GF_B: '2' } } } } } };
  const env = Object.fromEntries(grafanaValues(valuesInput(spec)).env.map(({ name, value }) => [name, value]));
  assert.deepEqual([env['GF_A'], env['GF_B']], ['1', '2']);
});

test('a document reads the same for a reader of YAML 1.1 and of YAML 1.2', () => {
  const value = { words: ['OFF', 'yes', 'n', '1:30', '0o7', '012', '1e3', '~', '2001-01-01', '=', '<<', 'null'], text: 'a: b\n# c\n', number: 1, flag: false, none: null };
  assert.deepEqual(parse(yamlText(value), { version: '1.1' }), value);
  assert.deepEqual(parse(yamlText(value), { version: '1.2' }), value);
});

test('the deprecated deployment of Kiali counts below its runtime, in our Deployment and in the resource for its operator', () => {
  const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } };
  const input = openshift({
    addons: { kiali: { install: { deployment: { nodeSelector: { disk: 'old' }, resources: { requests: { cpu: '1' } }, affinity: { nodeAffinity } } } } },
    runtime: { components: { kiali: { pod: { nodeSelector: { disk: 'new' } } } } },
  });
  const pod = valueAt(renderedObject(input, 'Deployment', 'kiali'), 'spec', 'template', 'spec');
  assert.deepEqual([valueAt(pod, 'nodeSelector'), valueAt(pod, 'affinity')], [{ disk: 'new' }, { nodeAffinity }]);
  const deployment = valueAt(kialiValues(input).resource, 'deployment');
  assert.deepEqual(['node_selector', 'affinity', 'resources'].map((key) => valueAt(deployment, key)), [{ disk: 'new' }, { node: nodeAffinity }, { requests: { cpu: '1' } }]);
});

test('Grafana asks for the login of a Secret where no proxy does, and takes variables from Secrets', () => {
  const spec = { addons: { grafana: { install: { config: { envSecrets: { TOKEN: 'tokens' } }, security: { enabled: true, secretName: 'login', usernameKey: 'user' } } } } };
  const envOf = (input: ReturnType<typeof valuesInput>): ReadonlyMap<string, unknown> => new Map(grafanaValues(input).env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
  const plain = envOf(valuesInput(spec));
  assert.deepEqual(['GF_SECURITY_ADMIN_USER', 'GF_SECURITY_ADMIN_PASSWORD', 'TOKEN'].map((name) => plain.get(name)), [
    { secretKeyRef: { name: 'login', key: 'user' } }, { secretKeyRef: { name: 'login', key: 'passphrase' } }, { secretKeyRef: { name: 'tokens', key: 'TOKEN' } },
  ]);
  assert.equal(plain.get('GF_AUTH_ANONYMOUS_ENABLED'), 'false');
  assert.equal(envOf(openshift(spec)).get('GF_SECURITY_ADMIN_USER'), undefined);
});

test('a node port of an add-on is one of its Service', () => {
  const service = renderedObject(valuesInput({ addons: { prometheus: { install: { service: { nodePort: 30_090 } } } } }), 'Service', 'prometheus');
  assert.equal(valueAt(service, 'spec', 'type'), 'NodePort');
  assert.deepEqual(valueAt(service, 'spec', 'ports'), [{ name: 'http', port: 9090, targetPort: 'http', protocol: 'TCP', nodePort: 30_090 }]);
});
