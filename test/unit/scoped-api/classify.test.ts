import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify, type Decision, type MeshView } from '../../../src/scoped-api/classify.ts';

const VIEW: MeshView = { home: 'mesh-a', namespaces: new Set(['mesh-a', 'shop']) };
const decide = (request: string, headers: Record<string, string> = {}): Decision => {
  const [method = '', url = ''] = request.split(' ');
  return classify({ method, url, headers }, VIEW);
};

/** What istiod asks, and what becomes of it. */
const ASKED: readonly (readonly [string, Decision['do']])[] = [
  ['GET /api/v1/pods?fieldSelector=status.phase%21%3DFailed&limit=500&resourceVersion=0', 'filter'],
  ['GET /api/v1/pods?allowWatchBookmarks=true&resourceVersion=12&timeoutSeconds=431&watch=true', 'filter'],
  ['GET /api/v1/services?limit=500&resourceVersion=0', 'filter'],
  ['GET /api/v1/namespaces?limit=500&resourceVersion=0', 'filter'],
  ['GET /apis/discovery.k8s.io/v1/endpointslices?limit=500', 'filter'],
  ['GET /apis/networking.istio.io/v1/virtualservices', 'filter'],
  ['GET /apis/networking.istio.io/v1alpha3/envoyfilters', 'filter'],
  ['GET /apis/extensions.istio.io/v1alpha1/trafficextensions', 'filter'],
  ['GET /api/v1/secrets?fieldSelector=type%21%3Dhelm.sh%2Frelease.v1', 'gather'],
  ['GET /api/v1/configmaps?fieldSelector=metadata.name%3Distio-ca-root-cert', 'gather'],
  ['GET /api/v1/nodes', 'empty'],
  ['GET /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations?watch=true', 'empty'],
  ['GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions?watch=true', 'whole'],
  ['GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions/gateways.networking.istio.io', 'whole'],
  ['GET /api/v1/namespaces/shop', 'whole'],
  ['GET /version', 'forward'], ['GET /apis', 'forward'], ['GET /api/v1', 'forward'], ['GET /apis/networking.istio.io/v1', 'forward'],
  ['GET /api/v1/namespaces/mesh-a/configmaps?fieldSelector=metadata.name%3Distio-basic&watch=true', 'forward'],
  ['GET /api/v1/namespaces/mesh-a/secrets/istio-ca-secret', 'forward'],
  ['POST /api/v1/namespaces/mesh-a/secrets', 'forward'],
  ['PUT /api/v1/namespaces/shop/configmaps/istio-ca-root-cert', 'forward'],
  ['PUT /apis/coordination.k8s.io/v1/namespaces/mesh-a/leases/istio-leader', 'forward'],
  ['GET /api/v1/namespaces/mesh-a/services?watch=true', 'forward'],
  ['POST /apis/authentication.k8s.io/v1/tokenreviews', 'token-review'],
  ['POST /apis/authorization.k8s.io/v1/subjectaccessreviews', 'access-review'],
];

for (const [request, wanted] of ASKED) test(`${request} is: ${wanted}`, () => { assert.equal(decide(request).do, wanted); });

