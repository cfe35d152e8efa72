/**
 * Every label, annotation, finalizer and fixed name, once.
 * Those of `maistra.io` keep the spelling of the old operator: users' YAML, scripts and dashboards know them
 * (spec/api-members.md, spec/controlplane-install.md 3.2, spec/networkpolicy-expose-route.md).
 */

/** Finalizer of the old operator; ours on a ServiceMeshControlPlane, and released wherever it is found. */
export const FINALIZER = 'maistra.io/istio-operator';

/** On a namespace: the control-plane namespace whose mesh it is in. On copies in members: the same. */
export const LABEL_MEMBER_OF = 'maistra.io/member-of';
/** On a namespace: no injection there. */
export const LABEL_IGNORE_NAMESPACE = 'maistra.io/ignore-namespace';
/** On every namespace, by the API server: its name. */
export const LABEL_NAMESPACE_NAME = 'kubernetes.io/metadata.name';
/** On pods that stay reachable from the router; value "true". */
export const LABEL_EXPOSE_ROUTE = 'maistra.io/expose-route';
/** On a pod, as label or annotation: "true" asks for a sidecar, "false" refuses one. */
export const INJECT = 'sidecar.istio.io/inject';
/** On a pod: istiod's report of what it put in. */
export const ANNOTATION_SIDECAR_STATUS = 'sidecar.istio.io/status';
/** On a pod: which sidecar it was given; on a mesh's injection webhook: which one it gives now. Ours; see domain/sidecars/mark.ts. */
export const ANNOTATION_SIDECAR = 'tmesh.maistra.io/sidecar';
/** On a workload: "false" keeps the operator from restarting it, whatever its mesh says. Ours. */
export const ANNOTATION_UPDATE_WORKLOAD = 'tmesh.maistra.io/update-workload';
/** On a workload that the operator restarted: the mark of the sidecar that its pods were to get. One restart for one mark. Ours. */
export const ANNOTATION_RESTARTED_FOR = 'tmesh.maistra.io/restarted-for';
/** On a workload while such a restart is under way: since when. Ours; makes restarts resumable. */
export const ANNOTATION_RESTARTING = 'tmesh.maistra.io/restarting-since';
/** On a pod template: what `kubectl rollout restart` writes there. */
export const ANNOTATION_RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
/** On a namespace: Istio's own word for all its pods. */
export const LABEL_ISTIO_INJECTION = 'istio-injection';
/** Control-plane namespace of an object's owner. */
export const LABEL_OWNER = 'maistra.io/owner';
/** Name of the ServiceMeshControlPlane that owns an object. */
export const LABEL_OWNER_NAME = 'maistra.io/owner-name';
export const LABEL_APP_NAME = 'app.kubernetes.io/name';
export const LABEL_COMPONENT = 'app.kubernetes.io/component';
export const LABEL_INSTANCE = 'app.kubernetes.io/instance';
export const LABEL_VERSION = 'app.kubernetes.io/version';
export const LABEL_PART_OF = 'app.kubernetes.io/part-of';
export const LABEL_MANAGED_BY = 'app.kubernetes.io/managed-by';
/** Value of LABEL_MANAGED_BY, as the old operator wrote it. */
export const MANAGED_BY = 'maistra-istio-operator';
/** ConfigMap of the operator's namespace whose keys are profiles; the old operator's name for it. */
export const PROFILES_CONFIG_MAP = 'smcp-templates';
/** On further ConfigMaps with profiles; value "true". */
export const LABEL_PROFILES = 'tmesh.maistra.io/profiles';
/** Value of LABEL_PART_OF. */
export const PART_OF = 'istio';

/** `<operatorVersion>-<generation>` of the SMCP that rendered an object. */
export const ANNOTATION_MESH_GENERATION = 'maistra.io/mesh-generation';
/** Who created an SMMR: `servicemeshmember-controller` for those made for an SMM. */
export const ANNOTATION_CREATED_BY = 'maistra.io/created-by';
export const CREATED_BY_MEMBER_CONTROLLER = 'servicemeshmember-controller';
/** On an SMM that the old operator derived from a roll: it wants nothing by itself. */
export const CREATED_BY_ROLL_CONTROLLER = 'servicemeshmemberroll-controller';
/** On a NetworkPolicy: not copied to members. */
export const ANNOTATION_INTERNAL = 'maistra.io/internal';
/** On a namespace while it is leaving a mesh: the mesh it leaves. Ours; makes leaving resumable. */
export const ANNOTATION_LEAVING = 'tmesh.maistra.io/leaving';

/** Before the type of a condition on a namespace: it is about the namespace's membership, and ours. */
export const NAMESPACE_CONDITION_PREFIX = 'maistra.io/';

/** On a CRD that we installed: `<Istio version>-<fingerprint of its spec>`. Its presence says that the CRD is ours. */
export const ANNOTATION_CONTENT = 'tmesh.maistra.io/content';

