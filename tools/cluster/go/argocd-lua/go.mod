// The Lua of Argo CD, for tests of deploy/argocd; see ../../recipes.ts.
module tenant-mesh-operator/bricks/argocd-lua

go 1.26

require github.com/yuin/gopher-lua v1.1.2
