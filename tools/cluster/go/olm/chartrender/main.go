// Command chartrender prints a Helm chart as Helm's own engine renders it, CRDs first.
//
//	chartrender FOLDER NAMESPACE [KEY=VALUE…]
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/strvals"
)

func render(folder, namespace string, settings []string) error {
	chart, err := loader.Load(folder)
	if err != nil {
		return err
	}
	given := map[string]interface{}{}
	for _, setting := range settings {
		if err := strvals.ParseInto(setting, given); err != nil {
			return err
		}
	}
	options := chartutil.ReleaseOptions{Name: "tmesh", Namespace: namespace, IsInstall: true}
	values, err := chartutil.ToRenderValues(chart, given, options, chartutil.DefaultCapabilities)
	if err != nil {
		return err
	}
	files, err := engine.Render(chart, values)
	if err != nil {
		return err
	}
	for _, crd := range chart.CRDObjects() {
		fmt.Printf("---\n%s\n", crd.File.Data)
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if strings.TrimSpace(files[name]) != "" {
			fmt.Printf("---\n%s\n", files[name])
		}
	}
	return nil
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: chartrender FOLDER NAMESPACE [KEY=VALUE…]")
		os.Exit(2)
	}
	if err := render(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
