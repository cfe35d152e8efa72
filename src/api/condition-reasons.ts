/*
 * Condition types and reasons, once: closed unions, each with what it means and what to do.
 * Those of the old operator keep their spelling (spec/api-smcp.md 4.1, spec/api-members.md 3); the new ones are marked.
 */

/** Meaning of a reason, and the way out of it ('' when there is nothing to do). */
export interface ReasonNote {
  readonly meaning: string;
  readonly remedy: string;
  /** Waiting does not help: somebody must act, and `Stalled` says so. */
  readonly stalls?: true;
}

const note = (meaning: string, remedy = ''): ReasonNote => ({ meaning, remedy });
const stalling = (meaning: string, remedy: string): ReasonNote => ({ meaning, remedy, stalls: true });

/** The reasons of a table that do not go away by waiting; for `progressConditions`. */
export function stallingReasons(notes: Readonly<Record<string, ReasonNote>>): ReadonlySet<string> {
  return new Set(Object.keys(notes).filter((reason) => notes[reason]?.stalls === true));
}

/** Condition types of a ServiceMeshControlPlane. The first three are always there, the others only while they are true. */
export const CONTROL_PLANE_CONDITIONS = {
  Installed: 'The mesh was installed once. Stays true from then on.',
  Reconciled: 'The spec is carried out: everything is written, and every part was ready once since.',
  Ready: 'The mesh is reconciled and all its parts are ready now.',
  Reconciling: 'The operator is at work, or tries again by itself. Says what Reconciled says. (new, for kstatus)',
  Stalled: 'The operator waits for somebody to act. Says what Reconciled says. (new, for kstatus)',
  Canary: 'A newer Istio runs beside that of the mesh, or pods still run its sidecars. (new)',
  WorkloadsOutdated: 'Workloads of members are to get new pods for the sake of their sidecars, by the operator. Only with spec.updateStrategy.updateWorkloads. (new)',
  EndOfSupport: 'The Istio minor that runs gets no fixes any more, or soon will not. (new)',
  NodePluginNotReady: 'The plug-in that redirects the traffic of pods is not ready on every node. (new)',
  ForeignOperator: 'Another operator looks after this kind, and ours gives way to it. (new)',
  InternalError: 'The operator has a fault. (new)',
} as const satisfies Readonly<Record<string, string>>;
export type ControlPlaneConditionType = keyof typeof CONTROL_PLANE_CONDITIONS;

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
  ValidationError: stalling('A field of the spec has a value that cannot be used.', 'Change the field that the message names.'),
  UnsupportedVersion: stalling('spec.version names a version this operator does not have. (new)', 'Choose one of the versions in the message, or remove spec.version.'),
  DependencyMissingError: stalling('A kind that the mesh needs is not served by the cluster.', 'Install the CRD of the kind that the message names; the operator looks again every 10 s.'),
  UnsupportedUpgrade: stalling('spec.version is more than one Istio minor away from what runs. (new)', 'Go one minor at a time, and wait for Ready in between.'),
  FieldConflict: stalling('Another writer undoes what the mesh writes, again and again, or a mutating webhook changes it on its way in. (new)', 'Stop the writer that the message names, exempt the object from the webhook, or let it leave that field alone.'),
  ErrMultipleSMCPs: stalling('Another ServiceMeshControlPlane of the namespace is older.', 'Delete one of the two.'),
  InternalError: stalling('The operator has a fault. (new)', 'Report the message with the log line of this pass.'),
  Deleting: note('The mesh is being removed.'),
  DeletionError: note('Removing the mesh failed.', 'Read the message; the operator tries again by itself.'),
  ComponentsReady: note('All components are available.'),
  ComponentsNotReady: note('Some components are not available.', 'Look at the pods of the components in the message.'),
  NodePluginMissing: note('The node plug-in that redirects the traffic of pods is not installed (yet). (new)', 'Wait for the operator to install it; if it does not come, read the log of the operator.'),
  NodePluginNotReady: note('The node plug-in is not ready on some nodes, or on none; pods that ask for a sidecar do not start there. (new)', 'Look at its pods, with the command in the message.'),
  ForeignOperator: note('Another operator looks after this kind, and ours gives way to it. (new)', 'Remove one of the two operators.'),
  CanaryStarting: note('The istiod of the canary is not ready yet; no member has moved to it. (new)', 'Look at the pods of the Deployment in the message, if this lasts.'),
  CanaryServing: note('New pods of some members get sidecars of the canary. (new)', 'If all is well, set spec.version to its version; to go back, take spec.updateStrategy.canary away.'),
  CanaryLeaving: note('The canary is over, and its istiod is there for pods that still run its sidecars. (new)', 'Make these pods anew; status.sidecars names their members.'),
  CanaryTakenOver: note('The mesh is as new as its canary was, and its istiod answers under the name of the canary too, for pods that still ask for that. (new)', 'Nothing need be done: the name goes when these pods are made anew.'),
  WorkloadRestarting: note('A workload is being restarted, or is about to be; the others follow one by one. (new)'),
  WorkloadRestartFailed: note('A restarted workload does not come back, and no other is restarted until it does. (new)', 'Look at the pods of the workload that the message names; kubectl rollout undo takes it back.'),
  WorkloadsHeldBack: note('What is left may not be restarted: a PodDisruptionBudget, a pause or the owner is against it. (new)', 'status.sidecars.restarts.heldBack names each workload and what keeps it; restart them yourself.'),
  MinorOutOfSupport: note('The Istio project has ended its support of the minor that runs. (new)', 'Set spec.version to the next minor.'),
  MinorNearEndOfSupport: note('The Istio project is about to end its support of the minor that runs. (new)', 'Plan to set spec.version to the next minor.'),
} as const satisfies Readonly<Record<string, ReasonNote>>;
export type ControlPlaneReason = keyof typeof CONTROL_PLANE_REASONS;

