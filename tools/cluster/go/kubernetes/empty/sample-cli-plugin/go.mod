// An empty module: k8s.io/sample-cli-plugin is not published, and nothing here uses it.
module k8s.io/sample-cli-plugin

go 1.24.0
