{{- /* The sidecar of this project. A Go template, evaluated by istiod for every pod; its variables are the same from Istio 1.29 to 1.31.
   .ObjectMeta, .Spec     the pod as its owner wrote it
   .ProxyConfig           the mesh's defaultConfig with the pod's annotation proxy.istio.io/config on top
   .Values                key `values` of the ConfigMap that this text is in
   istiod itself adds: rewritten probes, merged metrics, the annotation sidecar.istio.io/status, the order of containers. */ -}}
{{- $mode := annotation .ObjectMeta "sidecar.istio.io/interceptionMode" .ProxyConfig.InterceptionMode }}
{{- $tproxy := eq $mode "TPROXY" }}
{{- $native := ne (index .ObjectMeta.Annotations "sidecar.istio.io/nativeSidecar" | default (printf "%t" .NativeSidecars)) "false" }}
{{- $proxy := .Values.global.proxy }}
{{- $cni := .Values.pilot.cni.enabled }}
{{- $uid := .ProxyUID | default "1337" }}
{{- $gid := .ProxyGID | default "1337" }}
{{- $statusPort := annotation .ObjectMeta "status.sidecar.istio.io/port" $proxy.statusPort }}
{{- $excludedInbound := excludeInboundPort $statusPort (annotation .ObjectMeta "traffic.sidecar.istio.io/excludeInboundPorts" $proxy.excludeInboundPorts) }}
{{- $includedInbound := annotation .ObjectMeta "traffic.sidecar.istio.io/includeInboundPorts" $proxy.includeInboundPorts }}
{{- $includedRanges := annotation .ObjectMeta "traffic.sidecar.istio.io/includeOutboundIPRanges" $proxy.includeIPRanges }}
{{- $excludedRanges := annotation .ObjectMeta "traffic.sidecar.istio.io/excludeOutboundIPRanges" $proxy.excludeIPRanges }}
{{- $includedOutbound := annotation .ObjectMeta "traffic.sidecar.istio.io/includeOutboundPorts" $proxy.includeOutboundPorts }}
{{- $excludedOutbound := annotation .ObjectMeta "traffic.sidecar.istio.io/excludeOutboundPorts" $proxy.excludeOutboundPorts }}
{{- $image := annotation .ObjectMeta "sidecar.istio.io/proxyImage" $proxy.image }}
{{- if not (contains "/" $image) }}{{ $image = .ProxyImage }}{{ end }}
{{- $init := .Values.global.proxy_init }}
{{- $initImage := $init.image }}{{ if isset .ObjectMeta.Annotations "sidecar.istio.io/proxyImage" }}{{ $initImage = $image }}{{ end }}
{{- $namespace := valueOrDefault .DeploymentMeta.Namespace "default" }}
{{- $apps := list }}{{ range .Spec.Containers }}{{ if ne .Name "istio-proxy" }}{{ $apps = append $apps .Name }}{{ end }}{{ end }}
{{- $app := index .ObjectMeta.Labels "app.kubernetes.io/name" | default (index .ObjectMeta.Labels "app") | default .DeploymentMeta.Name }}
{{- $appVersion := index .ObjectMeta.Labels "app.kubernetes.io/version" | default (index .ObjectMeta.Labels "version") | default "latest" }}
{{- $trustDomain := valueOrDefault .MeshConfig.TrustDomain .Values.global.trustDomain }}
{{- /* Annotations of the pod win over the mesh's resources, all of them or none. */ -}}
{{- define "sidecarResources" }}
{{- $a := .ObjectMeta.Annotations }}
{{- if or (isset $a "sidecar.istio.io/proxyCPU") (isset $a "sidecar.istio.io/proxyMemory") (isset $a "sidecar.istio.io/proxyCPULimit") (isset $a "sidecar.istio.io/proxyMemoryLimit") }}
      requests:
        {{ with index $a "sidecar.istio.io/proxyCPU" }}cpu: {{ quote . }}{{ end }}
        {{ with index $a "sidecar.istio.io/proxyMemory" }}memory: {{ quote . }}{{ end }}
      limits:
        {{ with index $a "sidecar.istio.io/proxyCPULimit" }}cpu: {{ quote . }}{{ end }}
        {{ with index $a "sidecar.istio.io/proxyMemoryLimit" }}memory: {{ quote . }}{{ end }}
{{- else }}
      {{ toYaml .Values.global.proxy.resources | indent 6 }}
{{- end }}
{{- end }}
metadata:
  labels:
    # Tells other proxies that this pod speaks mutual TLS.
    security.istio.io/tlsMode: {{ index .ObjectMeta.Labels "security.istio.io/tlsMode" | default "istio" | quote }}
    service.istio.io/canonical-name: {{ index .ObjectMeta.Labels "service.istio.io/canonical-name" | default $app | trunc 63 | trimAll "-_." | quote }}
    service.istio.io/canonical-revision: {{ index .ObjectMeta.Labels "service.istio.io/canonical-revision" | default $appVersion | quote }}
  annotations:
    istio.io/rev: {{ .Revision | default "default" | quote }}
    {{- if $apps }}
    kubectl.kubernetes.io/default-container: {{ index .ObjectMeta.Annotations "kubectl.kubernetes.io/default-container" | default (index $apps 0) | quote }}
    kubectl.kubernetes.io/default-logs-container: {{ index .ObjectMeta.Annotations "kubectl.kubernetes.io/default-logs-container" | default (index $apps 0) | quote }}
    {{- end }}
    {{- if $cni }}
    # The node plugin reads what to redirect from here.
    {{- if eq .Values.pilot.cni.provider "multus" }}
    k8s.v1.cni.cncf.io/networks: '{{ appendMultusNetwork (index .ObjectMeta.Annotations "k8s.v1.cni.cncf.io/networks") "default/istio-cni" }}'
    {{- end }}
    sidecar.istio.io/interceptionMode: {{ quote $mode }}
    traffic.sidecar.istio.io/includeInboundPorts: {{ quote $includedInbound }}
    traffic.sidecar.istio.io/excludeInboundPorts: {{ quote $excludedInbound }}
    {{ with $includedRanges }}traffic.sidecar.istio.io/includeOutboundIPRanges: {{ quote . }}{{ end }}
    {{ with $excludedRanges }}traffic.sidecar.istio.io/excludeOutboundIPRanges: {{ quote . }}{{ end }}
    {{ with $includedOutbound }}traffic.sidecar.istio.io/includeOutboundPorts: {{ quote . }}{{ end }}
    {{ with $excludedOutbound }}traffic.sidecar.istio.io/excludeOutboundPorts: {{ quote . }}{{ end }}
    {{- end }}
