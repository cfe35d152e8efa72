// An empty module: k8s.io/sample-apiserver is not published, and nothing here uses it.
module k8s.io/sample-apiserver

go 1.24.0