/** Reasons of the old operator that this one never gives, and why. */
export const RETIRED_CONTROL_PLANE_REASONS = {
  ProbeError: 'Readiness is read from a cache, which always answers.',
  Deleted: 'When the removal is complete the finalizer goes, and with it the object.',
} as const satisfies Readonly<Record<string, string>>;

/** Condition types of a ServiceMeshMemberRoll; all but the first are there only while they are true. */
export const MEMBER_ROLL_CONDITIONS = {
  Ready: 'Every member is set up.',
  Reconciling: 'Some members are not set up yet; that can become right by itself. Says what Ready says. (new, for kstatus)',
  Stalled: 'Somebody must act: on the roll, or for every member that is not set up. Says what Ready says. (new, for kstatus)',
  ServedByOtherMesh: 'Another mesh serves the members too. (new)',
  InternalError: 'The operator has a fault. (new)',
} as const satisfies Readonly<Record<string, string>>;
export type MemberRollConditionType = keyof typeof MEMBER_ROLL_CONDITIONS;

/** Reasons of a ServiceMeshMemberRoll's condition. */
export const MEMBER_ROLL_REASONS = {
  Configured: note('Every member is set up.'),
  ReconcileError: note('Some members are not set up.', 'Look at memberStatuses; each names its obstacle.'),
  ErrSMCPMissing: note('There is no ServiceMeshControlPlane in the namespace.', 'Create one; the roll is carried out by itself then.'),
  ErrMultipleSMCPs: stalling('There are several ServiceMeshControlPlanes in the namespace.', 'Delete all but one.'),
  ServesAllNamespaces: note('An Istio of the Sail operator has no discovery selectors, so it serves the members too. (new)', 'Give it discovery selectors.'),
  ErrInvalidName: stalling('The roll is not named default.', 'Create a roll named default and delete this one.'),
  InternalError: note('The operator has a fault. (new)', 'Report the message with the log line of this pass.'),
} as const satisfies Readonly<Record<string, ReasonNote>>;
export type MemberRollReason = keyof typeof MEMBER_ROLL_REASONS;

