/*
 * Condition types and reasons, once: closed unions, each with what it means and what to do.
 * Those of the old operator keep their spelling (spec/api-smcp.md 4.1, spec/api-members.md 3); the new ones are marked.
 */

/** Meaning of a reason, and the way out of it ('' when there is nothing to do). */
export interface ReasonNote {
  readonly meaning: string;
  readonly remedy: string;
}

const note = (meaning: string, remedy = ''): ReasonNote => ({ meaning, remedy });

/** Condition types of a ServiceMeshControlPlane. */
export const CONTROL_PLANE_CONDITIONS = ['Installed', 'Reconciled', 'Ready'] as const;
export type ControlPlaneConditionType = (typeof CONTROL_PLANE_CONDITIONS)[number];

/** Reasons of a ServiceMeshControlPlane's conditions. */
export const CONTROL_PLANE_REASONS = {
  ResourceCreated: note('Installation has begun.'),
  SpecUpdated: note('The spec changed; the change is being carried out.'),
  OperatorUpdated: note('A newer operator is going over the mesh.'),
  PausingInstall: note('Installation waits for components to become ready.', 'Look at the pods of the components in the message.'),
  PausingUpdate: note('An update waits for components to become ready.', 'Look at the pods of the components in the message.'),
  InstallSuccessful: note('Everything is installed.'),
  UpdateSuccessful: note('The last change is carried out.'),
  ReconcileSuccessful: note('A component is as it should be.'),
  InstallError: note('Preparing the installation failed.', 'Read the message; the operator tries again by itself.'),
  ReconcileError: note('A request to the API server failed.', 'Read the message; the operator tries again by itself.'),
  ValidationError: note('A field of the spec has a value that cannot be used.', 'Change the field that the message names.'),
  UnsupportedVersion: note('spec.version names a version this operator does not have. (new)', 'Choose one of the versions in the message, or remove spec.version.'),
  DependencyMissingError: note('A kind that the mesh needs is not in the cluster.', 'Install the CRD that the message names.'),
  ErrMultipleSMCPs: note('Another ServiceMeshControlPlane of the namespace is older.', 'Delete one of the two.'),
  ForeignResource: note('An object that the mesh needs belongs to somebody else. (new)', 'Delete or rename the object that the message names.'),
  ProbeError: note('Readiness could not be found out.', 'Read the message; the operator tries again by itself.'),
  InternalError: note('The operator has a fault. (new)', 'Report the message with the log line of this pass.'),
  Deleting: note('The mesh is being removed.'),
  DeletionError: note('Removing the mesh failed.', 'Read the message; the operator tries again by itself.'),
  Deleted: note('The mesh is removed.'),
  ComponentsReady: note('All components are available.'),
  ComponentsNotReady: note('Some components are not available.', 'Look at the pods of the components in the message.'),
} as const satisfies Readonly<Record<string, ReasonNote>>;
export type ControlPlaneReason = keyof typeof CONTROL_PLANE_REASONS;

/** Condition types of a ServiceMeshMemberRoll; the second is there only while it is true. */
export type MemberRollConditionType = 'Ready' | 'ServedByOtherMesh';

/** Reasons of a ServiceMeshMemberRoll's condition. */
export const MEMBER_ROLL_REASONS = {
  Configured: note('Every member is set up.'),
  ReconcileError: note('Some members are not set up.', 'Look at memberStatuses; each names its obstacle.'),
  ErrSMCPMissing: note('There is no ServiceMeshControlPlane in the namespace.', 'Create one; the roll is carried out by itself then.'),
  ErrMultipleSMCPs: note('There are several ServiceMeshControlPlanes in the namespace.', 'Delete all but one.'),
  ServesAllNamespaces: note('An Istio of the Sail operator has no discovery selectors, so it serves the members too. (new)', 'Give it discovery selectors.'),
  ErrInvalidName: note('The roll is not named default.', 'Create a roll named default and delete this one.'),
  ValidationError: note('A field of the spec has a value that cannot be used. (new)', 'Change the field that the message names.'),
  InternalError: note('The operator has a fault. (new)', 'Report the message with the log line of this pass.'),
} as const satisfies Readonly<Record<string, ReasonNote>>;
export type MemberRollReason = keyof typeof MEMBER_ROLL_REASONS;

