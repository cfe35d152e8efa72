/** The image of test/sample-app; every workload runs it, its role says what it answers. */
export const SAMPLE_IMAGE = 'local/sample-app:1';

/** A workload and its Service. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
  /** Of test/sample-app; default: an echo. */
  readonly role?: string;
  /** The label `app`, and the Service; default: the name. Two versions of a service share it. */
  readonly app?: string;
  readonly version?: string;
  /** Name of the Service's port. */
  readonly portName?: string;
  readonly servicePort?: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Seconds that it goes on serving when its pod is to stop, as who rolls without loss must; default: none. */
  readonly lingers?: number;
}

function deployment({ name, namespace, role = 'echo', app = name, version = 'v1', portName = 'http', annotations = {}, lingers = 0 }: Workload): object {
  const labels = { app, version };
  const container = {
    // The walk's users know their container by this name.
    name: 'spring-boot', image: SAMPLE_IMAGE, imagePullPolicy: 'IfNotPresent',
    env: Object.entries({ ROLE: role, NAME: name, VERSION: version }).map(([name, value]) => ({ name, value })),
    ports: [{ name: portName, containerPort: 8080 }],
    // Patient: a machine that is busy for seconds must not make a workload look dead.
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 10 },
    resources: { requests: { cpu: '25m' } },
    securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ...(lingers === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: lingers } } } }),
  };
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels, annotations }, spec: { terminationGracePeriodSeconds: lingers + 2, containers: [container] } } },
  };
}

/** The Deployment of a workload. */
export function workload(given: Workload): object {
  return deployment(given);
}

/** The Service in front of it. */
export function service({ name, namespace, app = name, portName = 'http', servicePort = 8080 }: Workload): object {
  return {
    apiVersion: 'v1', kind: 'Service', metadata: { name: app, namespace, labels: { app } },
    spec: { selector: { app }, ports: [{ name: portName, port: servicePort, targetPort: portName }] },
  };
}

/** A Route to a Service, with the host that OpenShift makes up. */
export function route(namespace: string, name: string, targetPort: string): object {
  return { apiVersion: 'route.openshift.io/v1', kind: 'Route', metadata: { name, namespace }, spec: { to: { kind: 'Service', name, weight: 100 }, port: { targetPort } } };
}

/** Project microsvc-sample before it joins a mesh (WALK.md, step 2): four workloads behind ordinary Routes. */
export function walkProject(namespace: string): readonly object[] {
  const parts: readonly Workload[] = [
    { name: 'sample', namespace, role: 'sample' },
    { name: 'caller', namespace, role: 'caller' },
    { name: 'el-sample', namespace, role: 'el', portName: 'http-listener' },
    { name: 'el-caller', namespace, role: 'el', portName: 'http-listener' },
  ];
  return parts.flatMap((part) => [workload(part), service(part), route(namespace, part.name, part.portName ?? 'http')]);
}

/** Has a proxy count requests by its own names: Istio's own metrics need Istio's own Envoy. */
const COUNTED = { 'sidecar.istio.io/statsInclusionPrefixes': 'http.' };

/** A pod's template that asks for a sidecar, as a merge patch of its Deployment. */
export const ASK_FOR_SIDECAR = JSON.stringify({ spec: { template: { metadata: { annotations: { 'sidecar.istio.io/inject': 'true', ...COUNTED } } } } });
/** One that asks to stay reachable from the router. */
export const ASK_FOR_ROUTE = JSON.stringify({ spec: { template: { metadata: { labels: { 'maistra.io/expose-route': 'true' } } } } });
