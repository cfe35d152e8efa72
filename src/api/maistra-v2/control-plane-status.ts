import { z } from 'zod';
import { freeForm, integer, list, looseObject, map, section, text, textMap } from '../schema/fields.ts';
import { conditions } from '../kubernetes/condition.ts';

const componentStatus = looseObject({
  resource: text('Name of the component.'),
  conditions: conditions('State of the component.'),
}).meta({ description: 'State of one component.' });

/** `status` of a v2 ServiceMeshControlPlane (spec/api-smcp.md 4). Written by the operator only. */
export const controlPlaneStatusSchema = looseObject({
  annotations: textMap('readyComponentCount (ready/total) and alwaysReadyComponents.'),
  conditions: conditions('Installed, Reconciled and Ready.'),
  observedGeneration: integer('Generation that the last successful pass carried out.'),
  operatorVersion: text('Version of the operator that did it.'),
  chartVersion: text('Istio version that runs, for example 1.31.1.'),
  components: list('State of each component.', componentStatus),
  readiness: section('Components by state.', { components: map('Names by ready, unready and pending.', z.array(z.string()).nullable().meta({ 'x-kubernetes-list-type': 'atomic' })) }),
  appliedSpec: freeForm('What applies: your spec, with profiles and defaults filled in.'),
  appliedValues: freeForm('The same in the words of v1: template, version and istio.'),
});