/** Reasons of an entry of `memberStatuses`; its condition type is `Reconciled`. The empty reason means: set up. */
export const MEMBER_STATUS_REASONS = {
  '': note('The namespace is set up.'),
  NamespaceNotExists: note('The namespace does not exist, or is being deleted.', 'Create the namespace, or remove it from the roll.'),
  ReferencesDifferentControlPlane: note('The namespace has a ServiceMeshMember for another control plane.', 'Delete that ServiceMeshMember, or remove the namespace from the roll.'),
  MemberOfOtherMesh: note('The namespace is in another mesh. (new)', 'Remove it from the other mesh first.'),
  ErrorConfiguringNamespace: note('Setting the namespace up failed.', 'Read the message; the operator tries again by itself.'),
  Configuring: note('The namespace is being set up. (new)'),
  Leaving: note('The namespace is leaving the mesh. (new)'),
} as const satisfies Readonly<Record<string, ReasonNote>>;
export type MemberStatusReason = keyof typeof MEMBER_STATUS_REASONS;

/** Condition types of a ServiceMeshMember. The first two always say the same; the others are there only while they are true. */
export const MEMBER_CONDITIONS = ['Reconciled', 'Ready', 'ExternalAccessBlocked', 'PodsNotInjected', 'Contested', 'ServedByOtherMesh'] as const;
export type MemberConditionType = (typeof MEMBER_CONDITIONS)[number];

/** Reasons of a ServiceMeshMember's conditions. The empty reason means: the namespace is set up. */
export const MEMBER_REASONS = {
  '': note('The namespace is set up.'),
  InvalidName: note('The member is not named default.', 'Create a ServiceMeshMember named default and delete this one.'),
  ErrorControlPlaneMissing: note('The ServiceMeshControlPlane of the reference does not exist.', 'Create it, or delete this member and create one with the right reference.'),
  CreateMemberRollFailed: note('The namespace of the control plane does not exist.', 'Create it, or delete this member and create one with the right reference.'),
  ErrorConfiguringNamespace: note('Setting the namespace up failed.', 'Read the message; the operator tries again by itself.'),
  ErrorRemovingNamespace: note('Taking the namespace out of the mesh failed.', 'Read the message; the operator tries again by itself.'),
  ExternalAccessBlocked: note('A Route leads to pods that the router cannot reach. (new)', 'Lead the traffic through a gateway, or label the pods maistra.io/expose-route: "true".'),
  PodsNotInjected: note('Pods should have a sidecar and have none: they are older than the membership. (new)', 'Make the pods anew, for example by kubectl rollout restart.'),
  ClaimedByOtherMesh: note('Another mesh claims the namespace too, without effect. (new)', 'Withdraw one of the two claims.'),
  ServedByOtherMesh: note('A mesh of the Sail operator asks for the namespace too. (new)', 'Change its discovery selectors, or take the namespace out of this mesh.'),
  FieldConflict: note('Another writer undoes what the mesh writes, again and again. (new)', 'Stop the writer that the message names, or let it leave that field alone.'),
  DeleteMemberRollFailed: note('The roll made for this member could not be deleted.', 'Read the message; the operator tries again by itself.'),
  MemberOfOtherMesh: note('The namespace is in another mesh. (new)', 'Remove it from the other mesh first.'),
  Configuring: note('The namespace is being set up. (new)'),
  ValidationError: note('A field of the spec has a value that cannot be used. (new)', 'Change the field that the message names.'),
  InternalError: note('The operator has a fault. (new)', 'Report the message with the log line of this pass.'),
} as const satisfies Readonly<Record<string, ReasonNote>>;
export type MemberReason = keyof typeof MEMBER_REASONS;