/** Reasons of an entry of `memberStatuses` under `Reconciled`. An entry also repeats what the member itself, or its namespace, says. */
export const MEMBER_STATUS_REASONS = {
  Configured: note('The namespace is set up.'),
  NamespaceNotExists: note('The namespace does not exist, or is being deleted.', 'Create the namespace, or remove it from the roll.'),
  ReferencesDifferentControlPlane: stalling('The namespace has a ServiceMeshMember for another control plane.', 'Delete that ServiceMeshMember, or remove the namespace from the roll.'),
  ErrorConfiguringNamespace: note('Setting the namespace up failed.', 'Read the message; the operator tries again by itself.'),
  Configuring: note('The namespace is being set up. (new)'),
  Terminating: note('The namespace is leaving the mesh. (new)'),
  ErrorControlPlaneMissing: note('There is no ServiceMeshControlPlane, or not the one that the ServiceMeshMember names.', 'Create it, or create the ServiceMeshMember with the right reference.'),
  ErrMultipleSMCPs: stalling('There are several ServiceMeshControlPlanes in the namespace of the mesh.', 'Delete all but one.'),
} as const satisfies Readonly<Record<string, ReasonNote>>;
export type MemberStatusReason = keyof typeof MEMBER_STATUS_REASONS;

/** Condition types of a ServiceMeshMember. The first two always say the same; the others are there only while they are true. */
export const MEMBER_CONDITIONS = {
  Reconciled: 'The namespace is set up as a member of the mesh.',
  Ready: 'The same.',
  Reconciling: 'The operator is at work, waits for what is still to come, or tries again by itself. Says what Ready says. (new, for kstatus)',
  Stalled: 'The operator waits for somebody to act. Says what Ready says. (new, for kstatus)',
  ExternalAccessBlocked: 'A Route leads to pods that the mesh closes to the router. (new)',
  PodsNotInjected: 'Pods should have a sidecar and have none. (new)',
  SidecarsOutdated: 'Pods run another sidecar than the mesh gives now. (new)',
  Contested: 'Another mesh claims the namespace. (new)',
  ServedByOtherMesh: 'A mesh of the Sail operator asks for the namespace. (new)',
  InternalError: 'The operator has a fault. (new)',
} as const satisfies Readonly<Record<string, string>>;
export type MemberConditionType = keyof typeof MEMBER_CONDITIONS;

/** Reasons of a ServiceMeshMember's conditions. */
export const MEMBER_REASONS = {
  Configured: note('The namespace is set up.'),
  InvalidName: stalling('The member is not named default.', 'Create a ServiceMeshMember named default and delete this one.'),
  ErrorControlPlaneMissing: note('The ServiceMeshControlPlane of the reference does not exist.', 'Create it, or delete this member and create one with the right reference.'),
  ErrorConfiguringNamespace: note('Setting the namespace up failed.', 'Read the message; the operator tries again by itself.'),
  ExternalAccessBlocked: note('A Route leads to pods that the router cannot reach. (new)', 'Lead the traffic through a gateway, or label the pods maistra.io/expose-route: "true".'),
  PodsNotInjected: note('Pods should have a sidecar and have none: they are older than the membership. (new)', 'Make the pods anew, for example by kubectl rollout restart.'),
  SidecarsOutdated: note('Pods run a sidecar of another Istio version, or with other settings, than the mesh gives now: they are older than the last change. (new)', 'Make the pods anew, for example by kubectl rollout restart; spec.updateStrategy.updateWorkloads of the ServiceMeshControlPlane lets the operator do it.'),
  ClaimedByOtherMesh: note('Another mesh claims the namespace too, without effect. (new)', 'Withdraw one of the two claims.'),
  ServedByOtherMesh: stalling('A mesh of the Sail operator asks for the namespace too. (new)', 'Change its discovery selectors, or take the namespace out of this mesh.'),
  FieldConflict: stalling('Another writer undoes what the mesh writes, again and again, or a mutating webhook changes it on its way in. (new)', 'Stop the writer that the message names, exempt the object from the webhook, or let it leave that field alone.'),
  InternalError: note('The operator has a fault. (new)', 'Report the message with the log line of this pass.'),
} as const satisfies Readonly<Record<string, ReasonNote>>;
export type MemberReason = keyof typeof MEMBER_REASONS;

/** Reasons that the old operator gave to members, and what this one does instead. */
export const RETIRED_MEMBER_REASONS = {
  CreateMemberRollFailed: 'A ServiceMeshMember needs no roll: it is a claim of its own.',
  DeleteMemberRollFailed: 'A ServiceMeshMember needs no roll: it is a claim of its own.',
  ErrorRemovingNamespace: 'What hinders a namespace from leaving is in the log of the operator; the finalizer stays until it is done.',
} as const satisfies Readonly<Record<string, string>>;
