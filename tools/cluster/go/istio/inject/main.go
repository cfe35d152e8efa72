// Istio's own sidecar injector as a filter: the test's way to run Go templates. Reads a Request from stdin, writes an Answer to stdout.
// The whole webhook of istiod answers, from the admission review on: policy, templates, merge and post-processing are upstream's.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	jsonpatch "github.com/evanphx/json-patch/v5"
	corev1 "k8s.io/api/core/v1"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/kube/inject"
	"istio.io/istio/pkg/log"
)

// Request is an injector's configuration (keys `config` and `values` of its ConfigMap), the mesh configuration, and pods that are created.
type Request struct {
	Revision string `json:"revision"`
	Mesh     string `json:"mesh"`
	Config   string `json:"config"`
	Values   string `json:"values"`
	Pods     []struct {
		Namespace string          `json:"namespace"`
		Pod       json.RawMessage `json:"pod"`
	} `json:"pods"`
}

// Outcome is what became of one pod; without a pod it was let through as it is.
type Outcome struct {
	Pod   json.RawMessage `json:"pod,omitempty"`
	Error string          `json:"error,omitempty"`
}

// given is a configuration that never changes.
type given struct {
	config inject.Config
	values string
}

func (g given) SetHandler(func(*inject.Config, string) error) {}
func (g given) Run(<-chan struct{})                           {}
func (g given) Get() (*inject.Config, string, error)          { return &g.config, g.values, nil }

func webhook(request Request) (*http.ServeMux, error) {
	config, err := inject.UnmarshalConfig([]byte(request.Config))
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	meshConfig, err := mesh.ApplyMeshConfigDefaults(request.Mesh)
	if err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	env := &model.Environment{Watcher: meshwatcher.NewTestWatcher(meshConfig)}
	// No ProxyConfig resources: what is effective comes from the mesh configuration and the pod's annotation.
	env.SetPushContext(&model.PushContext{ProxyConfigs: &model.ProxyConfigs{}})
	mux := http.NewServeMux()
	_, err = inject.NewWebhook(inject.WebhookParameters{Watcher: given{config, request.Values}, Env: env, Mux: mux, Revision: request.Revision})
	return mux, err
}

// admit asks the webhook as an API server does, and applies the patch of its answer.
func admit(mux *http.ServeMux, namespace string, pod []byte) Outcome {
	review, _ := json.Marshal(map[string]any{
		"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
		"request": map[string]any{"uid": "1", "namespace": namespace, "operation": "CREATE", "object": json.RawMessage(pod)},
	})
	post := httptest.NewRequest(http.MethodPost, "/inject", bytes.NewReader(review))
	post.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, post)
	var answer struct {
		Response struct {
			Allowed bool   `json:"allowed"`
			Patch   []byte `json:"patch"`
			Status  struct {
				Message string `json:"message"`
			} `json:"status"`
		} `json:"response"`
	}
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		return Outcome{Error: recorder.Body.String()}
	}
	if !answer.Response.Allowed {
		return Outcome{Error: answer.Response.Status.Message}
	}
	if len(answer.Response.Patch) == 0 {
		return Outcome{}
	}
	patch, err := jsonpatch.DecodePatch(answer.Response.Patch)
	if err != nil {
		return Outcome{Error: err.Error()}
	}
	injected, err := patch.Apply(pod)
	if err != nil {
		return Outcome{Error: err.Error()}
	}
	return Outcome{Pod: injected}
}

// asSent is a pod as an API server sends it: with the empty fields that a patch may reach into.
func asSent(pod []byte) ([]byte, error) {
	var typed corev1.Pod
	if err := json.Unmarshal(pod, &typed); err != nil {
		return nil, err
	}
	return json.Marshal(&typed)
}

func run() error {
	var request Request
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		return err
	}
	mux, err := webhook(request)
	if err != nil {
		return err
	}
	outcomes := make([]Outcome, 0, len(request.Pods))
	for _, one := range request.Pods {
		pod, err := asSent(one.Pod)
		if err != nil {
			return err
		}
		outcomes = append(outcomes, admit(mux, one.Namespace, pod))
	}
	return json.NewEncoder(os.Stdout).Encode(outcomes)
}

// quiet keeps istiod's log out of the answer.
func quiet() error {
	options := log.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	options.SetDefaultOutputLevel("default", log.ErrorLevel)
	return log.Configure(options)
}

func main() {
	err := quiet()
	if err == nil {
		err = run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