/** Labels and annotations of IOR's Routes (spec/ior.md 2). */
export const LABEL_GENERATED_BY = 'maistra.io/generated-by';
export const GENERATED_BY_IOR = 'ior';
export const LABEL_GATEWAY_NAMESPACE = 'maistra.io/gateway-namespace';
export const LABEL_GATEWAY_NAME = 'maistra.io/gateway-name';
export const ANNOTATION_ORIGINAL_HOST = 'maistra.io/original-host';
/** On a Gateway: a Go bool; false takes it out of IOR. */
export const ANNOTATION_MANAGE_ROUTE = 'maistra.io/manageRoute';
/** On a Gateway that is taken out of IOR: `keep` leaves its Routes behind, without our labels. */
export const ANNOTATION_ROUTE_ON_OPT_OUT = 'maistra.io/routeOnOptOut';
/** On an SMCP: `route` (default) or `ingress`, the kind of object that IOR writes. */
export const ANNOTATION_IOR_TARGET = 'maistra.io/ior-target';
/** On an SMCP: which labels and annotations of Gateways their Routes get, keys and prefixes with `*` between commas; absent: all but tracking marks. */
export const ANNOTATION_IOR_COPY = 'maistra.io/ior-copy';
/** On a Route whose Gateway's name is too long for a label: the Gateway's `namespace/name`. */
export const ANNOTATION_GATEWAY = 'tmesh.maistra.io/gateway';

/** Label of the namespace that the OpenShift router runs in. */
export const LABEL_POLICY_GROUP = 'network.openshift.io/policy-group';
export const POLICY_GROUP_INGRESS = 'ingress';

/** The only legal name of a ServiceMeshMemberRoll and of a ServiceMeshMember. */
export const ROLL_NAME = 'default';
export const MEMBER_NAME = 'default';

/** ConfigMap that istiod writes to each namespace it serves. */
export const ROOT_CERT_CONFIGMAP = 'istio-ca-root-cert';
/** ConfigMap with istiod's certificate revocation list. */
export const CRL_CONFIGMAP = 'istio-ca-crl';

/** Role and RoleBinding that let users `use` a control plane (spec/controlplane-install.md 5). */
export const MESH_USER_ROLE = 'mesh-user';
export const MESH_USERS_BINDING = 'mesh-users';

/** Shared ClusterRoles, installed with the operator, that RoleBindings of each mesh refer to. */
export const CLUSTER_ROLE_ISTIOD_CONTROL_PLANE = 'tmesh-istiod-control-plane';
export const CLUSTER_ROLE_ISTIOD_MEMBER = 'tmesh-istiod-member';
export const CLUSTER_ROLE_ISTIOD_SOFT = 'tmesh-istiod-soft';
export const CLUSTER_ROLE_PROMETHEUS = 'tmesh-prometheus-member';
export const CLUSTER_ROLE_KIALI = 'tmesh-kiali-member';
export const CLUSTER_ROLE_GATEWAY = 'tmesh-gateway';
export const CLUSTER_ROLE_RESTARTS = 'tmesh-workload-restarts';
export const CLUSTER_ROLE_CNI = 'tmesh-istio-cni';
export const CLUSTER_ROLE_SCOPED_API = 'tmesh-scoped-api';

/**
 * The node plug-in. Its DaemonSet keeps upstream's name, by which the plug-in knows its own pods; account, ClusterRole and NetworkAttachmentDefinition
 * of an installation by others are called alike.
 */
export const CNI_NAME = 'istio-cni';
export const CNI_DAEMON_SET = 'istio-cni-node';

/** The scoped API: value of LABEL_COMPONENT on its objects. */
export const SCOPED_API_COMPONENT = 'scoped-api';
/** Its account, Deployment, Service and whatever else has a name in the operator's namespace. */
export const SCOPED_API_NAME = 'tenant-mesh-operator-scoped-api';
/** Secret in the operator's namespace with its authority and the certificate that it serves with. */
export const SCOPED_API_CERTIFICATE_SECRET = 'tmesh-scoped-api-certs';
/** ConfigMap in the operator's namespace with the authority that istiods trust; key `ca.crt`. */
export const SCOPED_API_AUTHORITY = 'tmesh-scoped-api-authority';
/** ConfigMap of a control plane with istiod's kubeconfig; key `config`. It holds no credential. */
export const ISTIOD_KUBECONFIG = 'istio-kubeconfig';

/** Field manager prefix; the controller's name follows. */
export const FIELD_MANAGER_PREFIX = 'tmesh-';

/** Name of our own ValidatingWebhookConfiguration, and of everything else that belongs to the operator itself. */
export const OPERATOR_NAME = 'tenant-mesh-operator';
/** Name of the Deployment of OpenShift Service Mesh 2's operator, and the end of its webhook configurations' names, which begin with its namespace. */
export const OTHER_OPERATOR = 'istio-operator';
export const OTHER_OPERATOR_WEBHOOKS = '.servicemesh-resources.maistra.io';
/** Secret in the operator's namespace with authority and serving certificate of the webhook server. */
export const WEBHOOK_CERTIFICATE_SECRET = 'tmesh-webhook-certs';
