{{- /* A gateway that a user runs himself: a Deployment with image `auto` and the annotation inject.istio.io/templates: gateway.
   The gateways of the control plane are not injected; they are rendered in full from charts/base/gateway. */ -}}
{{- $proxy := .Values.global.proxy }}
{{- $image := annotation .ObjectMeta "sidecar.istio.io/proxyImage" $proxy.image }}
{{- if not (contains "/" $image) }}{{ $image = .ProxyImage }}{{ end }}
{{- $apps := list }}{{ range .Spec.Containers }}{{ if ne .Name "istio-proxy" }}{{ $apps = append $apps .Name }}{{ end }}{{ end }}
{{- $app := index .ObjectMeta.Labels "app.kubernetes.io/name" | default (index .ObjectMeta.Labels "app") | default .DeploymentMeta.Name }}
{{- $appVersion := index .ObjectMeta.Labels "app.kubernetes.io/version" | default (index .ObjectMeta.Labels "version") | default "latest" }}
{{- $trustDomain := valueOrDefault .MeshConfig.TrustDomain .Values.global.trustDomain }}
metadata:
  labels:
    service.istio.io/canonical-name: {{ index .ObjectMeta.Labels "service.istio.io/canonical-name" | default $app | trunc 63 | trimAll "-_." | quote }}
    service.istio.io/canonical-revision: {{ index .ObjectMeta.Labels "service.istio.io/canonical-revision" | default $appVersion | quote }}
  annotations:
    istio.io/rev: {{ .Revision | default "default" | quote }}
    {{- if $apps }}
    kubectl.kubernetes.io/default-container: {{ index .ObjectMeta.Annotations "kubectl.kubernetes.io/default-container" | default (index $apps 0) | quote }}
    kubectl.kubernetes.io/default-logs-container: {{ index .ObjectMeta.Annotations "kubectl.kubernetes.io/default-logs-container" | default (index $apps 0) | quote }}
    {{- end }}