/** What somebody inside of istiod may try, and a word of the answer. */
const ATTACKS: readonly (readonly [string, string, RegExp, Record<string, string>?])[] = [
  ['a Secret written into a member', 'POST /api/v1/namespaces/shop/secrets', /POST on secrets outside of mesh-a/],
  ["a stranger's Secret by name", 'GET /api/v1/namespaces/other/secrets/db', /other is not in the mesh/],
  ["a stranger's Secrets", 'GET /api/v1/namespaces/other/secrets', /other is not in the mesh/],
  ["a watch of a stranger's Secrets", 'GET /api/v1/namespaces/other/secrets?watch=true', /other is not in the mesh/],
  ["a stranger's ConfigMap written", 'PUT /api/v1/namespaces/other/configmaps/x', /other is not in the mesh/],
  ["another mesh's authority", 'GET /api/v1/namespaces/mesh-b/secrets/istio-ca-secret', /mesh-b is not in the mesh/],
  ['the old watch prefix', 'GET /api/v1/watch/secrets', /not among the kinds/],
  ['the old watch prefix with a namespace', 'GET /api/v1/watch/namespaces/other/secrets', /nothing that istiod asks/],
  ['dot segments', 'GET /api/v1/namespaces/shop/../other/secrets', /dot segment/],
  ['escaped dot segments', 'GET /api/v1/namespaces/shop/%2e%2e/other/secrets', /dot segment/],
  ['half escaped dot segments', 'GET /api/v1/namespaces/shop/.%2E/other/secrets', /dot segment/],
  ['an escaped slash', 'GET /api/v1/namespaces/shop%2F..%2Fother/secrets', /escaped/],
  ['a doubly escaped slash', 'GET /api/v1/namespaces/shop%252f..%252fother/secrets', /escaped/],
  ['a backslash', String.raw`GET /api/v1/namespaces/shop\..\other/secrets`, /escaped/],
  ['a path parameter', 'GET /api/v1/namespaces/shop;x=/secrets', /escaped/],
  ['double slashes', 'GET //api/v1/secrets', /empty/],
  ['a slash at the end', 'GET /api/v1/namespaces/', /empty/],
  ['an escaped letter', 'GET /api/v1/%6eamespaces/other/secrets', /escaped/],
  ['upper case', 'GET /API/v1/secrets', /plainly/],
  ['a null byte', 'GET /api/v1/namespaces/shop%00/secrets', /escaped/],
  ['an absolute address', 'GET https://kubernetes.default/api/v1/secrets', /begin with a slash/],
  ['two question marks', 'GET /api/v1/pods?watch=true?x', /more than one/],
  ['a fragment', 'GET /api/v1/pods?a#b', /"#"/],
  ['watch given twice', 'GET /api/v1/pods?watch=false&watch=true', /twice/],
  ['an unknown parameter', 'GET /api/v1/pods?as=system:admin', /not one of a list/],
  ['a page of another list', 'GET /api/v1/pods?continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ', /not cut into pages/],
  ['all Secrets deleted', 'DELETE /api/v1/secrets', /DELETE on all secrets/],
  ["a member's ConfigMaps deleted", 'DELETE /api/v1/namespaces/shop/configmaps', /DELETE on all/],
  ['impersonation', 'GET /api/v1/namespaces/mesh-a/secrets', /impersonate-user/, { 'impersonate-user': 'system:admin' }],
  ['impersonation of a group', 'GET /api/v1/pods', /impersonate-group/, { 'impersonate-group': 'system:masters' }],
  ['a front proxy', 'GET /api/v1/pods', /x-remote-user/, { 'x-remote-user': 'system:admin' }],
  ['another protocol', 'GET /api/v1/pods', /upgrade/, { upgrade: 'SPDY/3.1' }],
  ['exec', 'POST /api/v1/namespaces/shop/pods/web/exec?command=sh', /subresource exec/],
  ['attach', 'GET /api/v1/namespaces/shop/pods/web/attach', /subresource attach/],
  ['port forwarding', 'POST /api/v1/namespaces/shop/pods/web/portforward', /subresource portforward/],
  ['the logs of a member', 'GET /api/v1/namespaces/shop/pods/web/log', /subresource log/],
  ['the proxy of a pod', 'GET /api/v1/namespaces/shop/pods/web/proxy/admin', /nothing that istiod asks/],
  ["a token of a member's account", 'POST /api/v1/namespaces/shop/serviceaccounts/default/token', /not among the kinds/],
  ['a pod', 'POST /api/v1/namespaces/mesh-a/pods', /POST on pods/],
  ['a role binding', 'POST /apis/rbac.authorization.k8s.io/v1/namespaces/mesh-a/rolebindings', /not among the kinds/],
  ['cluster role bindings', 'GET /apis/rbac.authorization.k8s.io/v1/clusterrolebindings', /not among the kinds/],
  ['the label of a namespace', 'PATCH /api/v1/namespaces/other', /PATCH on namespaces/],
  ['the namespace of a stranger', 'GET /api/v1/namespaces/other', /GET on namespaces other/],
  ['a finalizer of a namespace', 'PUT /api/v1/namespaces/shop/finalize', /not among the kinds/],
  ['admission for everybody', 'PATCH /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/x', /PATCH on/],
  ['a node through its proxy', 'GET /api/v1/nodes/n1/proxy', /GET on nodes/],
  ["a stranger's lease", 'PUT /apis/coordination.k8s.io/v1/namespaces/shop/leases/x', /outside of mesh-a/],
  ["another mesh's base path", 'GET /meshes/mesh-b/api/v1/pods', /nothing that istiod asks/],
  ['metrics of the API server', 'GET /metrics', /nothing that istiod asks/],
  ['profiles of the API server', 'GET /debug/pprof/heap', /nothing that istiod asks/],
  ['a tunnel', 'CONNECT /api/v1/pods', /CONNECT on all/],
];

for (const [name, request, answer, headers] of ATTACKS) {
  test(`refused: ${name}`, () => {
    const decision = decide(request, headers);
    assert.ok(decision.do === 'refuse', decision.do);
    assert.match(decision.refusal.message, answer);
    assert.ok([403, 410].includes(decision.refusal.code), String(decision.refusal.code));
  });
}

test('a streaming list is refused the way that makes client-go list and watch', () => {
  const decision = decide('GET /api/v1/pods?sendInitialEvents=true&watch=true&resourceVersionMatch=NotOlderThan');
  assert.equal(decision.do === 'refuse' && decision.refusal.code, 422);
});
