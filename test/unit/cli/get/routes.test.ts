import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUTES, routeRows, type RouteRow } from '../../../../src/cli/get/routes.ts';
import { printedRows } from '../../../../src/cli/get/table.ts';
import type { ObjectReader } from '../../../../src/cli/cluster-reader.ts';
import { iorRoute, namespace, NOW, smcp } from '../../../build/mesh-objects.ts';

const show = (rows: readonly RouteRow[], output: string): string => printedRows(ROUTES.columns, rows, output, { now: NOW, isColoured: false });

const served = { ...iorRoute('mesh-a', 'pay-web-1', { gateway: 'pay/web', host: 'one.org' }), status: { ingress: [{ host: 'one.org', routerName: 'default', conditions: [{ type: 'Admitted', status: 'True' }] }] } };
const plane = { ...smcp('mesh-a'), status: { routes: [
  { gateway: 'shop/web', host: 'one.org', route: '', admitted: 'False', reason: 'HostAlreadyClaimed', message: 'held by pay/web', routers: '' },
  { gateway: 'pay/web', host: 'one.org', route: 'mesh-a/pay-web-1', admitted: 'True', reason: 'Admitted', message: '', routers: 'default' },
] } };
const foreign = { ...iorRoute('pay', 'own', { gateway: 'x/y', host: 'two.org' }), metadata: { name: 'own', namespace: 'pay' } };

test('a row for each Route of IOR, and for each host without one; Routes of others are none', () => {
  assert.equal(show(routeRows([served, foreign], [plane]), 'table'), [
    'GATEWAY    HOST      ROUTE              ADMITTED   REASON',
    'pay/web    one.org   mesh-a/pay-web-1   True       Admitted',
    'shop/web   one.org   -                  False      HostAlreadyClaimed', ''].join('\n'));
});

test('-n shows Gateways of one namespace', () => {
  assert.deepEqual(routeRows([served], [plane], 'shop').map(({ gateway }) => gateway), ['shop/web']);
});

test('-o wide tells router, target and message; json and yaml are the rows', () => {
  const rows = routeRows([served], [plane]);
  assert.match(show(rows, 'wide'), /KIND +TARGET +TLS +ROUTERS +MESSAGE/);
  assert.match(show(rows, 'wide'), /held by pay\/web/);
  assert.deepEqual(JSON.parse(show(rows, 'json')), rows);
  assert.match(show(rows, 'yaml'), /^- gateway: pay\/web/);
});

test('-n asks in that namespace and in its mesh only, and what the mesh does not show is no failure; without it, everywhere', async () => {
  const asked: string[] = [];
  const reader: ObjectReader = {
    list: async (type, at = {}) => {
      asked.push(`${type.kind} ${at.namespace ?? '*'}${at.isOptional === true ? '?' : ''}`);
      if (type.kind === 'Namespace') return [namespace('pay', { 'maistra.io/member-of': 'mesh-a' })];
      return type.kind === 'Route' && at.namespace !== 'pay' ? [served] : [];
    },
    get: async () => undefined,
  };
  assert.deepEqual((await ROUTES.read(reader, 'pay')).map(({ route }) => route), ['mesh-a/pay-web-1']);
  assert.deepEqual(asked.filter((question) => !/^(Namespace|ServiceMeshMember) /.test(question)).toSorted(), [
    'Ingress mesh-a?', 'Ingress pay', 'Route mesh-a?', 'Route pay', 'ServiceMeshControlPlane mesh-a?', 'ServiceMeshControlPlane pay',
  ]);
  asked.length = 0;
  await ROUTES.read(reader, undefined);
  assert.deepEqual(asked.toSorted(), ['Ingress *', 'Route *', 'ServiceMeshControlPlane *']);
});