spec:
{{- if or $native (ne $mode "NONE") }}
  initContainers:
  {{- if ne $mode "NONE" }}
  # Sets up redirection, or with CNI checks that the node plugin has done so.
  - name: {{ if $cni }}istio-validation{{ else }}istio-init{{ end }}
    image: {{ quote $initImage }}
    {{ with $init.imagePullPolicy | default .Values.global.imagePullPolicy }}imagePullPolicy: {{ quote . }}{{ end }}
    args: [istio-iptables, "-p", {{ .MeshConfig.ProxyListenPort | default "15001" | quote }}, "-z", {{ .MeshConfig.ProxyInboundListenPort | default "15006" | quote }},
      "-u", {{ if $tproxy }}"1337"{{ else }}{{ quote $uid }}{{ end }}, "-m", {{ quote $mode }}, "-i", {{ quote $includedRanges }}, "-x", {{ quote $excludedRanges }}, "-b", {{ quote $includedInbound }},
      "-d", "15090,15021{{ with $excludedInbound }},{{ . }}{{ end }}",
      {{ with $includedOutbound }}"-q", {{ quote . }},{{ end }} {{ with $excludedOutbound }}"-o", {{ quote . }},{{ end }}
      {{ with index .ObjectMeta.Annotations "istio.io/reroute-virtual-interfaces" | default (index .ObjectMeta.Annotations "traffic.sidecar.istio.io/kubevirtInterfaces") }}"-k", {{ quote . }},{{ end }} {{ with index .ObjectMeta.Annotations "traffic.sidecar.istio.io/excludeInterfaces" }}"-c", {{ quote . }},{{ end }}
      "--log_output_level={{ annotation .ObjectMeta "sidecar.istio.io/agentLogLevel" .Values.global.logging.level }}"{{ if .Values.global.logAsJson }}, "--log_as_json"{{ end }}{{ if $cni }}, "--run-validation", "--skip-rule-apply"{{ end }}]
    env: [{{ range $key, $value := .ProxyConfig.ProxyMetadata }}{{ if not (hasKey $init.env $key) }}{name: {{ quote $key }}, value: {{ quote $value }}}, {{ end }}{{ end }}{{ range $key, $value := $init.env }}{name: {{ quote $key }}, value: {{ quote $value }}}, {{ end }}]
    {{- if $init.resources }}
    resources:
      {{ toYaml $init.resources | indent 6 }}
    {{- else }}
    resources: {{ template "sidecarResources" . }}
    {{- end }}
    securityContext:
      allowPrivilegeEscalation: false
      privileged: false
      {{- if $cni }}
      capabilities: {drop: [ALL]}
      readOnlyRootFilesystem: true
      runAsNonRoot: true
      runAsUser: {{ if $tproxy }}1337{{ else }}{{ $uid }}{{ end }}
      runAsGroup: {{ if $tproxy }}1337{{ else }}{{ $gid }}{{ end }}
      seccompProfile: {type: RuntimeDefault}
      {{- else }}
      # iptables needs root and these two capabilities; the proxy itself does not.
      capabilities: {add: [NET_ADMIN, NET_RAW], drop: [ALL]}
      readOnlyRootFilesystem: false
      runAsNonRoot: false
      runAsUser: 0
      runAsGroup: 0
      {{- end }}
  {{- end }}
{{- end }}
{{- if not $native }}
  containers:
{{- end }}
  - name: istio-proxy
    image: {{ quote $image }}
    {{ with .Values.global.imagePullPolicy }}imagePullPolicy: {{ quote . }}{{ end }}
    {{ if $native }}restartPolicy: Always{{ end }}
    args:
    - proxy
    - sidecar
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
    {{- if and (not $native) (or .ProxyConfig.HoldApplicationUntilProxyStarts.GetValue $proxy.holdApplicationUntilProxyStarts) }}
    # The application starts when the proxy is ready.
    lifecycle: {postStart: {exec: {command: [pilot-agent, wait]}}}
    {{- else if $native }}
    lifecycle: {preStop: {exec: {command: [pilot-agent, request, "--debug-port={{ $statusPort }}", POST, drain]}}}
    {{- end }}
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
    - {name: ISTIO_META_INTERCEPTION_MODE, value: {{ or (index .ObjectMeta.Annotations "sidecar.istio.io/interceptionMode") .ProxyConfig.InterceptionMode.String | quote }}}
    {{- with .Values.global.network }}
    - {name: ISTIO_META_NETWORK, value: {{ quote . }}}
    {{- end }}
    {{- with index .ObjectMeta.Labels "service.istio.io/workload-name" | default .DeploymentMeta.Name }}
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
    {{- if ne $statusPort "0" }}
    startupProbe:
      httpGet: {path: /healthz/ready, port: 15021}
      periodSeconds: 1
      timeoutSeconds: 3
      failureThreshold: 600
    readinessProbe:
      httpGet: {path: /healthz/ready, port: 15021}
      initialDelaySeconds: {{ annotation .ObjectMeta "readiness.status.sidecar.istio.io/initialDelaySeconds" $proxy.readinessInitialDelaySeconds }}
      periodSeconds: {{ annotation .ObjectMeta "readiness.status.sidecar.istio.io/periodSeconds" $proxy.readinessPeriodSeconds }}
      timeoutSeconds: 3
      failureThreshold: {{ annotation .ObjectMeta "readiness.status.sidecar.istio.io/failureThreshold" $proxy.readinessFailureThreshold }}
    {{- end }}
    resources: {{ template "sidecarResources" . }}
    securityContext:
      allowPrivilegeEscalation: false
      privileged: false
      readOnlyRootFilesystem: true
      {{- if $tproxy }}
      capabilities: {add: [NET_ADMIN], drop: [ALL]}
      runAsNonRoot: false
      runAsUser: 0
      runAsGroup: 1337
      {{- else }}
      capabilities: {drop: [ALL]}
      runAsNonRoot: true
      runAsUser: {{ $uid }}
      runAsGroup: {{ $gid }}
      seccompProfile: {type: RuntimeDefault}
      {{- end }}
    volumeMounts:
    - {name: workload-socket, mountPath: /var/run/secrets/workload-spiffe-uds}
    - {name: credential-socket, mountPath: /var/run/secrets/credential-uds}
    - {name: workload-certs, mountPath: /var/run/secrets/workload-spiffe-credentials}
    - {name: istiod-ca-cert, mountPath: /var/run/secrets/istio}
    - {name: istio-ca-crl, mountPath: /var/run/secrets/istio/crl}
    - {name: istio-data, mountPath: /var/lib/istio/data}
    - {name: istio-envoy, mountPath: /etc/istio/proxy}
    - {name: istio-token, mountPath: /var/run/secrets/tokens}
    - {name: istio-podinfo, mountPath: /etc/istio/pod}
    {{- if isset .ObjectMeta.Annotations "sidecar.istio.io/bootstrapOverride" }}
    - {name: custom-bootstrap-volume, mountPath: /etc/istio/custom-bootstrap}
    {{- end }}
    {{- if isset .ObjectMeta.Annotations "sidecar.istio.io/userVolumeMount" }}
    {{- range $name, $mount := fromJSON (index .ObjectMeta.Annotations "sidecar.istio.io/userVolumeMount") }}
    - name: {{ quote $name }}
      {{ toYaml $mount | indent 6 }}
    {{- end }}
    {{- end }}
  volumes:
  - {name: workload-socket, emptyDir: {}}
  - {name: credential-socket, emptyDir: {}}
  - {name: workload-certs, emptyDir: {}}
  - {name: istio-data, emptyDir: {}}
  - {name: istio-envoy, emptyDir: {medium: Memory}}
  - {name: istio-token, projected: {sources: [{serviceAccountToken: {path: istio-token, expirationSeconds: 43200, audience: {{ quote .Values.global.sds.token.aud }}}}]}}
  - {name: istiod-ca-cert, configMap: {name: {{ .Values.global.trustBundleName | default "istio-ca-root-cert" | quote }}}}
  - {name: istio-ca-crl, configMap: {name: istio-ca-crl, optional: true}}
  - name: istio-podinfo
    downwardAPI:
      items:
      - {path: labels, fieldRef: {fieldPath: metadata.labels}}
      - {path: annotations, fieldRef: {fieldPath: metadata.annotations}}
  {{- if isset .ObjectMeta.Annotations "sidecar.istio.io/bootstrapOverride" }}
  - {name: custom-bootstrap-volume, configMap: {name: {{ annotation .ObjectMeta "sidecar.istio.io/bootstrapOverride" "" | quote }}}}
  {{- end }}
  {{- if isset .ObjectMeta.Annotations "sidecar.istio.io/userVolume" }}
  {{- range $name, $volume := fromJSON (index .ObjectMeta.Annotations "sidecar.istio.io/userVolume") }}
  - name: {{ quote $name }}
    {{ toYaml $volume | indent 4 }}
  {{- end }}
  {{- end }}
  {{- with .Values.global.imagePullSecrets }}
  imagePullSecrets:
  {{- range . }}
  - {name: {{ quote . }}}
  {{- end }}
  {{- end }}
  {{- with .Values.global.podDNSSearchNamespaces }}
  dnsConfig:
    searches:
    {{- range . }}
    - {{ . | replace "%NAMESPACE%" $namespace | quote }}
    {{- end }}
  {{- end }}
