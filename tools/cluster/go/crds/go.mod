// Pins modules whose files, not whose code, we use; see ../../module-files.ts.
module tenant-mesh-operator/bricks/crds

go 1.25.0

require (
	github.com/k8snetworkplumbingwg/network-attachment-definition-client v1.7.7
	github.com/openshift/api v0.0.0-20260501191448-a49973eaef53
	istio.io/api v1.31.1
)
