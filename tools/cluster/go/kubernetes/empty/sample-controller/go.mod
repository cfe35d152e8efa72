// An empty module: k8s.io/sample-controller is not published, and nothing here uses it.
module k8s.io/sample-controller

go 1.24.0
