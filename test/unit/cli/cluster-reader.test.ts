import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTROL_PLANE, KIALI, MEMBER, NAMESPACE, POD } from '../../../src/api/kinds.ts';
import { ClusterReader, IF_UNREACHABLE, NEVER, type Fatal } from '../../../src/cli/cluster-reader.ts';
import { resourcePath } from '../../../src/k8s/resource.ts';
import { ApiError } from '../../../src/runtime/rest.ts';
import { smallCluster, type Answers } from './diagnostics/small-cluster.ts';

const NAMESPACES = resourcePath(NAMESPACE);
const MEMBERS = resourcePath(MEMBER);
const named = (...names: readonly string[]): readonly unknown[] => names.map((name) => ({ metadata: { name } }));

function reading(answers: Answers, isFatal: Fatal = NEVER): { readonly reader: ClusterReader; readonly asked: readonly string[] } {
  const { rest, asked } = smallCluster(answers);
  return { reader: new ClusterReader(rest, isFatal), asked };
}

test('a long list is read page by page, and its items know their kind', async () => {
  const { reader, asked } = reading({ [NAMESPACES]: { metadata: { continue: 'next' }, items: named('a') }, [`${NAMESPACES}?next`]: { metadata: { continue: '' }, items: named('b') } });
  const found = await reader.list(NAMESPACE);
  assert.deepEqual(found.map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata.name]), [['v1', 'Namespace', 'a'], ['v1', 'Namespace', 'b']]);
  assert.deepEqual(asked, [NAMESPACES, `${NAMESPACES}?next`]);
});

test('a list that expires between its pages is read again in one piece', async () => {
  let calls = 0;
  const { rest } = smallCluster({ [`${NAMESPACES}?next`]: 410 });
  const pages = [{ metadata: { continue: 'next' }, items: named('old') }, { metadata: {}, items: named('a', 'b') }];
  const call: typeof rest.call = async <T>(request: Parameters<typeof rest.call>[0]) => (request.query?.['continue'] === undefined ? pages[calls++] as T : rest.call<T>(request));
  const reader = new ClusterReader({ ...rest, call }, NEVER);
  assert.deepEqual((await reader.list(NAMESPACE)).map(({ metadata }) => metadata.name), ['a', 'b']);
  assert.deepEqual(reader.gaps, []);
});

test('what is refused becomes a gap; what came before a page that failed is kept', async () => {
  const { reader } = reading({ [MEMBERS]: 403, [NAMESPACES]: { metadata: { continue: 'next' }, items: named('a') }, [`${NAMESPACES}?next`]: 500 });
  assert.deepEqual(await reader.list(MEMBER), []);
  assert.deepEqual((await reader.list(NAMESPACE)).length, 1);
  assert.deepEqual(reader.gaps, [{ what: MEMBERS, why: `GET ${MEMBERS} answered 403`, status: 403, type: MEMBER }, { what: NAMESPACES, why: `GET ${NAMESPACES} answered 500`, status: 500, type: NAMESPACE }]);
});

test('what may not be read is no gap where it is optional; what fails otherwise is one', async () => {
  const { reader } = reading({ [MEMBERS]: 403, [NAMESPACES]: 500 });
  for (const type of [MEMBER, NAMESPACE]) assert.deepEqual(await reader.list(type, { isOptional: true }), []);
  assert.deepEqual(reader.gaps.map(({ status }) => status), [500]);
});

test('an object that is not there is undefined and no gap', async () => {
  const { reader } = reading({ [resourcePath(POD, { namespace: 'a', name: 'there' })]: { metadata: { name: 'there' } } });
  assert.equal((await reader.get(POD, 'there', 'a'))?.metadata.name, 'there');
  assert.equal(await reader.get(POD, 'gone', 'a'), undefined);
  assert.deepEqual(reader.gaps, []);
});

for (const [what, isFatal, statuses] of [['NEVER', NEVER, []], ['IF_UNREACHABLE', IF_UNREACHABLE, [0]]] as const) {
  test(`${what} throws for ${statuses.length === 0 ? 'no answer' : 'a server that is not reached'}; the others are gaps`, async () => {
    for (const status of [0, 403, 404, 500]) {
      const { reader } = reading({ [resourcePath(KIALI)]: status, [resourcePath(CONTROL_PLANE)]: status }, isFatal);
      const listed = reader.list(KIALI).then(() => 'gap', (thrown: unknown) => (thrown instanceof ApiError ? 'thrown' : 'something else'));
      assert.equal(await listed, statuses.some((fatal) => fatal === status) ? 'thrown' : 'gap', String(status));
    }
  });
}

test('kinds come in the preferred version of their group, or in another that has them', async () => {
  const resource = (name: string, ...verbs: string[]): unknown => ({ name, kind: name.toUpperCase(), namespaced: true, verbs });
  const { rest } = smallCluster({
    '/apis': { groups: [{ name: 'maistra.io', preferredVersion: { version: 'v2' }, versions: [{ version: 'v2' }, { version: 'v1' }] }, { name: 'unwanted.example', preferredVersion: { version: 'v1' } }] },
    '/apis/maistra.io/v2': { resources: [resource('planes', 'list'), resource('planes/status', 'get')] }, '/apis/maistra.io/v1': { resources: [resource('planes', 'list'), resource('rolls', 'list'), resource('reviews', 'create')] },
  });
  const kinds = await new ClusterReader(rest, NEVER).kinds((group) => group === 'maistra.io');
  assert.deepEqual(kinds.map(({ plural, version }) => `${plural} ${version}`).toSorted(), ['planes v2', 'rolls v1']);
});
