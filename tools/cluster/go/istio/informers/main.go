// Informers of client-go, of the version that istiod is built with, as a client of the tests: what do their stores hold?
// Arguments: a kubeconfig, then kinds as `group/version/resource?fieldSelector`. Each line on stdin is answered with one line on stdout:
// the stores as `{kind: {namespace/name: resourceVersion}}`.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// kind is one informer: what it was asked for, and its store.
type kind struct {
	name     string
	informer cache.SharedIndexInformer
}

func parse(argument string) (schema.GroupVersionResource, string, error) {
	path, selector, _ := strings.Cut(argument, "?")
	parts := strings.Split(path, "/")
	if len(parts) != 3 {
		return schema.GroupVersionResource{}, "", fmt.Errorf("%s: give group/version/resource", argument)
	}
	return schema.GroupVersionResource{Group: parts[0], Version: parts[1], Resource: parts[2]}, selector, nil
}

func start(kubeconfig string, arguments []string, stop <-chan struct{}) ([]kind, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	var kinds []kind
	for _, argument := range arguments {
		resource, selector, err := parse(argument)
		if err != nil {
			return nil, err
		}
		narrow := func(options *metav1.ListOptions) { options.FieldSelector = selector }
		informer := dynamicinformer.NewFilteredDynamicInformer(client, resource, "", 0, cache.Indexers{}, narrow).Informer()
		kinds = append(kinds, kind{name: resource.Resource, informer: informer})
		go informer.Run(stop)
	}
	return kinds, nil
}

func stores(kinds []kind) (map[string]map[string]string, error) {
	held := map[string]map[string]string{}
	for _, one := range kinds {
		held[one.name] = map[string]string{}
		for _, object := range one.informer.GetStore().List() {
			metadata, err := meta.Accessor(object)
			if err != nil {
				return nil, err
			}
			key := metadata.GetName()
			if metadata.GetNamespace() != "" {
				key = metadata.GetNamespace() + "/" + key
			}
			held[one.name][key] = metadata.GetResourceVersion()
		}
	}
	return held, nil
}

func run(kubeconfig string, arguments []string) error {
	stop := make(chan struct{})
	defer close(stop)
	kinds, err := start(kubeconfig, arguments, stop)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		held, err := stores(kinds)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(held); err != nil {
			return err
		}
	}
	return lines.Err()
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: informers KUBECONFIG GROUP/VERSION/RESOURCE[?FIELDSELECTOR]...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
