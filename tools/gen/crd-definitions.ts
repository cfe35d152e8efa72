import type * as z from 'zod';
import * as kinds from '../../src/api/kinds.ts';
import { controlPlaneSpecSchema } from '../../src/api/maistra-v2/control-plane.ts';
import { controlPlaneStatusSchema } from '../../src/api/maistra-v2/control-plane-status.ts';
import { controlPlaneSpecV1Schema, controlPlaneStatusV1Schema } from '../../src/api/maistra-v1/control-plane.ts';
import { memberRollSpecSchema, memberRollStatusSchema } from '../../src/api/maistra-v1/member-roll.ts';
import { memberSpecSchema, memberStatusSchema } from '../../src/api/maistra-v1/member.ts';
import { MEMBER_NAME, ROLL_NAME } from '../../src/api/names.ts';
import type { CelRule } from '../../src/api/schema/fields.ts';
import type { ResourceType } from '../../src/k8s/resource.ts';

/** One `additionalPrinterColumns` entry: title, type, JSONPath, and 1 for columns of `-o wide`. */
export type Column = readonly [name: string, type: 'string' | 'date', jsonPath: string, description: string, priority?: 1];

/** A served version of a CRD. */
export interface CrdVersion {
  readonly name: string;
  readonly storage: boolean;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly specRequired: boolean;
  readonly status: z.ZodType;
  readonly rules: readonly CelRule[];
  readonly columns: readonly Column[];
}

/** A CRD as data: everything that is not in the schema. */
export interface CrdDefinition {
  readonly type: ResourceType;
  readonly shortName: string;
  readonly versions: readonly CrdVersion[];
}

const AGE: Column = ['Age', 'date', '.metadata.creationTimestamp', 'When the object was created.'];

const readyComponents: Column = ['Ready', 'string', '.status.annotations.readyComponentCount', 'Ready components of all components.'];

// Columns: spec/api-smcp.md 1. IMAGE REGISTRY read a field that does not exist in the old CRD; here it reads imageRegistry.
const controlPlane: CrdDefinition = {
  type: kinds.CONTROL_PLANE,
  shortName: 'smcp',
  versions: [
    {
      name: 'v1', storage: false, description: 'A service mesh for the namespaces that its ServiceMeshMemberRoll names, in the words of the first API.',
      spec: controlPlaneSpecV1Schema, specRequired: true, status: controlPlaneStatusV1Schema, rules: [],
      columns: [
        readyComponents,
        ['Status', 'string', '.status.conditions[?(@.type=="Reconciled")].reason', 'What the operator does, or did last.'],
        ['Template', 'string', '.status.lastAppliedConfiguration.template', 'Profile in use.'],
        ['Version', 'string', '.status.lastAppliedConfiguration.version', 'Istio minor that runs.'],
        AGE,
        ['Image HUB', 'string', '.status.lastAppliedConfiguration.istio.global.hub', 'Registry of the images.', 1],
      ],
    },
    {
      name: 'v2', storage: true, description: 'A service mesh for the namespaces that its ServiceMeshMemberRoll names.',
      spec: controlPlaneSpecSchema, specRequired: true, status: controlPlaneStatusSchema, rules: [],
      columns: [
        readyComponents,
        ['Status', 'string', '.status.conditions[?(@.type=="Ready")].reason', 'Whether the mesh is ready, or why not.'],
        ['Profiles', 'string', '.status.appliedSpec.profiles', 'Profiles in use.'],
        ['Version', 'string', '.status.chartVersion', 'Istio version that runs.'],
        AGE,
        ['Image Registry', 'string', '.status.appliedSpec.runtime.defaults.container.imageRegistry', 'Registry of the images.', 1],
      ],
    },
  ],
};

function nameMustBe(name: string, kind: string, remedy: string): CelRule {
  return { rule: `self.metadata.name == '${name}'`, message: `a ${kind} must be named ${name}; ${remedy}`, fieldPath: '.metadata.name' };
}

// Columns: spec/api-members.md 1.
const memberRoll: CrdDefinition = {
  type: kinds.MEMBER_ROLL,
  shortName: 'smmr',
  versions: [{
    name: 'v1', storage: true, description: 'Which namespaces are in the mesh of this namespace. There is one, named default.',
    spec: memberRollSpecSchema, specRequired: true, status: memberRollStatusSchema,
    rules: [nameMustBe(ROLL_NAME, kinds.MEMBER_ROLL.kind, 'there is one roll per mesh')],
    columns: [
      ['Ready', 'string', '.status.annotations.configuredMemberCount', 'Configured members of all members.'],
      ['Status', 'string', '.status.conditions[?(@.type=="Ready")].reason', 'Whether all members are set up, or why not.'],
      AGE,
      ['Members', 'string', '.status.members', 'All members.', 1],
    ],
  }],
};

const member: CrdDefinition = {
  type: kinds.MEMBER,
  shortName: 'smm',
  versions: [{
    name: 'v1', storage: true, description: 'Puts this namespace into a mesh. There is one, named default.',
    spec: memberSpecSchema, specRequired: true, status: memberStatusSchema,
    rules: [nameMustBe(MEMBER_NAME, kinds.MEMBER.kind, 'a namespace is in one mesh only')],
    columns: [
      ['Control Plane', 'string', '.status.annotations.controlPlaneRef', 'The control plane, as namespace/name.'],
      ['Ready', 'string', '.status.conditions[?(@.type=="Ready")].status', 'Whether the namespace is set up.'],
      AGE,
    ],
  }],
};

/** All CRDs of this project. */
export const CRD_DEFINITIONS: readonly CrdDefinition[] = [controlPlane, memberRoll, member];