spec:
  # Never empty: an empty one would make Istio's own template ask for a sysctl. Ports below 1024 are not bound.
  securityContext:
    {{ toYaml .Values.gateways.securityContext | indent 4 }}
  containers:
  - name: istio-proxy
    image: {{ quote $image }}
    {{ with .Values.global.imagePullPolicy }}imagePullPolicy: {{ quote . }}{{ end }}
    args:
    - proxy
    - router
    - --domain
    - $(POD_NAMESPACE).svc.{{ $proxy.clusterDomain }}
    - --proxyLogLevel={{ annotation .ObjectMeta "sidecar.istio.io/logLevel" $proxy.logLevel }}
    - --proxyComponentLogLevel={{ annotation .ObjectMeta "sidecar.istio.io/componentLogLevel" $proxy.componentLogLevel }}
    - --log_output_level={{ annotation .ObjectMeta "sidecar.istio.io/agentLogLevel" .Values.global.logging.level }}
    {{- if .Values.global.logAsJson }}
    - --log_as_json
    {{- end }}
    ports:
    - {name: http-envoy-prom, containerPort: 15090, protocol: TCP}
    securityContext:
      allowPrivilegeEscalation: false
      privileged: false
      capabilities: {drop: [ALL]}
      readOnlyRootFilesystem: true
      runAsNonRoot: true
      runAsUser: {{ .ProxyUID | default "1337" }}
      runAsGroup: {{ .ProxyGID | default "1337" }}
    env:
    - {name: PILOT_CERT_PROVIDER, value: {{ quote .Values.global.pilotCertProvider }}}
    - {name: CA_ADDR, value: {{ quote .Values.global.caAddress }}}
    - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
    - {name: INSTANCE_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
    - {name: SERVICE_ACCOUNT, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}
    - {name: HOST_IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
    - {name: ISTIO_CPU_LIMIT, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: "1"}}}
    - {name: GOMEMLIMIT, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: "1"}}}
    - {name: GOMAXPROCS, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: "1"}}}
    - name: PROXY_CONFIG
      value: |
             {{ protoToJSON .ProxyConfig }}
    - name: ISTIO_META_POD_PORTS
      value: |-
        [
        {{- $first := true }}{{ range .Spec.Containers }}{{ range .Ports }}{{ with structToJSON . }}{{ if not $first }},{{ end }}{{ . }}{{ $first = false }}{{ end }}{{ end }}{{ end -}}
        ]
    - {name: ISTIO_META_APP_CONTAINERS, value: {{ $apps | join "," | quote }}}
    - {name: ISTIO_META_CLUSTER_ID, value: {{ valueOrDefault .Values.global.multiCluster.clusterName "Kubernetes" | quote }}}
    - {name: ISTIO_META_NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
    - {name: ISTIO_META_INTERCEPTION_MODE, value: {{ quote .ProxyConfig.InterceptionMode.String }}}
    # istiod then sends no listener below port 1024, where this process could not bind.
    - {name: ISTIO_META_UNPRIVILEGED_POD, value: "true"}
    {{- with .Values.global.network }}
    - {name: ISTIO_META_NETWORK, value: {{ quote . }}}
    {{- end }}
    {{- with .DeploymentMeta.Name }}
    - {name: ISTIO_META_WORKLOAD_NAME, value: {{ quote . }}}
    {{- end }}
    {{- if and .TypeMeta.APIVersion .DeploymentMeta.Name }}
    - {name: ISTIO_META_OWNER, value: "kubernetes://apis/{{ .TypeMeta.APIVersion }}/namespaces/{{ valueOrDefault .DeploymentMeta.Namespace "default" }}/{{ toLower .TypeMeta.Kind }}s/{{ .DeploymentMeta.Name }}"}
    {{- end }}
    {{- if isset .ObjectMeta.Annotations "sidecar.istio.io/bootstrapOverride" }}
    - {name: ISTIO_BOOTSTRAP_OVERRIDE, value: /etc/istio/custom-bootstrap/custom_bootstrap.json}
    {{- end }}
    {{- with valueOrDefault .Values.global.meshID $trustDomain }}
    - {name: ISTIO_META_MESH_ID, value: {{ quote . }}}
    {{- end }}
    {{- with $trustDomain }}
    - {name: TRUST_DOMAIN, value: {{ quote . }}}
    {{- end }}
    {{- range $key, $value := .ProxyConfig.ProxyMetadata }}
    - {name: {{ quote $key }}, value: {{ quote $value }}}
    {{- end }}
    readinessProbe:
      httpGet: {path: /healthz/ready, port: 15021}
      initialDelaySeconds: {{ $proxy.readinessInitialDelaySeconds }}
      periodSeconds: {{ $proxy.readinessPeriodSeconds }}
      timeoutSeconds: 3
      failureThreshold: {{ $proxy.readinessFailureThreshold }}
    volumeMounts:
    - {name: workload-socket, mountPath: /var/run/secrets/workload-spiffe-uds}
    - {name: credential-socket, mountPath: /var/run/secrets/credential-uds}
    - {name: workload-certs, mountPath: /var/run/secrets/workload-spiffe-credentials}
    - {name: istiod-ca-cert, mountPath: /var/run/secrets/istio}
    - {name: istio-data, mountPath: /var/lib/istio/data}
    - {name: istio-envoy, mountPath: /etc/istio/proxy}
    - {name: istio-token, mountPath: /var/run/secrets/tokens}
    - {name: istio-podinfo, mountPath: /etc/istio/pod}
    {{- if isset .ObjectMeta.Annotations "sidecar.istio.io/bootstrapOverride" }}
    - {name: custom-bootstrap-volume, mountPath: /etc/istio/custom-bootstrap}
    {{- end }}
  volumes:
  - {name: workload-socket, emptyDir: {}}
  - {name: credential-socket, emptyDir: {}}
  - {name: workload-certs, emptyDir: {}}
  - {name: istio-data, emptyDir: {}}
  - {name: istio-envoy, emptyDir: {medium: Memory}}
  - {name: istio-token, projected: {sources: [{serviceAccountToken: {path: istio-token, expirationSeconds: 43200, audience: {{ quote .Values.global.sds.token.aud }}}}]}}
  - {name: istiod-ca-cert, configMap: {name: {{ .Values.global.trustBundleName | default "istio-ca-root-cert" | quote }}}}
  - name: istio-podinfo
    downwardAPI:
      items:
      - {path: labels, fieldRef: {fieldPath: metadata.labels}}
      - {path: annotations, fieldRef: {fieldPath: metadata.annotations}}
  {{- if isset .ObjectMeta.Annotations "sidecar.istio.io/bootstrapOverride" }}
  - {name: custom-bootstrap-volume, configMap: {name: {{ annotation .ObjectMeta "sidecar.istio.io/bootstrapOverride" "" | quote }}}}
  {{- end }}
  {{- with .Values.global.imagePullSecrets }}
  imagePullSecrets:
  {{- range . }}
  - {name: {{ quote . }}}
  {{- end }}
  {{- end }}
